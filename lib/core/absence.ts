/**
 * Time in which nobody could look: the machine slept, or was off, and what runs on it - the executor, a forge with its CI -
 * stood still with us. It is no time that a sign was waited for in vain: what was last seen counts as seen so much later.
 * The whole time of a run goes on, so that each still ends. Pure.
 */
import type { Run, Since } from "./run.ts";

/** A look that is later than this was not late: a platform's alarm is late by seconds, and the sweep wakes within minutes. */
const ABSENCE_MS = 300_000;

/** How long nobody looked though it was due; zero: somebody did, or was merely late. */
export function absentMs(run: Run, now: number): number {
  const lateMs = now - run.nextLookAt;
  return lateMs >= ABSENCE_MS ? lateMs : 0;
}

/** The run's memory as if that time had not been. */
export function afterAbsence(run: Run, now: number): Run {
  const awayMs = absentMs(run, now);
  if (awayMs === 0) return run;
  const { pulse, commit, passed, infra = null, owedAt } = run.seen;
  const seen = { ...run.seen, pulse: later(pulse), commit: later(commit), passed: later(passed), infra: later(infra) };
  const proposal = run.proposal && {
    ...run.proposal,
    head: later(run.proposal.head),
    infra: later(run.proposal.infra),
  };
  return {
    ...run,
    seen: { ...seen, owedAt: owedAt === null ? null : owedAt + awayMs },
    ...(proposal ? { proposal } : {}),
  };

  function later<T>(held: Since<T> | null): Since<T> | null {
    return held && { ...held, at: held.at + awayMs };
  }
}
