/**
 * A sweep's reads of the repos that have nothing under way: in turn, from where the last sweep ended, as many as its bounds
 * allow. What the forges say besides - answers to ask by, quota, whether they can be served - goes to the fleet.
 */
import type { Config } from "../lib/core/config.ts";
import { parseRepoKey, type RepoName } from "../lib/core/types.ts";
import type { CachedAnswer, HttpCache } from "../lib/forge/forge.ts";
import type { Tracker } from "../lib/forge/tracker.ts";
import { SharedTroubles } from "../lib/loop/shared-troubles.ts";
import { isLeftAlone, mustWake, readsOn } from "../lib/loop/sweep-plan.ts";
import { apart } from "./apart.ts";
import { createForgePorts } from "./compose.ts";
import { type Env, fleetOf, ledgerOf } from "./env.ts";
import type { SweepDone } from "./fleet.ts";
import { say } from "./log.ts";
import type { Meter } from "./meter.ts";

type FleetStanding = Awaited<ReturnType<ReturnType<typeof fleetOf>["standing"]>>;

/** What the reads of one sweep told. */
type Told = Pick<SweepDone, "requests" | "answers" | "quota" | "limited" | "unfit" | "memory">;

/** `spent`: requests of this sweep before. */
export async function readIdle(
  env: Env,
  meter: Meter,
  { allowlist, labels }: Config,
  standing: FleetStanding,
  { busy, spent, startedAt }: { busy: Set<string>; spent: number; startedAt: number },
): Promise<Told & Pick<SweepDone, "carried" | "cursor">> {
  const kept = await fleetOf(env).sweepAnswers();
  const memory = structuredClone(await fleetOf(env).sweepMemory());
  const told: Told = { requests: 0, answers: {}, quota: {}, limited: {}, unfit: {}, memory };
  const idle = allowlist.filter((repo) => !busy.has(repo));
  const start = idle.length > 0 ? standing.sweep.cursor % idle.length : 0;
  const troubles = new SharedTroubles(allowlist, standing);
  const asked = new Set<string>();
  let looked = 0;
  for (; looked < idle.length && readsOn(looked, spent + told.requests, Date.now() - startedAt); looked++) {
    const key = idle[(start + looked) % idle.length] ?? "";
    const repo = parseRepoKey(key);
    if (!repo) continue;
    if (isLeftAlone(repo.forge, standing, told.limited[repo.forge], Date.now())) continue;
    const tracker = trackerOf(env, repo, meter, kept, told);
    // A server that did not tell is asked once: what swallows that question swallows it for each of its repos.
    if (!asked.has(repo.forge)) await readFit(tracker, repo, told);
    asked.add(repo.forge);
    const candidates = await tracker.candidates(labels.ready);
    if (mustWake(repo, candidates, standing.standings[key], troubles))
      await apart(key, "woken", () => ledgerOf(env, key).wake(key));
  }
  const carried = idle.length - looked;
  const cursor = idle.length > 0 ? (start + looked) % idle.length : 0;
  if (carried > 0) say("info", "carried", `${carried} enrolled repos carried over to the next sweep`);
  return { ...told, carried, cursor };
}

async function readFit(tracker: Tracker, { forge }: RepoName, told: Told): Promise<void> {
  const fit = await tracker.unfit();
  if (!fit.known) return;
  told.unfit[forge] = fit.value;
  if (fit.value) say("error", "setting", `${fit.value.setting}: ${fit.value.reason}`);
}

/** Over the answers that are kept, and noting what the forge tells in passing. */
function trackerOf(env: Env, repo: RepoName, meter: Meter, kept: Record<string, CachedAnswer>, told: Told): Tracker {
  const { tracker } = createForgePorts(env, repo, meter, {
    memory: told.memory,
    brake: { until: 0 },
    onLimited: (until) => {
      told.limited[repo.forge] = until;
    },
    cache: cacheOver(kept, told.answers),
    onCall: () => {
      told.requests++;
    },
    onQuota: (said) => {
      told.quota[repo.forge] = said;
    },
  });
  return tracker;
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
