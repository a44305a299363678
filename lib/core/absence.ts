/**
 * Time in which nobody could look: the machine slept, or was off, and what runs on it - the executor, a forge with its CI -
 * stood still with us. It is no time that a sign was waited for in vain, and no wait counts it. The whole time of a run goes
 * on, so that each still ends. Pure.
 */
import type { Run, Since } from "./run.ts";

/** A look that is later than this was not late: a platform's alarm is late by seconds, and the sweep wakes within minutes. */
const ABSENCE_MS = 300_000;

/** For how long it has been so, but for the time in which nobody looked; zero where it is not. */
export function ageOf(held: Pick<Since<unknown>, "at" | "awayMs"> | null | undefined, now: number): number {
  return held ? now - held.at - (held.awayMs ?? 0) : 0;
}

/** The same with so much time told apart. */
export function away<T extends { awayMs?: number } | null>(held: T, awayMs: number): T {
  return held && awayMs > 0 ? { ...held, awayMs: (held.awayMs ?? 0) + awayMs } : held;
}

/** How long nobody looked though it was due; zero: somebody did, or was merely late. */
export function absentMs(run: Run, now: number): number {
  const lateMs = now - run.nextLookAt;
  return lateMs >= ABSENCE_MS ? lateMs : 0;
}

/** The run's memory with that time told apart; once it is, it is no second time. */
export function afterAbsence(run: Run, now: number): Run {
  const awayMs = absentMs(run, now);
  if (awayMs === 0) return run;
  const { pulse, commit, passed, infra = null, owedAt, unreadAt } = run.seen;
  const claimed = Object.entries(run.claimed).map(([phase, one]) => [phase, away(one, awayMs)]);
  const { proposal } = run;
  return {
    ...run,
    claimed: Object.fromEntries(claimed),
    seen: {
      ...run.seen,
      pulse: away(pulse, awayMs),
      commit: away(commit, awayMs),
      passed: away(passed, awayMs),
      infra: away(infra, awayMs),
      owedAt: owedAt && owedAt + awayMs,
      ...(unreadAt === undefined ? {} : { unreadAt: unreadAt + awayMs }),
    },
    ...(proposal
      ? {
          proposal: {
            ...proposal,
            head: away(proposal.head, awayMs),
            infra: away(proposal.infra, awayMs),
          },
        }
      : {}),
    nextLookAt: now,
  };
}
