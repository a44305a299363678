/**
 * What a step of a run adds to the counters. Pure: told by the run before and after it, so that nothing is counted twice
 * however often the run is stored.
 *
 *   its first turn was accepted ... how long that took since the label
 *   attempts grew ................. by so many
 *   it settled .................... its outcome, and how long it spent before each phase it reached
 *
 * The label's time is the forge's and the turn's is ours: the one place where two clocks meet, for nothing is decided on it.
 */
import { checklist } from "./phase-checklist.ts";
import type { Run } from "./run.ts";
import type { Count } from "./tally.ts";

export function countsOf(before: Run | null, run: Run): Count[] {
  const counts: Count[] = [];
  const startedAt = firstAcceptedAt(run);
  if (startedAt !== null && (before === null || firstAcceptedAt(before) === null)) {
    const seconds = (startedAt - Date.parse(run.labelEvent.atIso)) / 1000;
    if (Number.isFinite(seconds)) counts.push({ type: "started", seconds });
  }
  const times = run.attempts - (before?.attempts ?? 0);
  if (times > 0) counts.push({ type: "attempts", times });
  if (run.outcome !== null && run.settledAt !== null && (before?.settledAt ?? null) === null)
    counts.push({ type: "settled", outcome: run.outcome.type }, ...phaseCounts(run));
  return counts;
}

function firstAcceptedAt(run: Run): number | null {
  return run.turns.find((turn) => turn.purpose === "first" && turn.acceptedAt !== null)?.acceptedAt ?? null;
}

/** A phase begins where the one before it was reached; one that was not reached has no time. */
function phaseCounts(run: Run): Count[] {
  let since = run.startedAt;
  return checklist(run).flatMap(({ phase, at }): Count[] => {
    if (at === null) return [];
    const seconds = Math.max(0, at - since) / 1000;
    since = Math.max(since, at);
    return [{ type: "phase", phase, seconds }];
  });
}
