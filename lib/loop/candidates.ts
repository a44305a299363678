/**
 * The order in which candidates are judged, and how many a look. All have their turn before one has another: a round of
 * turns begins with the most urgent and goes on over as many looks, in as many invocations, as it takes.
 */
import { byUrgency } from "../core/dispatch-policy.ts";
import type { Candidate } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import type { RepoRecord } from "./records.ts";

/** Two hundred issues from a template cost no more than these a look. */
export const CANDIDATES_A_LOOK = 10;

/**
 * Most urgent first of those that had no turn yet; then the others, the longest unjudged of them first. Where there are
 * more than a look takes, those that stand refused wait behind the others, unless a delivery told of them since.
 */
export function inTurn(loop: Loop, candidates: Candidate[]): Candidate[] {
  const urgent = [...candidates].sort(byUrgency);
  const { judged = [] } = loop.store.repo();
  const due = urgent.filter(({ number }) => !judged.includes(number));
  const had = judged.flatMap((number) => urgent.find((candidate) => candidate.number === number) ?? []);
  if (urgent.length <= CANDIDATES_A_LOOK) return [...due, ...had];
  const refused = new Set(loop.store.repo().refused);
  const waits = ({ number }: Candidate) => refused.has(number) && loop.store.issue(number)?.judgedAt !== 0;
  return [...due.filter((one) => !waits(one)), ...due.filter(waits), ...had];
}

/** Whom this look judges, as far as it gets: what another began and did not end, it ends. */
export function ofThisLook(loop: Loop, candidates: Candidate[]): Candidate[] {
  const had = loop.store.repo().judged?.length ?? 0;
  return inTurn(loop, candidates).slice(0, CANDIDATES_A_LOOK - (had % CANDIDATES_A_LOOK));
}

/**
 * Notes who had a turn in this look. `on`: it was cut off, and goes on at once in another invocation, until it has judged
 * as many as a look takes. `later`: of one nothing is decided yet.
 */
export function hadTurns(
  loop: Loop,
  candidates: Candidate[],
  had: number[],
  ended: "in full" | "cut off",
): "on" | "later" | "nothing" {
  const { judged: kept = [], refused } = loop.store.repo();
  const numbers = candidates.map(({ number }) => number);
  const before = kept.filter((number) => numbers.includes(number) && !had.includes(number));
  const judged = [...before, ...had];
  const isOver = numbers.every((number) => judged.includes(number));
  if (kept.length > 0 || !isOver) keepTurns(loop, isOver ? [] : judged);
  const looks = (turns: number[]) => Math.floor(turns.length / CANDIDATES_A_LOOK);
  if (ended === "cut off" && !isOver && looks(kept) === looks(judged)) return "on";
  return numbers.every((number) => refused.includes(number)) ? "nothing" : "later";
}

/** Whoever was refused may start now: the most urgent goes first. */
export function beginTurns(loop: Loop): void {
  if (loop.store.repo().judged !== undefined) keepTurns(loop, []);
}

function keepTurns(loop: Loop, judged: number[]): void {
  loop.store.transaction(() => {
    const repo = withoutTurns(loop.store.repo());
    loop.store.putRepo(judged.length === 0 ? repo : { ...repo, judged });
  });
}

export function withoutTurns({ judged: _, ...repo }: RepoRecord): RepoRecord {
  return repo;
}

/** One whose run waits for people carries the label still. */
export function withoutRunning(loop: Loop, candidates: Candidate[]): Candidate[] {
  const running = loop.store.activeRuns().flatMap((run) => (run.settledAt === null ? [run.issue.number] : []));
  return candidates.filter((candidate) => !running.includes(candidate.number));
}
