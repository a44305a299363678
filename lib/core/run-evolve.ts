/**
 * What a decision changes in a run: the outcome, the turns and the acts it owes. Pure; the ledger stores the result in
 * the transaction that decides, before any act is performed.
 */

import type { Action } from "./actions.ts";
import { type Act, act, type Bell, withoutOrphans } from "./acts.ts";
import { turn } from "./claim.ts";
import { proposeKey, resumed, waiting } from "./proposal.ts";
import {
  logged,
  type Outcome,
  type OutcomeType,
  owedTurn,
  type Reason,
  type Run,
  type Turn,
  withoutTurn,
} from "./run.ts";

/** The run after an action. `forgeIso`: the forge's clock at the look that decided. */
export function apply(
  run: Run,
  action: Action,
  at: { now: number; forgeIso: string | null; notifiers: string[] },
): Run {
  const { now } = at;
  const next = { ...run, looks: looksAfter(run, action, now) };
  switch (action.type) {
    case "none":
    case "finish":
      return run;
    case "wait":
      return { ...waited(next, action, now), nextLookAt: now + action.untilMs };
    case "fence":
      return decided(
        {
          ...withoutUnsent(next, now),
          fenceBeforeWithdraw: true,
          fencedFor: action.how,
          acts: fenced(next, "fence-withdraw", now),
          nextLookAt: now,
        },
        now,
        "a person withdrew the issue: bring the thread to rest first",
      );
    case "answer": {
      const answer = act(`answer-${action.request.id}`, { type: "answer", requestId: action.request.id }, now);
      const asked = { ...next, requests: [...next.requests, action.request.id], acts: [...next.acts, answer] };
      return decided({ ...asked, nextLookAt: now }, now, `answer the agent's ${action.request.kind}`);
    }
    case "rerun": {
      const rerun = act(`rerun-${action.sha}`, { type: "rerun", sha: action.sha, runIds: action.runIds }, now);
      const again = { ...next, reruns: { ...next.reruns, [action.sha]: now }, acts: [...next.acts, rerun] };
      return decided({ ...again, nextLookAt: now }, now, `run CI of ${action.sha.slice(0, 12)} once more`);
    }
    case "fix_forward":
      return answered(next, { purpose: "fix", sha: action.sha }, now);
    case "update":
      return answered(next, { purpose: "update", sha: action.sha }, now);
    case "review":
      return answered(next, { purpose: "review", sha: action.sha, remarks: action.remarks }, now);
    case "propose": {
      const acts = [...next.acts, act(proposeKey(next), { type: "propose" }, now)];
      return decided({ ...next, acts, nextLookAt: now }, now, `open a pull request from ${run.branch}`);
    }
    case "merge":
      return merging(next, action.sha, now);
    case "remind":
      return reminded(next, at.notifiers, now);
    case "end":
      return ended(next, action, at);
    default:
      return action satisfies never;
  }
}

/** Once every act that holds is over: settled, or turned into another ending by a refused close. */
export function settle(run: Run, now: number, notifiers: string[]): Run {
  if (run.outcome === null || run.settledAt !== null) return run;
  const close = run.acts.find((one) => one.deed.type === "close");
  if (run.outcome.type === "closed" && close?.state === "refused") {
    const reason: Reason = { code: "close_refused", detail: close.error ?? "" };
    const next = reversed(run, { ...run.outcome, type: "escalated", reason }, handOverActs(run, now), notifiers, now);
    return decided(next, now, "the forge refused the close: hand over");
  }
  if (run.outcome.type === "closed" && close?.state === "cancelled") {
    const reason: Reason = { code: "withdrawn_by_person", how: "reopened" };
    const next = reversed(run, { ...run.outcome, type: "withdrawn", reason }, [], notifiers, now);
    return decided(next, now, "a person reopened the issue: leave it open");
  }
  if (run.acts.some((one) => one.holds && one.state === "pending")) return run;
  return decided({ ...run, settledAt: now }, now, `settled: ${run.outcome.type}`);
}

/** Another ending than the one decided: what the first would have rung is replaced. */
function reversed(run: Run, outcome: Outcome, more: Act[], notifiers: string[], now: number): Run {
  const quiet = run.acts.filter((one) => one.deed.type !== "ring" || one.deed.bell.type !== "ended");
  return { ...run, outcome, acts: [...quiet, ...more, ...bells(notifiers, now)] };
}

function waited(run: Run, action: Extract<Action, { type: "wait" }>, now: number): Run {
  if (!run.proposal) return run;
  if (action.people) return waiting(run, now);
  return { ...run, proposal: { ...run.proposal, wantsRepo: action.wantsRepo === true } };
}

/** Another turn in the same thread, for one commit of ours. What answers people spends no attempt. */
function answered(run: Run, answer: Pick<Turn, "purpose" | "sha" | "remarks">, now: number): Run {
  const { purpose, sha, remarks } = answer;
  const number = run.turns.length + 1;
  const next: Run = {
    ...withRepo(resumed(run, now)),
    turns: [...run.turns, { ...turn(number, purpose, sha, run.seen.turnId, now), ...(remarks ? { remarks } : {}) }],
    acts: [...run.acts, act(`turn-${number}`, { type: "start_turn", turn: number }, now)],
    nextLookAt: now,
  };
  if (purpose === "review") {
    const { proposal } = next;
    if (!proposal) return next;
    const round = {
      ...proposal,
      answered: [...proposal.answered, ...(remarks ?? [])],
      rounds: proposal.rounds + 1,
      remarkedAt: null,
    };
    return decided({ ...next, proposal: round }, now, `answer ${remarks?.length} remarks, round ${round.rounds}`);
  }
  const commit = sha ?? "";
  const spent = { ...next, attempts: run.attempts + 1, answered: [...run.answered, commit] };
  const what = purpose === "update" ? "bring up to date" : "fix forward";
  return decided(spent, now, `${what} ${commit.slice(0, 12)}, attempt ${spent.attempts}`);
}

function withRepo(run: Run): Run {
  return run.proposal ? { ...run, proposal: { ...run.proposal, holdsRepo: true, wantsRepo: false } } : run;
}

function merging(run: Run, head: string, now: number): Run {
  const acts = [...run.acts, act(`merge-${head}`, { type: "merge", head }, now)];
  const proposal = run.proposal && { ...run.proposal, mergeAsked: head };
  return decided(
    { ...run, ...(proposal ? { proposal } : {}), acts, nextLookAt: now },
    now,
    `merge ${head.slice(0, 12)}`,
  );
}

function reminded(run: Run, notifiers: string[], now: number): Run {
  const { proposal } = run;
  if (!proposal) return run;
  // Between two waits lies a turn, or a landing.
  const key = `review-${run.commits.length}-${run.turns.length}`;
  const acts = [...run.acts, ...notifiers.map((notifier) => ring(notifier, key, { type: "review" }, now))];
  return decided(
    { ...run, proposal: { ...proposal, reminded: true }, acts, nextLookAt: now },
    now,
    "remind of the review",
  );
}

function ended(run: Run, action: Extract<Action, { type: "end" }>, at: Parameters<typeof apply>[2]): Run {
  const { now } = at;
  const { outcome: type, reason, givenBack } = action;
  const outcome: Outcome = { type, reason, decidedAt: now, forgeIso: at.forgeIso, givenBack };
  const loud = !givenBack && reason.code !== "held_elsewhere" && !(type === "gone" && !action.freeze);
  const cancelled = withoutUnsent(withShows(cancelStarts(run), loud ? "all" : "shown before", now), now);
  const acts = [
    ...cancelled.acts,
    ...(mustFence(cancelled) ? [fence("fence-end", now)] : []),
    ...endActs(run, outcome, now),
  ];
  const next = {
    ...cancelled,
    outcome,
    nextLookAt: now,
    acts: [...acts, ...(loud ? bells(at.notifiers, now, type) : [])],
  };
  return decided(next, now, `${action.decision}: ${reason.code}`);
}

/** What an ending owes the forge. Every ending takes both working labels off, save one given back, which keeps ready. */
function endActs(run: Run, outcome: Outcome, now: number): Act[] {
  if (outcome.reason.code === "held_elsewhere" || outcome.type === "gone") return [];
  const unstamp = act("end-unstamp", { type: "remove_label", label: "inProgress" }, now, { holds: true });
  if (outcome.givenBack) return [unstamp];
  const unready = act("end-unready", { type: "remove_label", label: "ready" }, now, { holds: true });
  switch (outcome.type) {
    case "closed":
      return [unstamp, unready, act("end-close", { type: "close" }, now, { holds: true }), ...tidied(run, now)];
    case "withdrawn":
      return [unstamp, unready];
    case "escalated":
    case "frozen":
      return [unready, unstamp, ...handOverActs(run, now)];
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

function handOverActs(run: Run, now: number): Act[] {
  const reopen = run.commits.length > 0 ? [act("end-reopen", { type: "reopen" }, now, { holds: true })] : [];
  return [
    act("end-hand-label", { type: "hand_label" }, now, { holds: true }),
    ...reopen,
    act("end-hand-over", { type: "hand_over", text: "" }, now),
  ];
}

/** An ending tells each notifier once; "done" is said when the issue is really closed. */
function bells(notifiers: string[], now: number, outcome?: OutcomeType): Act[] {
  const after = outcome === "closed" ? ["end-close"] : [];
  return notifiers.map((notifier) => ({ ...ring(notifier, "ended", { type: "ended" }, now), after }));
}

export function ring(notifier: string, key: string, bell: Bell, now: number): Act {
  return act(`ring-${notifier}-${key}`, { type: "ring", notifier, bell }, now);
}

/** Anything sent may be at work, or may start yet. */
function mustFence(run: Run): boolean {
  return run.threads.length > 0 && run.turns.some((one) => one.sentAt !== null && one.cancelledAt === null);
}

function fenced(run: Run, key: string, now: number): Act[] {
  return mustFence(run) ? [...withoutUnsent(run, now).acts, fence(key, now)] : withoutUnsent(run, now).acts;
}

function fence(key: string, now: number): Act {
  return act(key, { type: "fence" }, now, { holds: true });
}

/** Cancels turns that never left, with their acts. */
function withoutUnsent(run: Run, now: number): Run {
  const owed = owedTurn(run);
  if (!owed || owed.sentAt !== null) return run;
  const acts = run.acts.map((one) =>
    one.deed.type === "start_turn" && one.deed.turn === owed.number && one.state === "pending" ? cancel(one) : one,
  );
  return { ...withoutTurn(run, owed, now), acts: withoutOrphans(acts) };
}

const STARTS = new Set([
  "stamp",
  "unstamp",
  "read_back",
  "create_thread",
  "start_turn",
  "answer",
  "rerun",
  "propose",
  "merge",
]);

/** An ended run starts nothing: what is not performed yet is cancelled in the deciding transaction. */
function cancelStarts(run: Run): Run {
  return {
    ...run,
    acts: run.acts.map((one) => (STARTS.has(one.deed.type) && one.state === "pending" ? cancel(one) : one)),
  };
}

/** Messages wait for the claim no longer; one that nobody saw yet says nothing of a run that is to leave no trace. */
function withShows(run: Run, which: "all" | "shown before", now: number): Run {
  const acts = run.acts.map((one) => {
    if (one.deed.type !== "show" || one.state !== "pending") return one;
    return which === "all" || one.written !== null ? { ...one, after: [], dueAt: now } : cancel(one);
  });
  return { ...run, acts };
}

function cancel(one: Act): Act {
  return { ...one, state: "cancelled" };
}

function looksAfter(run: Run, action: Action, now: number): Run["looks"] {
  const { looks } = run;
  const undecided = action.type === "wait" && action.row === 11;
  const named = action.type === "wait" ? action.look : null;
  const after = (name: keyof Run["looks"], keeps: boolean) =>
    named === name ? (looks[name] ?? now) : keeps || undecided ? looks[name] : null;
  const row3 = "row" in action && action.row === 3;
  return {
    withdraw: after("withdraw", row3),
    atRest: after("atRest", false),
    redAnswered: after("redAnswered", false),
  };
}

function decided(run: Run, now: number, text: string): Run {
  return logged(run, { at: now, kind: "decided", text, act: null });
}
