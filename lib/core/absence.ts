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

/**
 * The run's memory with that time told apart; once it is, it is no second time. What is waited for from CI is spared the time
 * in which the forge could not tell of it, too: a server that is down mostly takes its runners with it.
 */
export function afterAbsence(run: Run, now: number): Run {
  const awayMs = absentMs(run, now);
  const { unjudgedAt } = run.seen;
  const next = forgeAway(run, unjudgedAt === undefined ? awayMs : now - unjudgedAt);
  const seen = unjudgedAt === undefined ? next.seen : { ...next.seen, unjudgedAt: now };
  if (awayMs === 0) return seen === run.seen ? run : { ...next, seen };
  const { pulse, owedAt, unreadAt } = seen;
  const read = unreadAt === undefined ? {} : { unreadAt: unreadAt + awayMs };
  const shifted = { pulse: away(pulse, awayMs), owedAt: owedAt && owedAt + awayMs, ...read };
  // Nor could anybody mend anything.
  const firstRedAt = next.firstRedAt && next.firstRedAt + awayMs;
  return { ...next, firstRedAt, seen: { ...seen, ...shifted }, nextLookAt: now };
}

function forgeAway(run: Run, awayMs: number): Run {
  if (awayMs === 0) return run;
  const { proposal, seen } = run;
  const claimed = Object.entries(run.claimed).map(([phase, one]) => [phase, away(one, awayMs)]);
  const reruns = Object.entries(run.reruns).map(([sha, at]) => [sha, at + awayMs]);
  return {
    ...run,
    claimed: Object.fromEntries(claimed),
    reruns: Object.fromEntries(reruns),
    seen: {
      ...seen,
      commit: away(seen.commit, awayMs),
      passed: away(seen.passed, awayMs),
      infra: away(seen.infra ?? null, awayMs),
    },
    ...(proposal
      ? { proposal: { ...proposal, head: away(proposal.head, awayMs), infra: away(proposal.infra, awayMs) } }
      : {}),
  };
}
