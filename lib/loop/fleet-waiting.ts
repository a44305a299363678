/**
 * Who waits for a place among the runs in flight, and whether one who asks may take a place now. Pure.
 *
 *   all are taken ................................ refused: "3 of 3 runs are in flight"
 *   no more are free than wait before it ......... refused: "another repo is before it in line for a place"
 *   otherwise .................................... granted
 *
 * A repo whose run has ended asks at once, the others only each poll: without a line, one with many issues would take its
 * own place again and again. First in line are runs that go on, for their time goes on too, then who has waited longest.
 */
import type { FleetLimits, LedgerStanding, Reserved } from "./fleet.ts";
import type { FleetRecord } from "./fleet-book.ts";

/** What a place is wanted for: a new run, or one that gave its place up while it waited for people. */
export type PlaceWish = "start" | "go on";

export interface Waiter {
  /** When it was first refused. */
  since: number;
  /** A wish that is not told again by then is taken for none: it may have nothing to start any more. */
  until: number;
  wish: PlaceWish;
  /** It was told of a place, and has until the end of its look to take it. */
  called?: true;
}

/** By repo. */
export type Waiting = Record<string, Waiter>;

/** How long a wish stands: so many polls, and no less than this time, for an alarm may be late and a look be slow. */
const POLLS = 4;
const WISH_MS_MIN = 120_000;

export function placeFor(
  record: FleetRecord,
  repo: string,
  wish: PlaceWish,
  limits: FleetLimits,
  now: number,
): Reserved {
  const taken = Object.keys(record.reservations).length;
  if (taken >= limits.maxRuns) return { granted: false, reason: `${taken} of ${limits.maxRuns} runs are in flight` };
  if (limits.maxRuns - taken > before(record, repo, wish, now)) return { granted: true };
  return { granted: false, reason: "another repo is before it in line for a place" };
}

/** One that was refused keeps its place in line, and a new one comes last. */
export function waits(
  record: FleetRecord,
  repo: string,
  wish: PlaceWish,
  limits: FleetLimits,
  now: number,
): FleetRecord {
  const waiting = standing(record, now);
  const until = now + Math.max(WISH_MS_MIN, POLLS * (limits.pollMs ?? 0));
  const since = waiting[repo]?.since ?? now;
  return { ...record, waiting: { ...waiting, [repo]: { since, until, wish } } };
}

/** Its wish stands no longer for that: one that never gets as far as to take its place would keep it from others. */
export function called(record: FleetRecord, repo: string): FleetRecord {
  const waiter = record.waiting?.[repo];
  return waiter ? { ...record, waiting: { ...record.waiting, [repo]: { ...waiter, called: true } } } : record;
}

/**
 * The end of a repo's look: one that was told of a place has taken it by now, or has no use for it; and one that has
 * nothing to look for any more asks no more.
 */
export function looked(
  record: FleetRecord,
  repo: string,
  { asksNoMore, goesOn }: Pick<LedgerStanding, "asksNoMore" | "goesOn">,
): FleetRecord {
  const { [repo]: own, ...others } = record.waiting ?? {};
  return own && ((own.called && !goesOn) || asksNoMore) ? { ...record, waiting: others } : record;
}

export function isWaiting(record: FleetRecord, repo: string, now: number): boolean {
  return standing(record, now)[repo] !== undefined;
}

/** How many stand before it. One that holds a place already needs none. */
function before(record: FleetRecord, repo: string, wish: PlaceWish, now: number): number {
  const waiting = standing(record, now);
  const own = { repo, wish, since: waiting[repo]?.since ?? now };
  const holders = new Set(Object.values(record.reservations).map((one) => one.repo));
  return Object.entries(waiting).filter(
    ([other, waiter]) => other !== repo && !holders.has(other) && isBefore({ ...waiter, repo: other }, own),
  ).length;
}

type InLine = Pick<Waiter, "wish" | "since"> & { repo: string };

function isBefore(one: InLine, other: InLine): boolean {
  if (one.wish !== other.wish) return one.wish === "go on";
  // Of two that came at once neither may wait for the other.
  return one.since === other.since ? one.repo < other.repo : one.since < other.since;
}

function standing({ waiting = {} }: FleetRecord, now: number): Waiting {
  return Object.fromEntries(Object.entries(waiting).filter(([, { until }]) => until > now));
}
