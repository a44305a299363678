/**
 * What happens next to one run. Pure; this table is the code, row by row, and its test. First match wins.
 *
 *  1 settled ................................................. none, ever
 *  2 settling (an outcome is decided) ........................ finish its acts
 *  3 nothing pushed at two looks, and the issue gone, or a person closed it, removed the ready label or closed the
 *    pull request, or ordered it to stop
 *    ......................................................... fence, read the branch once more; then withdraw
 *    ordered to stop and pushed .............................. hand over
 *  4 pushed or unknown, and the issue gone ................... outcome gone; red freezes
 *  5 passed, and live or no deploy asked for; thread at rest, or the whole time over; nothing for a person to see first
 *    (rows 23, 24) ........................................... close_success
 *  6 no turn ever sent, and the loop stopped or a gate refuses the first turn
 *    ......................................................... withdraw; the label event is given back
 *  7 whole time or budget over ............................... hand over
 *  8 a turn owed: not accepted: wait; accepted: wait, past the start deadline hand over
 *  9 asking: first request and not stopped: answer; else hand over
 * 10 working: wait; past the stall deadline hand over
 * 11 thread or pushed unknown ................................ wait
 * 12 at rest, nothing pushed: to land by pull request and none yet: propose, once no pause stands; else wait a poll; at
 *    the second look
 *    ......................................................... escalate_prepush
 *    -- from here: pushed, or proposed and then it is the head that is judged; thread at rest --
 * 19 proposed, and in conflict or behind; not answered, attempts and time left, thread there, issue as we took it
 *    ......................................................... update; stopped: wait for people; else hand over
 * 20 proposed and passed, and people who may write said something since: wait for all of it; then, rounds left
 *    ......................................................... review; else hand over
 * 21 proposed and passed, nothing required is missing, and the forge may merge: merge, once a head, when CI of pull
 *    requests has had its time to show up
 * 22 proposed, and passed or CI waits for a person; or turned to another branch than the trunk
 *    ......................................................... wait for people: no time runs and the repo is free
 * 13 landed and passed, deploy pending: wait; past its time freeze_escalate
 * 14 infra: rerun once, or where the forge cannot leave it to a person; not left yet, or its grace not over: wait; else
 *    hand over
 * 15 red, put out of the merge queue, or passed with deploy failed; not answered, attempts and time left, not
 *    stopped, thread there, issue as we took it and never fenced .. fix_forward
 * 16 the same, otherwise, or CI of a landed commit waits for a person
 *    ......................................................... hand over
 * 17 no CI past the grace .................................... escalate_no_ci
 * 18 pending, none yet, unknown .............................. wait
 *    -- what a repo asks for in its rules, and whose fault a red is --
 * 23 passed, and the repo lands nothing without verified red to green: not known yet: wait; lacking: hand over
 * 24 proposed or passed, and it touches a protected path ..... hand over
 * 25 red, and every red check was red before the change: not ours, no agent is sent after it: hand over
 *
 * "Stopped" is the kill switch, or a pause of the repo or of all. "Hand over" is escalate_prepush, or freeze_escalate once pushed; of what passed, escalate_landed, which freezes nothing.
 * What rows 23 to 25 need is read when they ask for it. A failed read is "unknown": it ends, escalates and
 * spends nothing, save by row 7. One thing the table does not say: a red that was answered and whose turn brought no
 * new commit needs two looks too (row 16), since the branch read may be stale as in row 12.
 */
import {
  type Action,
  end,
  firstLook,
  freezeEscalate,
  handOver,
  handOverPassed,
  names,
  type Pace,
  wait,
} from "./actions.ts";
import { rerunKey } from "./acts.ts";
import { passes } from "./ci-verdict.ts";
import type { Facts, IssueFact } from "./facts.ts";
import { ownTimeMs } from "./proposal.ts";
import { beforeLanding, isDropped } from "./proposal-rows.ts";
import { type Left, type Reason, type RedStop, type Run, refusedTurn } from "./run.ts";
import { withoutRoute } from "./text.ts";
import { lacksProof, protectedPath } from "./unseen-rows.ts";

export function nextAction(run: Run, facts: Facts, pace: Pace, now: number): Action {
  if (run.settledAt !== null) return { type: "none", row: 1 };
  if (run.outcome !== null) return { type: "finish", row: 2 };
  const over = ownTimeMs(run, now) >= pace.limits.runMs;
  return (
    left(run, facts, over, pace, now) ??
    success(run, facts, over, pace, now) ??
    givenBack(run, facts) ??
    exhausted(run, facts, over, pace) ??
    threadAlive(run, facts, pace, now) ??
    threadAtRest(run, facts, pace, now)
  );
}

/** Rows 3 and 4: the issue is no longer ours to work on. What is ordered to stop and has landed is handed over. */
function left(run: Run, facts: Facts, over: boolean, pace: Pace, now: number): Action | null {
  // Fenced, the run cannot go on but by a push found now; a label put back since is a new wish.
  const how =
    personLeft(facts.issue) ??
    (facts.proposal?.type === "closed" ? "pull_closed" : null) ??
    (run.stop ? "stopped" : null) ??
    (run.fenceBeforeWithdraw && facts.issue !== "unknown" ? (run.fencedFor ?? "unlabelled") : null);
  // Why it was fenced is not forgotten for a read that fails.
  if (run.fenceBeforeWithdraw && how === null && facts.pushed === "no" && !over) return wait(3, run, pace, now, null);
  if (how !== null && facts.pushed === "no") {
    const first = over || run.fenceBeforeWithdraw ? null : firstLook(run, 3, "withdraw", pace, now);
    if (first) return first;
    const fenced = !everSent(run) || facts.thread.type === "at_rest";
    if (!run.fenceBeforeWithdraw && !over) return { type: "fence", row: 3, how };
    if (!fenced && !over) return wait(3, run, pace, now, null);
    return end(3, "withdraw", { code: "withdrawn_by_person", how });
  }
  if (facts.issue === "gone" && facts.pushed !== "no")
    return end(4, "issue_gone", { code: "issue_gone" }, facts.verdict.word === "red" ? "freeze" : "no freeze");
  return run.stop && facts.pushed === "yes" ? stopped(run, run.stop.by, facts) : null;
}

/** Row 3, once it has landed: a person is called, save where all is done and only the closing is left. */
function stopped(run: Run, by: string, facts: Facts): Action | null {
  const reason: Reason = { code: "stopped_by_person", by };
  if (!passed(facts)) return handOver(3, run, reason);
  return isLive(facts) && facts.thread.type === "at_rest" ? null : handOverPassed(3, run, reason);
}

/** Row 5. */
function success(run: Run, facts: Facts, over: boolean, pace: Pace, now: number): Action | null {
  if (!passed(facts) || !(facts.thread.type === "at_rest" || over)) return null;
  const seen = protectedPath(run, facts, pace, now) ?? lacksProof(run, facts, pace, now);
  // What a person must see first and could not be read in all that time is for a person too, by row 7.
  if (seen !== null) return over && seen.type === "wait" ? null : seen;
  if (!isLive(facts)) return null;
  const live = facts.deploy === "live" ? ({ live: true } as const) : {};
  const unjudged = facts.verdict.word === "green" ? {} : ({ unjudged: true } as const);
  return end(5, "close_success", { code: "landed", ...live, ...unjudged });
}

/** Or it need not be. */
function isLive({ deploy }: Facts): boolean {
  return deploy === "live" || deploy === "not_asked";
}

function everSent(run: Run): boolean {
  return run.turns.some((turn) => turn.sentAt !== null);
}

/** Row 6. */
function givenBack(run: Run, facts: Facts): Action | null {
  if (everSent(run)) return null;
  if (facts.stopped) return end(6, "withdraw", facts.stopped, "no freeze", "given back");
  if (run.gateRefusal !== null)
    return end(6, "withdraw", { code: "refused_at_start", detail: run.gateRefusal }, "no freeze", "given back");
  return null;
}

/** Row 7: by our own clock, whatever cannot be read. */
function exhausted(run: Run, facts: Facts, over: boolean, pace: Pace): Action | null {
  if (!over && !facts.budgetOver) return null;
  return handOver(7, run, over ? { code: "time_over" } : budgetSpent(run, pace));
}

function budgetSpent({ spend }: Run, { limits }: Pace): Reason {
  const figures = spend.usd === null ? {} : { usd: spend.usd, limitUsd: limits.budgetUsd };
  return { code: "budget", ...figures, ...(spend.tokens === null ? {} : { tokens: spend.tokens }) };
}

/** Rows 8 to 11: the thread is, or may be, at work. */
function threadAlive(run: Run, facts: Facts, pace: Pace, now: number): Action | null {
  const { thread } = facts;
  switch (thread.type) {
    case "owed":
      if (thread.waitedMs !== null && thread.waitedMs >= pace.limits.startMs)
        return handOver(8, run, neverStarted(facts));
      return wait(8, run, pace, now, thread.waitedMs === null ? null : pace.limits.startMs - thread.waitedMs);
    case "asking": {
      const { request } = thread;
      if (request === null || run.requests.includes(request.id)) return atWork(9, run, thread.silentMs, pace, now);
      if (run.requests.length === 0 && !facts.stopped) return { type: "answer", row: 9, request };
      return handOver(9, run, { code: "asked_again" });
    }
    case "working":
      return atWork(10, run, thread.silentMs, pace, now);
    case "unknown":
      return wait(11, run, pace, now, null);
    case "at_rest":
      return facts.pushed === "unknown" ? wait(11, run, pace, now, null) : null;
    default:
      return thread satisfies never;
  }
}

function neverStarted({ threadError }: Facts): Reason {
  return { code: "never_started", ...(threadError === null ? {} : { detail: threadError }) };
}

/** Rows 12 to 22. */
function threadAtRest(run: Run, facts: Facts, pace: Pace, now: number): Action {
  const rest = {
    stop: (judged: Facts) => redStop(run, judged, pace, now),
    judge: (judged: Facts) => notPassed(run, judged, pace, now),
  };
  if (facts.pushed === "no") {
    const nothing = () => nothingPushed(run, facts, pace, now);
    return beforeLanding(run, facts, { ...rest, nothing }, pace, now);
  }
  if (passed(facts) && facts.deploy !== "failed") return notLive(run, facts, pace, now);
  const nothing = () => (passed(facts) ? red(run, facts, pace, now) : notPassed(run, facts, pace, now));
  // What answers a red that has landed is proposed as the change was.
  const isRed = facts.verdict.word === "red" || passed(facts);
  // An answer that the executor refused has nothing to propose.
  const isAnswered = isRed && facts.sha !== null && run.answered.includes(facts.sha) && !refusedFor(run, facts);
  return isAnswered ? beforeLanding(run, facts, { ...rest, nothing }, pace, now) : nothing();
}

/** Row 13. */
function notLive(run: Run, facts: Facts, pace: Pace, now: number): Action {
  if (facts.deploy === "unknown") return wait(18, run, pace, now, null);
  if (facts.passedMs >= pace.limits.deployMs) {
    const seen = run.live?.seen;
    return freezeEscalate(13, seen ? { code: "deploy_overdue", seen } : { code: "deploy_overdue" });
  }
  return wait(13, run, pace, now, pace.limits.deployMs - facts.passedMs);
}

/** Row 12. */
function nothingPushed(run: Run, facts: Facts, pace: Pace, now: number): Action {
  // Of an issue that a person may have taken back nobody is called.
  if (facts.issue === "unknown") return wait(12, run, pace, now, null);
  const detail = [facts.threadError, unproposed(run)].filter((one) => one !== null).join(" - ") || null;
  return firstLook(run, 12, "atRest", pace, now) ?? end(12, "escalate_prepush", { code: "nothing_pushed", detail });
}

/** Why the forge took no pull request; null: none was refused. */
function unproposed({ acts }: Run): string | null {
  const refused = acts.find(({ deed, state }) => deed.type === "propose" && state === "refused");
  return refused ? `no pull request could be opened: ${withoutRoute(refused.error ?? "")}` : null;
}

/** Rows 14 to 18, of a commit on the trunk or of a head that is proposed. */
function notPassed(run: Run, facts: Facts, pace: Pace, now: number): Action {
  if (isDropped(run, facts.sha)) return red(run, facts, pace, now);
  switch (facts.verdict.word) {
    case "infra":
      return infra(run, facts, pace, now);
    case "red":
      return red(run, facts, pace, now);
    case "human":
      return handOver(16, run, { code: "ci_waits_for_approval", checks: names(facts) });
    case "none":
      if (facts.commitAgeMs >= pace.limits.ciGraceMs)
        return end(17, "escalate_no_ci", { code: "no_ci", missing: facts.verdict.missing });
      return wait(18, run, pace, now, pace.limits.ciGraceMs - facts.commitAgeMs);
    case "pending":
    case "unknown":
    case "green":
      return wait(18, run, pace, now, Math.max(pace.limits.ciGraceMs - facts.commitAgeMs, 0) || null);
    default:
      return facts.verdict.word satisfies never;
  }
}

/** Row 14: not the change's fault; run once more where the forge can, never an attempt. */
function infra(run: Run, facts: Facts, pace: Pace, now: number): Action {
  if (facts.sha === null) return wait(18, run, pace, now, null);
  const rerunAt = run.reruns[facts.sha];
  const runIds = [...new Set(facts.verdict.because.flatMap((check) => (check.runId ? [check.runId] : [])))];
  if (rerunAt === undefined && facts.canRerun && runIds.length > 0)
    return { type: "rerun", row: 14, sha: facts.sha, runIds };
  // Where the forge cannot, a person has the grace to do so, from when there was something to run again.
  const unaskedMs = facts.canRerun ? facts.commitAgeMs : facts.infraMs;
  const rerun = run.acts.find(({ key }) => key === rerunKey(facts.sha ?? ""));
  // It has not left yet; that it cannot is told, and then its time runs.
  if (rerun?.state === "pending" && !rerun.told) return wait(14, run, pace, now, null);
  const waitedMs = rerunAt === undefined ? unaskedMs : now - Math.max(rerunAt, rerun?.writtenAt ?? 0);
  if (waitedMs < pace.limits.ciGraceMs) return wait(14, run, pace, now, pace.limits.ciGraceMs - waitedMs);
  const byPerson = facts.canRerun ? {} : { pages: facts.verdict.because.flatMap((check) => check.url ?? []) };
  return handOver(14, run, { code: "infra", checks: names(facts), ...byPerson });
}

/** Rows 15 and 16. */
function red(run: Run, facts: Facts, pace: Pace, now: number): Action {
  if (facts.sha === null || facts.issue === "unknown") return wait(18, run, pace, now, null);
  const why = redStop(run, facts, pace, now);
  if (why !== "unanswered" && facts.fault === "unread") return wait(25, run, pace, now, null);
  if (why !== "unanswered" && facts.fault === "before_us")
    return handOver(25, run, { code: "red_before", checks: names(facts) });
  if (why === null) return { type: "fix_forward", row: 15, sha: facts.sha };
  const first = why === "unanswered" ? firstLook(run, 16, "redAnswered", pace, now) : null;
  if (first) return first;
  const refused = refusedFor(run, facts);
  const deploy = passed(facts) ? { deploy: true as const } : {};
  if (refused) return handOver(16, run, { code: "turn_refused", detail: refused.refused, ...deploy });
  // Its checks are green: it is the deploy that failed.
  if (passed(facts)) return handOver(16, run, { code: "deploy_failed", seen: run.live?.seen ?? null, why });
  return handOver(16, run, { code: "red", checks: names(facts), why });
}

function refusedFor(run: Run, { sha }: Facts): ReturnType<typeof refusedTurn> {
  const refused = refusedTurn(run);
  return refused?.sha === sha ? refused : null;
}

function redStop(run: Run, facts: Facts, pace: Pace, now: number): RedStop | null {
  // First: an answered red may be a stale read of the branch, which needs its second look whatever else holds.
  if (facts.sha !== null && run.answered.includes(facts.sha)) return "unanswered";
  if (facts.stopped) return facts.stopped.code;
  // Fenced, it is sent no further turn, though the label be back: what is red is a person's, at once.
  if (run.fenceBeforeWithdraw || !["as_taken", "closed_by_run"].includes(facts.issue)) return "person";
  if (facts.thread.type === "at_rest" && facts.thread.how === "gone") return "thread_gone";
  if (run.attempts >= pace.limits.fixAttempts) return "attempts";
  if (run.firstRedAt !== null && now - run.firstRedAt >= pace.limits.fixMs) return "time";
  return null;
}

function passed(facts: Facts): boolean {
  return facts.pushed === "yes" && passes(facts.verdict, facts);
}

function personLeft(issue: IssueFact): Left | null {
  if (issue === "closed_by_person") return "closed";
  return issue === "unlabelled" || issue === "gone" ? issue : null;
}

function atWork(row: 9 | 10, run: Run, silentMs: number, pace: Pace, now: number): Action {
  if (silentMs >= pace.limits.stallMs) return handOver(row, run, { code: "stalled" });
  return wait(row, run, pace, now, pace.limits.stallMs - silentMs);
}
