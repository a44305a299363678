/**
 * The merge that a run has asked for: once a head, while nothing speaks against it. Pure. It may be tried for long, so
 * whatever a later look decides against it takes it back; where all is well again it is decided anew.
 */
import { type Action, ROW } from "./actions.ts";
import { type Act, act, cancelled } from "./acts.ts";
import type { Run } from "./run.ts";

/** An earlier one of this head was taken back. */
export function withMerge(run: Run, head: string, now: number): Run {
  const merge = act(`merge-${head}`, { type: "merge", head }, now);
  const acts = [...run.acts.filter((one) => one.key !== merge.key), merge];
  return { ...asked(run, head), acts };
}

export function withoutMerge(run: Run): Run {
  if (!run.acts.some(isPending)) return run;
  const acts = run.acts.map((one) => (isPending(one) ? cancelled(one) : one));
  return { ...asked(run, null), acts };
}

/** Whether the merge of this head may leave now: between its decision and a try somebody may have said otherwise. */
export function mayMerge(run: Run, head: string): boolean {
  const { outcome, fenceBeforeWithdraw, stop } = run;
  const isLeft = outcome !== null || fenceBeforeWithdraw || stop !== undefined;
  return !isLeft && run.acts.some((one) => isPending(one) && one.key === `merge-${head}`);
}

/** Whether a look that decided this has nothing against a merge: it waits for people, or could not read the proposal. */
export function keepsMerge(action: Action): boolean {
  if (action.type === "wait") return action.row === ROW.unread || action.row === ROW.waitsForPeople;
  return action.type === "merge" || action.type === "remind";
}

function isPending(one: Act): boolean {
  return one.deed.type === "merge" && one.state === "pending";
}

function asked(run: Run, head: string | null): Run {
  return run.proposal ? { ...run, proposal: { ...run.proposal, mergeAsked: head } } : run;
}
