/**
 * The scheduled function: what no webhook told. It wakes every repo in flight, and those enrolled repos that have
 * something ready or cannot be read; a repo with nothing costs one conditional read, and its ledger is not even woken.
 * Requests and time are bounded; what does not fit is carried over to the next sweep. At its end it rings what ends
 * quietly; see `notices`.
 */
import { type Config, disabledReasons, type SettingError, webhookSecrets } from "../lib/core/config.ts";
import { noticeText } from "../lib/core/notice-words.ts";
import { type Forge, parseRepoKey } from "../lib/core/types.ts";
import type { CachedAnswer, HttpCache, Quota } from "../lib/forge/forge.ts";
import { pausedUntil } from "../lib/loop/fleet-book.ts";
import type { LogLine } from "../lib/loop/loop.ts";
import { SharedTroubles } from "../lib/loop/shared-troubles.ts";
import { inFlight, mustWake, READS_MS_MAX, REQUESTS_MAX, ringsNow } from "../lib/loop/sweep-plan.ts";
import { apart } from "./apart.ts";
import { createForgePorts, createNotifiers, writeLog } from "./compose.ts";
import { type Env, fleetOf, ledgerOf, settingsOf } from "./env.ts";
import type { SweepDone } from "./fleet.ts";
import { Meter } from "./meter.ts";
import { readTokenEnds, ringNotices } from "./notices.ts";

export async function sweep(env: Env): Promise<void> {
  const startedAt = Date.now();
  const settings = settingsOf(env);
  const fleet = fleetOf(env);
  const standing = await fleet.standing();
  if (standing.unread !== null) return sweepUnread(env, standing.unread);
  const busy = inFlight(standing);
  for (const one of standing.unconfirmed)
    await apart(one.repo, "released or confirmed", async () => {
      if (await ledgerOf(env, one.repo).hasRun(one.repo, one.runId)) await fleet.confirm(one);
      else await fleet.release(one.runId, "unused");
    });
  for (const repo of busy) await apart(repo, "woken", () => ledgerOf(env, repo).wake(repo));
  for (const { setting, reason } of settings.errors) say("error", "setting", `disabled: ${setting}: ${reason}`);
  if (disabledReasons(settings).length > 0) return;
  const meter = new Meter();
  const { allowlist: enrolled } = settings.config;
  const tokens = await readTokenEnds(env, meter, enrolled, standing.tokens ?? {});
  const spent = Object.values(tokens).filter(({ readAt }) => readAt >= startedAt).length;
  const bounds = { requestsMax: REQUESTS_MAX - spent, until: startedAt + READS_MS_MAX };
  const looked = await findReady(env, meter, settings.config, busy, standing, bounds);
  const seconds = (Date.now() - startedAt) / 1000;
  meter.count({ type: "swept", seconds, requests: looked.requests });
  const notifiers = createNotifiers(env, meter).map(({ name }) => name);
  const hooked = enrolled.filter((key) => hasWebhook(env, key));
  const { rings, news } = await fleet.swept({ ...looked, tokens, hooked, notifiers, tally: meter.take() });
  for (const one of news) say(one.state === "stands" ? "warn" : "info", "notice", noticeText(one).title);
  await ringNotices(env, meter, ringsNow(rings, spent + looked.requests, Date.now()));
}

/** What the repos share cannot be read: nothing is asked, nothing is woken, and people hear of it. */
async function sweepUnread(env: Env, why: string): Promise<void> {
  say("error", "record", `held: ${why}`);
  if (disabledReasons(settingsOf(env)).length > 0) return;
  const meter = new Meter();
  const rings = await fleetOf(env).sweptUnread(createNotifiers(env, meter).map(({ name }) => name));
  await ringNotices(env, meter, ringsNow(rings, 0, Date.now()));
}

/** Whether a delivery could be heard: without a secret the sweep alone finds the work, as it is meant to. */
function hasWebhook(env: Env, key: string): boolean {
  const repo = parseRepoKey(key);
  return repo !== null && webhookSecrets(env, repo.forge).length > 0;
}

type FleetStanding = Awaited<ReturnType<ReturnType<typeof fleetOf>["standing"]>>;

async function findReady(
  env: Env,
  meter: Meter,
  { allowlist, labels }: Config,
  busy: Set<string>,
  standing: FleetStanding,
  { requestsMax, until }: { requestsMax: number; until: number },
): Promise<Pick<SweepDone, "requests" | "carried" | "cursor" | "answers" | "quota" | "limited" | "unfit" | "memory">> {
  const kept = await fleetOf(env).sweepAnswers();
  const memory = structuredClone(await fleetOf(env).sweepMemory());
  const fresh: Record<string, CachedAnswer> = {};
  const quota: Partial<Record<Forge, Quota>> = {};
  const limited: Partial<Record<Forge, number>> = {};
  const unfit: Partial<Record<Forge, SettingError | null>> = {};
  /** A server that did not tell is asked once: what swallows that question swallows it for each of its repos. */
  const asked = new Set<Forge>();
  let requests = 0;
  const idle = allowlist.filter((repo) => !busy.has(repo));
  const start = idle.length > 0 ? standing.sweep.cursor % idle.length : 0;
  const troubles = new SharedTroubles(allowlist, standing);
  let looked = 0;
  // The first is looked at whatever went before: the cursor moves in each sweep.
  for (; looked < idle.length && requests < requestsMax && (looked === 0 || Date.now() < until); looked++) {
    const key = idle[(start + looked) % idle.length] ?? "";
    const repo = parseRepoKey(key);
    if (!repo) continue;
    const leftAloneUntil = Math.max(pausedUntil(standing, repo.forge) ?? 0, limited[repo.forge] ?? 0);
    if (leftAloneUntil > Date.now()) continue;
    const { tracker } = createForgePorts(env, repo, meter, {
      memory,
      brake: { until: 0 },
      onLimited: (until) => {
        limited[repo.forge] = until;
      },
      cache: cacheOver(kept, fresh),
      onCall: () => {
        requests++;
      },
      onQuota: (said) => {
        quota[repo.forge] = said;
      },
    });
    if (!asked.has(repo.forge)) {
      asked.add(repo.forge);
      const fit = await tracker.unfit();
      if (fit.known) unfit[repo.forge] = fit.value;
      if (fit.known && fit.value) say("error", "setting", `${fit.value.setting}: ${fit.value.reason}`);
    }
    const candidates = await tracker.candidates(labels.ready);
    if (mustWake(repo, candidates, standing.standings[key], troubles))
      await apart(key, "woken", () => ledgerOf(env, key).wake(key));
  }
  const carried = idle.length - looked;
  const cursor = idle.length > 0 ? (start + looked) % idle.length : 0;
  if (carried > 0) say("info", "carried", `${carried} enrolled repos carried over to the next sweep`);
  return { requests, carried, cursor, answers: fresh, quota, limited, unfit, memory };
}

function say(level: LogLine["level"], code: string, msg: string): void {
  writeLog(null, { level, msg, code });
}

/** "Nothing ready" is what is worth keeping; a list of issues would be read by its ledger anyway. */
const KEPT_BODY_CHARS_MAX = 1024;

function cacheOver(kept: Record<string, CachedAnswer>, fresh: Record<string, CachedAnswer>): HttpCache {
  return {
    get: (key) => fresh[key] ?? kept[key] ?? null,
    put: (key, entry) => {
      if (entry.body.length <= KEPT_BODY_CHARS_MAX) fresh[key] = entry;
    },
  };
}
