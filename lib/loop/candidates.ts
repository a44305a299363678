/** The order in which candidates are judged, and how many a look. */
import { byUrgency } from "../core/dispatch-policy.ts";
import type { Candidate } from "../core/types.ts";
import type { Loop } from "./loop.ts";

/** Two hundred issues from a template cost no more than these a look. */
export const CANDIDATES_A_LOOK = 10;

/**
 * Most urgent first. Where there are more than a look takes, those that stand refused wait behind the others, the
 * longest unjudged of them first, so that every one is judged in the end.
 */
export function inTurn(loop: Loop, candidates: Candidate[]): Candidate[] {
  const urgent = [...candidates].sort(byUrgency);
  if (urgent.length <= CANDIDATES_A_LOOK) return urgent;
  const fresh = unjudged(loop, urgent);
  const refused = urgent.filter((candidate) => !fresh.includes(candidate));
  const judgedAt = new Map(refused.map((one) => [one.number, loop.store.issue(one.number)?.judgedAt ?? 0]));
  refused.sort((one, other) => (judgedAt.get(one.number) ?? 0) - (judgedAt.get(other.number) ?? 0));
  return [...fresh, ...refused];
}

export function unjudged(loop: Loop, candidates: Candidate[]): Candidate[] {
  const refused = new Set(loop.store.repo().refused);
  return candidates.filter((candidate) => !refused.has(candidate.number));
}

/** One whose run waits for people carries the label still. */
export function withoutRunning(loop: Loop, candidates: Candidate[]): Candidate[] {
  const running = loop.store.activeRuns().flatMap((run) => (run.settledAt === null ? [run.issue.number] : []));
  return candidates.filter((candidate) => !running.includes(candidate.number));
}
