/** The composition root: builds the ports from the settings and hands them, with clock and ids, to the loop. */
import { parseHeaders } from "../lib/core/config.ts";
import type { Quota } from "../lib/core/quota.ts";
import { redact } from "../lib/core/text.ts";
import type { RepoName } from "../lib/core/types.ts";
import { createVersionProbe } from "../lib/deploy/version-url.ts";
import type { Executor } from "../lib/executor/executor.ts";
import { createT3Client } from "../lib/executor/t3-client.ts";
import { type ForgeHttp, type ForgeMemory, type ForgePorts, forgePorts } from "../lib/forge/forge.ts";
import { unsetPorts } from "../lib/forge/unset-ports.ts";
import type { Ledger } from "../lib/loop/ledger.ts";
import type { Desk, Loop } from "../lib/loop/loop.ts";
import { Store } from "../lib/loop/store.ts";
import type { Notifier } from "../lib/notify/notifier.ts";
import { createNtfyNotifier } from "../lib/notify/ntfy.ts";
import { createSlackNotifier } from "../lib/notify/slack.ts";
import { ruleReader } from "../lib/rules/afk-yml.ts";
import { digest } from "./digest.ts";
import { type Env, fleetOf, secretsOf, settingsOf } from "./env.ts";
import { ledgerBrake, ledgerCache } from "./ledger-http.ts";
import { writeLog } from "./log.ts";
import { Meter } from "./meter.ts";

/** Called on its own: workerd's fetch refuses a foreign `this`; looked up late, so that a test can stand in for it. */
const send = (url: string, init: RequestInit) => fetch(url, init);

/** What outlives one reconcile. `reads`: a person's question leaves nothing behind in storage. */
export interface KeptReads {
  memory: ForgeMemory;
  reads: "kept" | "not kept";
}

export function createDesk(env: Env, ledger: Ledger, repo: RepoName): Desk {
  const settings = settingsOf(env);
  return { settings, digest, store: new Store(ledger, repo, settings.config.coalesceMs), now: Date.now };
}

export function createLoop(env: Env, ledger: Ledger, repo: RepoName, kept: KeptReads): Loop {
  const held = secretsOf(env);
  const meter = new Meter();
  const learnt: Learnt = { quota: null, limitedUntil: null };
  const brake = ledgerBrake(ledger);
  const http = kept.reads === "kept" ? { cache: ledgerCache(ledger), brake } : { brake: { until: brake.until } };
  const ports = createForgePorts(env, repo, meter, {
    memory: kept.memory,
    onQuota: (said) => {
      learnt.quota = said;
    },
    onLimited: (until) => {
      learnt.limitedUntil = until;
    },
    ...http,
  });
  return {
    repo,
    ...createDesk(env, ledger, repo),
    fleet: remoteFleet(env, repo, { learnt, meter }, kept.reads),
    ...ports,
    rules: ruleReader,
    probe: createVersionProbe({ fetch: meter.over(send, "deploy"), callMs: settingsOf(env).config.callMs }),
    executor: createExecutor(env, meter),
    notifiers: createNotifiers(env, meter),
    random: Math.random,
    log: (line) => writeLog(repo, { ...line, msg: redact(line.msg, held) }),
    requests: meter.requests,
    count: meter.count,
    held,
  };
}

export function createForgePorts(
  env: Env,
  repo: RepoName,
  meter: Meter,
  http: Omit<ForgeHttp, "fetch" | "callMs">,
): ForgePorts {
  return forgePorts(repo, env, { ...forgeHttp(env, repo, meter), ...http }) ?? unsetPorts();
}

/** How requests leave for the repo's forge. */
export function forgeHttp(env: Env, repo: RepoName, meter: Meter): Pick<ForgeHttp, "fetch" | "callMs"> {
  return { fetch: meter.over(send, repo.forge), callMs: settingsOf(env).config.callMs };
}

export function createExecutor(env: Env, meter: Meter): Executor | null {
  const { T3_URL: url, T3_TOKEN: token } = env;
  if (!url || !token) return null;
  const { callMs, model } = settingsOf(env).config;
  const headers = parseHeaders(env.T3_HEADERS);
  const fetch = meter.over(send, "executor");
  return createT3Client({ url: url.replace(/\/+$/, ""), token, headers, model, callMs, fetch, now: Date.now });
}

export function createNotifiers(env: Env, meter: Meter): Notifier[] {
  const { callMs } = settingsOf(env).config;
  const notifiers: Notifier[] = [];
  if (env.SLACK_BOT_TOKEN && env.SLACK_CHANNEL)
    notifiers.push(
      createSlackNotifier({
        token: env.SLACK_BOT_TOKEN,
        channel: env.SLACK_CHANNEL,
        ...(env.SLACK_API_URL ? { apiUrl: env.SLACK_API_URL } : {}),
        callMs,
        fetch: meter.over(send, "slack"),
      }),
    );
  // An invalid one disables, and is named; what is in flight is still watched to its end, with the bells there are.
  if (env.NTFY_URL && URL.canParse(env.NTFY_URL))
    notifiers.push(
      createNtfyNotifier({
        url: env.NTFY_URL,
        token: env.NTFY_TOKEN || null,
        callMs,
        fetch: meter.over(send, "ntfy"),
      }),
    );
  return notifiers;
}

/** What a forge told of its limits on the way. */
export interface Learnt {
  quota: Quota | null;
  /** Until when, in milliseconds, it wants to be left alone. */
  limitedUntil: number | null;
}

/** The fleet over RPC. What this reconcile learnt of the forge's limits, and what it counted, travel with its report. */
function remoteFleet(
  env: Env,
  repo: RepoName,
  { learnt, meter }: { learnt: Learnt; meter: Meter },
  reads: "kept" | "not kept",
): Loop["fleet"] {
  const fleet = fleetOf(env);
  return {
    room: (one, limits) => fleet.room(one, limitsOf(limits), reads),
    reserve: (one, limits) => fleet.reserve(one, limitsOf(limits)),
    retake: (one, limits) => fleet.retake(one, limitsOf(limits)),
    release: (runId, thread) => fleet.release(runId, thread),
    snapshot: (maxAgeMs) => fleet.snapshot(maxAgeMs, reads),
    paused: () => fleet.paused(),
    pausedUntil: (forge) => fleet.pausedUntil(forge),
    report: (key, standing) => fleet.report(key, standing, repo.forge, learnt, meter.take()),
    hold: (key, why) => fleet.hold(key, why),
  };
}

/** Only what the fleet needs crosses the wire. */
function limitsOf({ maxRuns, threadsPerHour, threadsPerDay, pollMs }: Parameters<Loop["fleet"]["room"]>[1]) {
  return { maxRuns, threadsPerHour, threadsPerDay, pollMs };
}
