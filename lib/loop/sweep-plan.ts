/** What a sweep wakes and rings. Pure: `functions/sweep.ts` reads, wakes and rings by it. */
import type { Candidate, Forge, Reading, RepoName } from "../core/types.ts";
import type { FleetRecord } from "./fleet-book.ts";
import { pausedUntil } from "./fleet-quota.ts";
import type { SharedTroubles } from "./shared-troubles.ts";

/** No further repo is read past these: within the 50 subrequests of the smallest plan, whatever one repo's read, the tokens and the bells cost. */
export const REQUESTS_MAX = 36;
/** Nor past this time since the sweep began: a forge that swallows packets costs each of its repos the time of a call, and the repos of others stand behind them. */
export const READS_MS_MAX = 45_000;

/** What one invocation may ask in all, and what a bell costs of it at most. */
const REQUESTS_IN_ALL_MAX = 45;
const RING_REQUESTS = 2;

/** Bells change their order each minute, which is when another sweep begins. */
const TURN_MS = 60_000;

/** Repos that are woken without a read: something of theirs is under way or owed. */
export function inFlight({ reservations, standings, held }: FleetRecord): Set<string> {
  return new Set([
    ...Object.values(reservations).map((one) => one.repo),
    ...Object.entries(standings).flatMap(([repo, one]) =>
      one.inFlight.length + (one.waiting ?? 0) + one.actsPending > 0 ? [repo] : [],
    ),
    // Read again, it says so itself.
    ...Object.keys(held ?? {}),
  ]);
}

/** Whether one more idle repo is read. The first is, whatever time went before: the next sweep begins with another. */
export function readsOn(looked: number, requests: number, elapsedMs: number): boolean {
  return requests < REQUESTS_MAX && (looked === 0 || elapsedMs < READS_MS_MAX);
}

/** Whether a forge limits us, as it told before or in this sweep: none of its idle repos is read until then. */
export function isLeftAlone(forge: Forge, fleet: FleetRecord, toldUntil: number | undefined, now: number): boolean {
  return Math.max(pausedUntil(fleet, forge) ?? 0, toldUntil ?? 0) > now;
}

/**
 * Whether an idle repo is woken once its list was read: it has something ready, or once refused or troubled something to
 * look at anew. One that cannot be read is woken too, for its ledger tells whom it concerns: one of many that share the trouble.
 */
export function mustWake(
  repo: RepoName,
  candidates: Reading<Candidate[]>,
  standing: FleetRecord["standings"][string] | undefined,
  troubles: SharedTroubles,
): boolean {
  if (!candidates.known) return !candidates.everywhere || troubles.elect(repo, candidates.why);
  return candidates.value.length > 0 || (standing?.refused ?? 0) > 0 || standing?.troubled !== undefined;
}

/** The bells that this sweep rings after so many requests, one at least. One that nobody takes does not stand in the way of the others. */
export function ringsNow<T>(all: T[], requests: number, nowMs: number): T[] {
  const most = Math.max(1, Math.floor((REQUESTS_IN_ALL_MAX - requests) / RING_REQUESTS));
  const first = all.length === 0 ? 0 : Math.floor(nowMs / TURN_MS) % all.length;
  return [...all.slice(first), ...all.slice(0, first)].slice(0, most);
}
