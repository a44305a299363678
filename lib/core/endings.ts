/**
 * What an ending changes in a run: what it owes the forge, the executor and people, and what it starts no more. Pure.
 */
import type { Action } from "./actions.ts";
import { type Act, act, cancelled, ring, startsSomething, withoutOrphans } from "./acts.ts";
import { decided, type Outcome, type OutcomeType, owedTurn, type Run, withoutTurn } from "./run.ts";

/** The run with its ending decided. */
export function ended(
  run: Run,
  action: Extract<Action, { type: "end" }>,
  at: { now: number; forgeIso: string | null; notifiers: string[] },
): Run {
  const { now } = at;
  const { outcome: type, reason, givenBack } = action;
  const outcome: Outcome = { type, reason, decidedAt: now, forgeIso: at.forgeIso, givenBack };
  const loud = !givenBack && reason.code !== "held_elsewhere" && !(type === "gone" && !action.freeze);
  const left = withoutUnsent(withShows(cancelStarts(run), loud ? "all" : "shown before", now), now);
  const acts = [...left.acts, ...fences(left, "fence-end", now), ...endActs(run, outcome, now)];
  const next = {
    ...left,
    outcome,
    nextLookAt: now,
    acts: [...acts, ...(loud ? bells(at.notifiers, now, type) : [])],
  };
  return decided(next, now, `${action.decision}: ${reason.code}`);
}

/** What an ending owes the forge. Every ending takes both working labels off, save one given back, which keeps ready. */
function endActs(run: Run, outcome: Outcome, now: number): Act[] {
  if (outcome.reason.code === "held_elsewhere" || outcome.type === "gone") return [];
  const offInProgress = act("end-unstamp", { type: "remove_label", label: "inProgress" }, now, { holds: true });
  if (outcome.givenBack) return [offInProgress];
  const unready = act("end-unready", { type: "remove_label", label: "ready" }, now, { holds: true });
  switch (outcome.type) {
    case "closed":
      return [offInProgress, unready, act("end-close", { type: "close" }, now, { holds: true }), ...tidied(run, now)];
    case "withdrawn":
      return [offInProgress, unready];
    case "escalated":
    case "frozen":
      return [unready, offInProgress, ...handOverActs(run, now)];
    default:
      return outcome.type satisfies never;
  }
}

/** The branch of a merged proposal; one that people may still want stays. */
function tidied(run: Run, now: number): Act[] {
  const last = run.proposal?.last;
  if (last?.state !== "merged") return [];
  return [act("end-branch", { type: "delete_branch", head: last.head }, now)];
}

export function handOverActs(run: Run, now: number): Act[] {
  const reopen = run.commits.length > 0 ? [act("end-reopen", { type: "reopen" }, now, { holds: true })] : [];
  return [
    act("end-hand-label", { type: "hand_label" }, now, { holds: true }),
    ...reopen,
    act("end-hand-over", { type: "hand_over", text: "" }, now),
  ];
}

/** An ending tells each notifier once; "done" is said when the issue is really closed. */
export function bells(notifiers: string[], now: number, outcome?: OutcomeType): Act[] {
  const after = outcome === "closed" ? ["end-close"] : [];
  return notifiers.map((notifier) => ({ ...ring(notifier, "ended", { type: "ended" }, now), after }));
}

/** Anything sent may be at work, or may start yet: it is brought to rest first. */
export function fences(run: Run, key: string, now: number): Act[] {
  const isSent = run.turns.some((one) => one.sentAt !== null && one.cancelledAt === null);
  return run.threads.length > 0 && isSent ? [act(key, { type: "fence" }, now, { holds: true })] : [];
}

/** Cancels turns that never left, with their acts. */
export function withoutUnsent(run: Run, now: number): Run {
  const owed = owedTurn(run);
  if (!owed || owed.sentAt !== null) return run;
  const acts = run.acts.map((one) =>
    one.deed.type === "start_turn" && one.deed.turn === owed.number && one.state === "pending" ? cancelled(one) : one,
  );
  return { ...withoutTurn(run, owed, now), acts: withoutOrphans(acts) };
}

/** An ended run starts nothing: what is not performed yet is cancelled in the deciding transaction. */
function cancelStarts(run: Run): Run {
  return {
    ...run,
    acts: run.acts.map((one) => (startsSomething(one.deed) && one.state === "pending" ? cancelled(one) : one)),
  };
}

/** Messages wait for the claim no longer; one that nobody saw yet says nothing of a run that is to leave no trace. */
function withShows(run: Run, which: "all" | "shown before", now: number): Run {
  const acts = run.acts.map((one) => {
    if (one.deed.type !== "show" || one.state !== "pending") return one;
    return which === "all" || one.written !== null ? { ...one, after: [], dueAt: now } : cancelled(one);
  });
  return { ...run, acts };
}
