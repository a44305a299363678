/**
 * What is counted, and how counts add up. Pure.
 *
 * Where counters live. They outlive every reconcile, so they are kept in the fleet, in its one record: there is one total
 * to read, and a scrape asks no ledger. Each reconcile counts in memory and hands its sum over with the report that it
 * makes anyway at its end; the fleet adds it in the transaction that stores the report, so a report is one write at most,
 * as before, and one that counts nothing new writes nothing. A sum is given away before it is sent and never sent again:
 *
 *   the reconcile dies before its report ......... its sum is lost
 *   the report is stored, its answer is lost ..... counted once: nobody sends it again
 *   the fleet dies before it has stored it ....... that one report is lost
 *
 * So a crash loses one report at most and doubles none. Rejected: totals kept by each ledger, whose report would be
 * idempotent, for they cost each ledger a write of its own and the fleet a table that grows with the repos. A fleet that is
 * lost begins at zero, which is what Prometheus takes for a restart.
 */
import type { GateCode } from "./gates.ts";
import type { Phase } from "./phase-checklist.ts";
import type { OutcomeType } from "./run.ts";

export type CallResult =
  | "ok"
  | "not_modified"
  | "redirect"
  | "denied"
  | "rate_limited"
  | "refused"
  | "failed"
  | "no_answer";

export type Count =
  | { type: "settled"; outcome: OutcomeType }
  | { type: "refused"; code: GateCode }
  | { type: "attempts"; times: number }
  | { type: "call"; system: string; result: CallResult }
  /** From the label to the first turn that the executor accepted. */
  | { type: "started"; seconds: number }
  | { type: "phase"; phase: Phase; seconds: number }
  | { type: "swept"; seconds: number; requests: number };

export interface Histogram {
  /** How many fell into each bucket alone; the last is for what is above every bound. */
  buckets: number[];
  sum: number;
}

export interface Tally {
  runs: Record<string, number>;
  refusals: Record<string, number>;
  attempts: number;
  /** By system, then by result. */
  calls: Record<string, Record<string, number>>;
  started: Histogram;
  phases: Record<string, Histogram>;
  sweeps: Histogram;
  sweepRequests: number;
}

/** Upper bounds, in seconds. */
export const STARTED_BOUNDS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14_400, 86_400];
export const PHASE_BOUNDS = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400];
export const SWEEP_BOUNDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60];

export const emptyTally: Tally = {
  runs: {},
  refusals: {},
  attempts: 0,
  calls: {},
  started: emptyHistogram(STARTED_BOUNDS),
  phases: {},
  sweeps: emptyHistogram(SWEEP_BOUNDS),
  sweepRequests: 0,
};

export function emptyHistogram(bounds: number[]): Histogram {
  return { buckets: [...bounds, Number.POSITIVE_INFINITY].map(() => 0), sum: 0 };
}

export function counted(tally: Tally, one: Count): Tally {
  switch (one.type) {
    case "settled":
      return { ...tally, runs: sum(tally.runs, { [one.outcome]: 1 }) };
    case "refused":
      return { ...tally, refusals: sum(tally.refusals, { [one.code]: 1 }) };
    case "attempts":
      return { ...tally, attempts: tally.attempts + one.times };
    case "call": {
      const { [one.system]: of = {}, ...others } = tally.calls;
      return { ...tally, calls: { ...others, [one.system]: sum(of, { [one.result]: 1 }) } };
    }
    case "started":
      return { ...tally, started: observed(tally.started, STARTED_BOUNDS, one.seconds) };
    case "phase": {
      const before = tally.phases[one.phase] ?? emptyHistogram(PHASE_BOUNDS);
      return { ...tally, phases: { ...tally.phases, [one.phase]: observed(before, PHASE_BOUNDS, one.seconds) } };
    }
    case "swept": {
      const sweeps = observed(tally.sweeps, SWEEP_BOUNDS, one.seconds);
      return { ...tally, sweeps, sweepRequests: tally.sweepRequests + one.requests };
    }
    default:
      return one satisfies never;
  }
}

/** The sum of what was kept and what is new. What older code did not count yet begins at zero. */
export function added(kept: Partial<Tally> | undefined, fresh: Tally): Tally {
  const before = { ...emptyTally, ...kept };
  return {
    runs: sum(before.runs, fresh.runs),
    refusals: sum(before.refusals, fresh.refusals),
    attempts: before.attempts + fresh.attempts,
    calls: joined(before.calls, fresh.calls, sum),
    started: together(before.started, fresh.started),
    phases: joined(before.phases, fresh.phases, together),
    sweeps: together(before.sweeps, fresh.sweeps),
    sweepRequests: before.sweepRequests + fresh.sweepRequests,
  };
}

/** What an HTTP status says of a call; null: no answer came. */
export function callResult(status: number | null): CallResult {
  if (status === null) return "no_answer";
  if (status === 304) return "not_modified";
  if (status === 401 || status === 403) return "denied";
  if (status === 429) return "rate_limited";
  if (status >= 500) return "failed";
  if (status >= 400) return "refused";
  return status >= 300 ? "redirect" : "ok";
}

/** A duration is never less than nothing, whatever two clocks say. */
function observed(histogram: Histogram, bounds: number[], seconds: number): Histogram {
  const value = Math.max(0, seconds);
  const above = bounds.findIndex((bound) => value <= bound);
  const place = above < 0 ? bounds.length : above;
  return {
    buckets: histogram.buckets.map((count, index) => (index === place ? count + 1 : count)),
    sum: histogram.sum + value,
  };
}

/** Of other bounds than today's, what was kept cannot be added to: it begins anew. */
function together(kept: Histogram, fresh: Histogram): Histogram {
  if (kept.buckets.length !== fresh.buckets.length) return fresh;
  const buckets = kept.buckets.map((count, index) => count + (fresh.buckets[index] ?? 0));
  return { buckets, sum: kept.sum + fresh.sum };
}

function sum(kept: Record<string, number>, fresh: Record<string, number>): Record<string, number> {
  return joined(kept, fresh, (one, other) => one + other);
}

function joined<T>(kept: Record<string, T>, fresh: Record<string, T>, join: (one: T, other: T) => T) {
  const entries = Object.entries(fresh).map(([name, value]): [string, T] => {
    const before = kept[name];
    return [name, before === undefined ? value : join(before, value)];
  });
  return { ...kept, ...Object.fromEntries(entries) };
}
