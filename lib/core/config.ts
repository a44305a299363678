/**
 * The settings, parsed once at the door. Unset means the default; a value that cannot be parsed is an error that
 * keeps the whole loop disabled and is named in /healthz, the log and the webhook's answer. A boolean is never
 * guessed. Nothing here reads an environment: the caller hands one in.
 */
import { MERGES, type MergeWish } from "./proposal.ts";
import { proxyHeaders } from "./proxy-headers.ts";
import { type Entry, type Environment, type Price, type SettingError, SettingReader } from "./setting-reader.ts";
import { type Forge, parseRepoKey, repoKey } from "./types.ts";

export type { Environment, Price, SettingError } from "./setting-reader.ts";

export interface Labels {
  ready: string;
  inProgress: string;
  readyForHuman: string;
}

/** What a run obeys. It keeps the values it began with; a tighter one applies at once (`tighter`). */
export interface Limits {
  fixAttempts: number;
  fixMs: number;
  budgetUsd: number;
  startMs: number;
  stallMs: number;
  runMs: number;
  deployMs: number;
  ciGraceMs: number;
}

/** `auto`: by pull request where the trunk refuses a direct push. */
const LANDINGS = ["auto", "push", "pull-request"] as const;
export type LandingSetting = (typeof LANDINGS)[number];

export interface Config {
  killSwitch: boolean;
  /** Lower-cased repo keys. */
  allowlist: string[];
  labels: Labels;
  limits: Limits;
  landing: LandingSetting;
  merge: MergeWish;
  maxOpenPulls: number;
  reviewCollectMs: number;
  reviewReminderMs: number;
  /** Origins a repo's version URL may lie on. */
  deployOrigins: string[];
  prices: Record<string, Price>;
  maxRuns: number;
  threadsPerHour: number;
  threadsPerDay: number;
  pollMs: number;
  coalesceMs: number;
  callMs: number;
  retryBaseMs: number;
  /** `forge:account id`. */
  trustedBots: string[];
  /** Null: the executor's own default. */
  model: string | null;
  /** Where people open threads; told where anyone may read only if it was set for people (T3_WEB_URL). */
  threadUrlBase: string | null;
  publicThreadUrlBase: string | null;
  workspaceBase: string | null;
}

export interface Settings {
  config: Config;
  errors: SettingError[];
}

/** Why nothing starts, in words; empty when armed. */
export function disabledReasons({ config, errors }: Settings): string[] {
  const reasons = errors.map((error) => `${error.setting}: ${error.reason}`);
  if (config.killSwitch) reasons.push("kill switch is on (AFK_KILL_SWITCH)");
  if (config.allowlist.length === 0) reasons.push("no repo is enrolled (AFK_ALLOWLIST)");
  return reasons;
}

export function isEnrolled(config: Config, key: string): boolean {
  return config.allowlist.includes(key.toLowerCase());
}

/** Whether anything may leave for this repo: armed, and on the list. */
export function isArmedFor(settings: Settings, key: string): boolean {
  return disabledReasons(settings).length === 0 && isEnrolled(settings.config, key);
}

/** Of each limit the tighter one: a run's of what it began with and what is set now, a repo's of its own and the setting. */
export function tighter(began: Limits, now: Partial<Limits>): Limits {
  const limits = { ...began };
  for (const name of Object.keys(limits) as (keyof Limits)[])
    limits[name] = Math.min(began[name], now[name] ?? began[name]);
  return limits;
}

/** Every setting's name: what a launcher hands on, and nothing else. */
export const SETTING_NAMES = [
  "AFK_KILL_SWITCH",
  "AFK_ALLOWLIST",
  "AFK_READY_LABEL",
  "AFK_IN_PROGRESS_LABEL",
  "AFK_READY_FOR_HUMAN_LABEL",
  "AFK_FIX_FORWARD_MAX_ATTEMPTS",
  "AFK_FIX_FORWARD_MAX_SECONDS",
  "AFK_BUDGET_USD",
  "AFK_PRICES",
  "AFK_MAX_RUNS",
  "AFK_THREADS_PER_HOUR",
  "AFK_THREADS_PER_DAY",
  "AFK_START_SECONDS",
  "AFK_STALL_SECONDS",
  "AFK_RUN_MAX_SECONDS",
  "AFK_DEPLOY_SECONDS",
  "AFK_CI_GRACE_SECONDS",
  "AFK_POLL_SECONDS",
  "AFK_COALESCE_SECONDS",
  "AFK_CALL_SECONDS",
  "AFK_RETRY_BASE_SECONDS",
  "AFK_LANDING",
  "AFK_MERGE",
  "AFK_MAX_OPEN_PULLS",
  "AFK_REVIEW_COLLECT_SECONDS",
  "AFK_REVIEW_REMINDER_SECONDS",
  "AFK_DEPLOY_ORIGINS",
  "AFK_TRUSTED_BOT_IDS",
  "AFK_BOARD_TOKEN",
  "AFK_PUBLIC_URL",
  "AFK_MODEL",
  "GITHUB_API_URL",
  "GITHUB_TOKEN",
  "GITHUB_APP_ID",
  "GITHUB_APP_PRIVATE_KEY",
  "GITHUB_WEBHOOK_SECRET",
  "GITHUB_WEBHOOK_SECRET_PREVIOUS",
  "FORGEJO_URL",
  "FORGEJO_TOKEN",
  "FORGEJO_WEBHOOK_SECRET",
  "FORGEJO_WEBHOOK_SECRET_PREVIOUS",
  "T3_URL",
  "T3_TOKEN",
  "T3_HEADERS",
  "T3_WEB_URL",
  "T3_WORKSPACE_BASE",
  "SLACK_BOT_TOKEN",
  "SLACK_CHANNEL",
  "SLACK_API_URL",
  "NTFY_URL",
  "NTFY_TOKEN",
] as const;

/** What a forge signs its deliveries with: the secret of now and the one before it. Empty: no webhook is heard. */
export function webhookSecrets(env: Environment, forge: Forge): string[] {
  const set: Record<Forge, (string | undefined)[]> = {
    github: [env.GITHUB_WEBHOOK_SECRET, env.GITHUB_WEBHOOK_SECRET_PREVIOUS],
    forgejo: [env.FORGEJO_WEBHOOK_SECRET, env.FORGEJO_WEBHOOK_SECRET_PREVIOUS],
  };
  return set[forge].flatMap((secret) => secret || []);
}

export function parseSettings(env: Environment): Settings {
  const errors: SettingError[] = [];
  const read = new SettingReader(env, errors);
  const config: Config = {
    killSwitch: read.boolean("AFK_KILL_SWITCH", true),
    allowlist: read.list("AFK_ALLOWLIST", allowlistEntry),
    labels: {
      ready: read.label("AFK_READY_LABEL", "ready-for-agent"),
      inProgress: read.label("AFK_IN_PROGRESS_LABEL", "agent-in-progress"),
      readyForHuman: read.label("AFK_READY_FOR_HUMAN_LABEL", "ready-for-human"),
    },
    limits: {
      fixAttempts: read.count("AFK_FIX_FORWARD_MAX_ATTEMPTS", 5),
      fixMs: read.seconds("AFK_FIX_FORWARD_MAX_SECONDS", 3600),
      budgetUsd: read.amount("AFK_BUDGET_USD", 100),
      startMs: read.seconds("AFK_START_SECONDS", 300),
      stallMs: read.seconds("AFK_STALL_SECONDS", 1800),
      runMs: read.seconds("AFK_RUN_MAX_SECONDS", 14_400),
      deployMs: read.seconds("AFK_DEPLOY_SECONDS", 1800),
      ciGraceMs: read.seconds("AFK_CI_GRACE_SECONDS", 300),
    },
    landing: read.oneOf("AFK_LANDING", LANDINGS, "auto"),
    merge: read.oneOf("AFK_MERGE", MERGES, "never"),
    maxOpenPulls: read.count("AFK_MAX_OPEN_PULLS", 3),
    reviewCollectMs: read.seconds("AFK_REVIEW_COLLECT_SECONDS", 60),
    reviewReminderMs: read.seconds("AFK_REVIEW_REMINDER_SECONDS", 86_400),
    deployOrigins: read.list("AFK_DEPLOY_ORIGINS", originEntry),
    prices: read.prices("AFK_PRICES"),
    maxRuns: read.count("AFK_MAX_RUNS", 3),
    threadsPerHour: read.count("AFK_THREADS_PER_HOUR", 10),
    threadsPerDay: read.count("AFK_THREADS_PER_DAY", 50),
    pollMs: read.seconds("AFK_POLL_SECONDS", 30),
    coalesceMs: read.seconds("AFK_COALESCE_SECONDS", 0.2),
    callMs: read.seconds("AFK_CALL_SECONDS", 10),
    retryBaseMs: read.seconds("AFK_RETRY_BASE_SECONDS", 5),
    trustedBots: read.list("AFK_TRUSTED_BOT_IDS", botEntry),
    model: read.model("AFK_MODEL"),
    threadUrlBase: read.url("T3_WEB_URL") ?? read.url("T3_URL"),
    publicThreadUrlBase: read.url("T3_WEB_URL"),
    workspaceBase: read.path("T3_WORKSPACE_BASE"),
  };
  read.distinct("AFK_READY_LABEL", Object.values(config.labels));
  for (const name of ["AFK_PUBLIC_URL", "GITHUB_API_URL", "FORGEJO_URL", "T3_URL", "SLACK_API_URL", "NTFY_URL"])
    read.url(name);
  read.headers("T3_HEADERS");
  read.pair("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY");
  read.pair("SLACK_BOT_TOKEN", "SLACK_CHANNEL");
  return { config, errors };
}

/** Empty when unset or invalid. */
export function parseHeaders(text: string | undefined): Record<string, string> {
  const headers = proxyHeaders(text ?? "");
  return headers.ok ? headers.value : {};
}

function allowlistEntry(text: string): Entry {
  if (text.includes("*")) return { ok: false, reason: "holds a wildcard; name each repo exactly" };
  const repo = parseRepoKey(text);
  if (!repo) return { ok: false, reason: "is not github:owner/name or forgejo:owner/name" };
  return { ok: true, value: repoKey(repo) };
}

function originEntry(text: string): Entry {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && text.replace(/\/$/, "") === url.origin;
  return isOrigin
    ? { ok: true, value: url.origin }
    : { ok: false, reason: "is not an origin like https://app.example.com, without a path" };
}

function botEntry(text: string): Entry {
  const forges: Forge[] = ["github", "forgejo"];
  const [forge, id, ...more] = text.split(":");
  const named = forges.some((name) => name === forge) && /^-?\d+$/.test(id ?? "") && more.length === 0;
  return named
    ? { ok: true, value: text }
    : { ok: false, reason: "is not github:<account id> or forgejo:<account id>" };
}
