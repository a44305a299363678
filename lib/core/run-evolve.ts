/**
 * What a decision changes in a run: the outcome, the turns and the acts it owes. Pure; the ledger stores the result in
 * the transaction that decides, before any act is performed.
 */

import { type Action, ROW } from "./actions.ts";
import { type Act, act, rerunKey, ring } from "./acts.ts";
import { bells, ended, fences, handOverActs, withoutUnsent } from "./endings.ts";
import { keepsMerge, withMerge, withoutMerge } from "./merge-wish.ts";
import { proposeKey, resumed, waiting } from "./proposal.ts";
import { decided, newTurn, type Outcome, type Reason, type Run } from "./run.ts";

/** The run after an action. `forgeIso`: the forge's clock at the look that decided. */
export function apply(
  run: Run,
  action: Action,
  at: { now: number; forgeIso: string | null; notifiers: string[] },
): Run {
  const { now } = at;
  const next = { ...(keepsMerge(action) ? run : withoutMerge(run)), looks: looksAfter(run, action, now) };
  switch (action.type) {
    case "none":
    case "finish":
      return run;
    case "wait":
      return { ...waited(next, action, now), nextLookAt: now + action.untilMs };
    case "fence": {
      const left = resumed(withoutUnsent(next, now), now);
      const acts = [...left.acts, ...fences(left, "fence-withdraw", now)];
      return decided(
        { ...left, fenceBeforeWithdraw: true, fencedFor: action.how, acts, nextLookAt: now },
        now,
        "a person withdrew the issue: bring the thread to rest first",
      );
    }
    case "answer": {
      const answer = act(`answer-${action.request.id}`, { type: "answer", requestId: action.request.id }, now);
      const asked = { ...next, requests: [...next.requests, action.request.id], acts: [...next.acts, answer] };
      return decided({ ...asked, nextLookAt: now }, now, `answer the agent's ${action.request.kind}`);
    }
    case "rerun": {
      const rerun = act(rerunKey(action.sha), { type: "rerun", sha: action.sha, runIds: action.runIds }, now);
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
      return decided({ ...withMerge(next, action.sha, now), nextLookAt: now }, now, `merge ${action.sha.slice(0, 12)}`);
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
  if (!action.wantsRepo) return { ...run, proposal: { ...run.proposal, wantsRepo: false } };
  // Nobody can mend it meanwhile: the time to do so begins when the repo is its own, and its own time bounds the wait.
  return { ...run, firstRedAt: null, proposal: { ...run.proposal, wantsRepo: true } };
}

/** What another turn answers. */
type Answer = { purpose: "fix" | "update"; sha: string } | { purpose: "review"; sha: string; remarks: string[] };

/** Another turn in the same thread, for one commit of ours. What answers people spends no attempt. */
function answered(run: Run, answer: Answer, now: number): Run {
  const { purpose, sha } = answer;
  const number = run.turns.length + 1;
  const turn = newTurn(number, purpose, sha, run.seen.turnId, now);
  const next: Run = {
    ...withRepo(resumed(run, now)),
    turns: [...run.turns, answer.purpose === "review" ? { ...turn, remarks: answer.remarks } : turn],
    acts: [...run.acts, act(`turn-${number}`, { type: "start_turn", turn: number }, now)],
    nextLookAt: now,
  };
  if (answer.purpose === "review") {
    const { remarks } = answer;
    const { proposal } = next;
    if (!proposal) return next;
    const round = {
      ...proposal,
      answered: [...proposal.answered, ...remarks],
      rounds: proposal.rounds + 1,
      remarkedAt: null,
    };
    return decided({ ...next, proposal: round }, now, `answer ${remarks.length} remarks, round ${round.rounds}`);
  }
  const spent = { ...next, attempts: run.attempts + 1, answered: [...run.answered, sha] };
  const what = purpose === "update" ? "bring up to date" : "fix forward";
  return decided(spent, now, `${what} ${sha.slice(0, 12)}, attempt ${spent.attempts}`);
}

function withRepo(run: Run): Run {
  return run.proposal ? { ...run, proposal: { ...run.proposal, holdsRepo: true, wantsRepo: false } } : run;
}

function reminded(run: Run, notifiers: string[], now: number): Run {
  const { proposal } = run;
  if (!proposal) return run;
  // Between two waits lies a turn or a landing; where it was but CI, people know already.
  const key = `review-${run.commits.length}-${run.turns.length}`;
  const rings = notifiers.map((notifier) => ring(notifier, key, { type: "review" }, now));
  const acts = [...run.acts, ...rings.filter((one) => !run.acts.some((known) => known.key === one.key))];
  return decided(
    { ...run, proposal: { ...proposal, reminded: true }, acts, nextLookAt: now },
    now,
    "remind of the review",
  );
}

function looksAfter(run: Run, action: Action, now: number): Run["looks"] {
  const { looks } = run;
  const undecided = action.type === "wait" && action.row === ROW.unread;
  const named = action.type === "wait" ? action.look : null;
  const after = (name: keyof Run["looks"], keeps: boolean) =>
    named === name ? (looks[name] ?? now) : keeps || undecided ? looks[name] : null;
  const isTakenBack = "row" in action && action.row === ROW.takenBack;
  return {
    withdraw: after("withdraw", isTakenBack),
    atRest: after("atRest", false),
    redAnswered: after("redAnswered", false),
  };
}
