/**
 * The scheduled function: what no webhook told. It wakes every repo in flight, and those enrolled repos that have
 * something ready; a repo with nothing costs one conditional read, and its ledger is not even woken. Requests are
 * bounded; what does not fit is carried over to the next sweep.
 */
import { disabledReasons, type SettingError } from "../lib/core/config.ts";
import { type Forge, parseRepoKey } from "../lib/core/types.ts";
import type { CachedAnswer, HttpCache, InstallationTokens, Quota } from "../lib/forge/forge.ts";
import type { LogLine } from "../lib/loop/loop.ts";
import { createForgePorts, writeLog } from "./compose.ts";
import { type Env, fleetOf, ledgerOf, settingsOf } from "./env.ts";

/** No further repo is read past these: within the 50 subrequests of the smallest plan, whatever one repo's read costs. */
const REQUESTS_MAX = 38;

export async function sweep(env: Env): Promise<void> {
  const settings = settingsOf(env);
  const fleet = fleetOf(env);
  const standing = await fleet.standing();
  if (standing.unread !== null) return say("error", "record", `held: ${standing.unread}`);
  const inFlight = new Set([
    ...Object.values(standing.reservations).map((one) => one.repo),
    ...Object.entries(standing.standings).flatMap(([repo, one]) =>
      one.inFlight.length + (one.waiting ?? 0) + one.actsPending > 0 ? [repo] : [],
    ),
  ]);
  for (const one of standing.unconfirmed)
    await apart(one.repo, async () => {
      if (await ledgerOf(env, one.repo).hasRun(one.repo, one.runId)) await fleet.confirm(one);
      else await fleet.release(one.runId, "unused");
    });
  for (const repo of inFlight) await apart(repo, () => ledgerOf(env, repo).wake(repo));
  for (const { setting, reason } of settings.errors) say("error", "setting", `disabled: ${setting}: ${reason}`);
  if (disabledReasons(settings).length > 0) return;
  await findReady(env, settings.config.allowlist, settings.config.labels.ready, inFlight, standing);
}

type FleetStanding = Awaited<ReturnType<ReturnType<typeof fleetOf>["standing"]>>;

async function findReady(
  env: Env,
  allowlist: string[],
  label: string,
  inFlight: Set<string>,
  standing: FleetStanding,
): Promise<void> {
  const fleet = fleetOf(env);
  const kept = await fleet.sweepAnswers();
  const fresh: Record<string, CachedAnswer> = {};
  const quota: Partial<Record<Forge, Quota>> = {};
  const unfit: Partial<Record<Forge, SettingError | null>> = {};
  const tokens: InstallationTokens = new Map();
  let requests = 0;
  const idle = allowlist.filter((repo) => !inFlight.has(repo));
  const start = idle.length > 0 ? standing.sweep.cursor % idle.length : 0;
  let looked = 0;
  for (; looked < idle.length && requests < REQUESTS_MAX; looked++) {
    const key = idle[(start + looked) % idle.length] ?? "";
    const repo = parseRepoKey(key);
    const paused = repo ? (standing.quota[repo.forge]?.pausedUntil ?? null) : null;
    if (!repo || (paused !== null && paused > Date.now())) continue;
    const ports = createForgePorts(env, repo, {
      tokens,
      cache: cacheOver(kept, fresh),
      onCall: () => {
        requests++;
      },
      onQuota: (said) => {
        quota[repo.forge] = said;
      },
    });
    if (ports && unfit[repo.forge] === undefined) {
      const fit = await ports.tracker.unfit();
      if (fit.known) unfit[repo.forge] = fit.value;
      if (fit.known && fit.value) say("error", "setting", `${fit.value.setting}: ${fit.value.reason}`);
    }
    const candidates = await ports?.tracker.candidates(label);
    // A repo that cannot be read is woken too: its ledger tells whom it concerns.
    const saysSomething = (standing.standings[key]?.refused ?? 0) > 0;
    if (candidates?.known && candidates.value.length === 0 && !saysSomething) continue;
    await apart(key, () => ledgerOf(env, key).wake(key));
  }
  const carried = idle.length - looked;
  const cursor = idle.length > 0 ? (start + looked) % idle.length : 0;
  await fleet.swept({ requests, carried, cursor, answers: fresh, quota, unfit });
  if (carried > 0) say("info", "carried", `${carried} enrolled repos carried over to the next sweep`);
}

/** A ledger that cannot be read is its own repo's trouble: the others are swept all the same. */
async function apart(repo: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    say("error", "record", `${repo} was not woken: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function say(level: LogLine["level"], code: string, msg: string): void {
  writeLog(null, { level, msg, issue: null, run: null, code });
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
