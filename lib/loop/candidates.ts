/** The order in which candidates are judged, and how many a look. */
import { byUrgency } from "../core/dispatch-policy.ts";
import type { Candidate } from "../core/types.ts";
import type { Loop } from "./loop.ts";

/** Two hundred issues from a template cost no more than these a look. */
export const CANDIDATES_A_LOOK = 10;

/**
 * Most urgent first. Where there are more than a look takes, those that stand refused or could not be judged wait behind
 * the others, the longest unjudged of them first, so that every one is judged in the end.
 */
export function inTurn(loop: Loop, candidates: Candidate[]): Candidate[] {
  const urgent = [...candidates].sort(byUrgency);
  if (urgent.length <= CANDIDATES_A_LOOK) return urgent;
  const { unsure = {} } = loop.store.repo();
  const fresh = unjudged(loop, urgent).filter(({ number }) => unsure[number] === undefined);
  const others = urgent.filter((candidate) => !fresh.includes(candidate));
  const judgedAt = new Map(
    others.map(({ number }) => [number, unsure[number] ?? loop.store.issue(number)?.judgedAt ?? 0]),
  );
  others.sort((one, other) => (judgedAt.get(one.number) ?? 0) - (judgedAt.get(other.number) ?? 0));
  return [...fresh, ...others];
}

export function unjudged(loop: Loop, candidates: Candidate[]): Candidate[] {
  const refused = new Set(loop.store.repo().refused);
  return candidates.filter(({ number }) => !refused.has(number));
}

/** What its gates ask for could not be read, or is not told yet. Of importance only where there are others to judge first. */
export function noteUnsure(loop: Loop, number: number, candidates: Candidate[]): void {
  if (candidates.length <= CANDIDATES_A_LOOK) return;
  loop.store.transaction(() => {
    const repo = loop.store.repo();
    const kept = candidates.flatMap((one): [string, number][] => {
      const at = repo.unsure?.[one.number];
      return at === undefined ? [] : [[String(one.number), at]];
    });
    loop.store.putRepo({ ...repo, unsure: { ...Object.fromEntries(kept), [number]: loop.now() } });
  });
}

export function forgetUnsure(loop: Loop, number: number): void {
  if (loop.store.repo().unsure?.[number] === undefined) return;
  loop.store.transaction(() => {
    const repo = loop.store.repo();
    const { [number]: _, ...unsure } = repo.unsure ?? {};
    loop.store.putRepo({ ...repo, unsure });
  });
}

/** One whose run waits for people carries the label still. */
export function withoutRunning(loop: Loop, candidates: Candidate[]): Candidate[] {
  const running = loop.store.activeRuns().flatMap((run) => (run.settledAt === null ? [run.issue.number] : []));
  return candidates.filter((candidate) => !running.includes(candidate.number));
}
