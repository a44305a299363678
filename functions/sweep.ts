/**
 * The scheduled function: what no webhook told. It wakes every repo in flight, and those enrolled repos that have
 * something ready; a repo with nothing costs one conditional read, and its ledger is not even woken. Requests are
 * bounded; what does not fit is carried over to the next sweep.
 */
import { disabledReasons } from "../lib/core/config.ts";
import { type Forge, parseRepoKey } from "../lib/core/types.ts";
import type { CachedAnswer, HttpCache, Quota } from "../lib/forge/forge.ts";
import { createForgePorts, writeLog } from "./compose.ts";
import { type Env, fleetOf, ledgerOf, settingsOf } from "./env.ts";

/** Below the 50 subrequests of the smallest plan, with room for the calls to our own objects. */
const REQUESTS_MAX = 40;

export async function sweep(env: Env): Promise<void> {
  const settings = settingsOf(env);
  const fleet = fleetOf(env);
  const standing = await fleet.standing();
  const inFlight = new Set([
    ...Object.values(standing.reservations).map((one) => one.repo),
    ...Object.entries(standing.standings).flatMap(([repo, one]) =>
      one.inFlight.length + one.actsPending > 0 ? [repo] : [],
    ),
  ]);
  for (const one of standing.unconfirmed) {
    if (await ledgerOf(env, one.repo).hasRun(one.repo, one.runId)) await fleet.confirm(one);
    else await fleet.release(one.runId, "unused");
  }
  for (const repo of inFlight) await ledgerOf(env, repo).wake(repo);
  const disabled = disabledReasons(settings);
  if (disabled.length > 0) return;
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
  let requests = 0;
  const idle = allowlist.filter((repo) => !inFlight.has(repo));
  const start = idle.length > 0 ? standing.sweep.cursor % idle.length : 0;
  const turn = [...idle.slice(start), ...idle.slice(0, start)].slice(0, REQUESTS_MAX);
  for (const key of turn) {
    const repo = parseRepoKey(key);
    const paused = repo ? (standing.quota[repo.forge]?.pausedUntil ?? null) : null;
    if (!repo || (paused !== null && paused > Date.now())) continue;
    const ports = createForgePorts(env, repo, cacheOver(kept, fresh), (said) => {
      quota[repo.forge] = said;
    });
    requests++;
    const candidates = await ports?.tracker.candidates(label);
    // A repo that cannot be read is woken too: its ledger tells whom it concerns.
    if (candidates?.known && candidates.value.length === 0) continue;
    await ledgerOf(env, key).wake(key);
  }
  const carried = idle.length - turn.length;
  const cursor = idle.length > 0 ? (start + turn.length) % idle.length : 0;
  await fleet.swept({ requests, carried, cursor, answers: fresh, quota });
  if (carried === 0) return;
  const msg = `${carried} enrolled repos carried over to the next sweep`;
  writeLog(null, { level: "info", msg, issue: null, run: null, code: "carried" });
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
