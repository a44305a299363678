/** What the state machine may decide, and the shapes its rows share. Pure. */
import type { Limits } from "./config.ts";
import type { Facts } from "./facts.ts";
import { ownTimeMs } from "./proposal.ts";
import type { Left, OutcomeType, Reason, Run } from "./run.ts";
import type { AgentRequest } from "./types.ts";

export type Decision =
  | "close_success"
  | "escalate_prepush"
  | "escalate_no_ci"
  | "escalate_landed"
  | "freeze_escalate"
  | "withdraw"
  | "issue_gone";

export type Action =
  | { type: "none"; row: 1 }
  | { type: "finish"; row: 2 }
  /**
   * `people`: there is nothing to do until a person acts; the repo is free meanwhile, and the run's time stands still.
   * `wantsRepo`: a turn is due, and another run has the repo.
   */
  | { type: "wait"; row: number; untilMs: number; look: keyof Run["looks"] | null; people?: true; wantsRepo?: true }
  | { type: "fence"; row: 3; how: Left }
  | { type: "answer"; row: 9; request: AgentRequest }
  | { type: "rerun"; row: 14; sha: string; runIds: string[] }
  | { type: "fix_forward"; row: 15; sha: string }
  | { type: "propose"; row: 12 }
  | { type: "update"; row: 19; sha: string }
  | { type: "review"; row: 20; sha: string; remarks: string[] }
  | { type: "merge"; row: 21; sha: string }
  | { type: "remind"; row: 22 }
  | {
      type: "end";
      row: number;
      decision: Decision;
      outcome: OutcomeType;
      reason: Reason;
      freeze: boolean;
      givenBack: boolean;
    };

/** Rows of the state machine's table that others ask for, each by what it is about. */
export const ROW = {
  takenBack: 3,
  timeOver: 7,
  unread: 11,
  waitsForPeople: 22,
  lacksProof: 23,
  protectedPath: 24,
  redBefore: 25,
} as const;

export interface Pace {
  limits: Limits;
  pollMs: number;
  /** What people say of a proposal within this time is answered together. */
  reviewCollectMs: number;
  reviewReminderMs: number;
}

export function names(facts: Facts): string[] {
  return facts.verdict.because.map((check) => check.name);
}

/** Hand over: escalate_prepush, or freeze_escalate once pushed. */
export function handOver(row: number, run: Run, reason: Reason): Action {
  return run.commits.length === 0 ? end(row, "escalate_prepush", reason) : freezeEscalate(row, reason);
}

/** The trunk is as green as it was: a person looks at what landed, and others may go on. */
export function handOverPassed(row: number, run: Run, reason: Reason): Action {
  return end(row, run.commits.length === 0 ? "escalate_prepush" : "escalate_landed", reason);
}

export function freezeEscalate(row: number, reason: Reason): Action {
  return end(row, "freeze_escalate", reason, "freeze");
}

const OUTCOMES: Record<Decision, OutcomeType> = {
  close_success: "closed",
  escalate_prepush: "escalated",
  escalate_no_ci: "escalated",
  escalate_landed: "escalated",
  freeze_escalate: "frozen",
  withdraw: "withdrawn",
  issue_gone: "gone",
};

export function end(
  row: number,
  decision: Decision,
  reason: Reason,
  freeze: "freeze" | "no freeze" = "no freeze",
  wish: "given back" | "consumed" = "consumed",
): Action {
  const outcome = OUTCOMES[decision];
  return { type: "end", row, decision, outcome, reason, freeze: freeze === "freeze", givenBack: wish === "given back" };
}

/** An ending read from a branch needs two looks, a poll apart: null at the second, else the wait for it. */
export function firstLook(run: Run, row: number, look: keyof Run["looks"], pace: Pace, now: number): Action | null {
  const firstAt = run.looks[look];
  const leftMs = firstAt === null ? pace.pollMs : firstAt + pace.pollMs - now;
  if (leftMs <= 0) return null;
  return { type: "wait", row, untilMs: Math.min(leftMs, wholeLeftMs(run, pace, now)), look };
}

/** Waits for the nearest of the poll, this row's deadline and the end of the whole time. */
export function wait(
  row: number,
  run: Run,
  pace: Pace,
  now: number,
  deadlineMs: number | null,
): Extract<Action, { type: "wait" }> {
  const untilMs = Math.max(0, Math.min(pace.pollMs, wholeLeftMs(run, pace, now), deadlineMs ?? pace.pollMs));
  return { type: "wait", row, untilMs, look: null };
}

/** While it waits for people its time stands still: an end that does not come nearer is none to look for. */
function wholeLeftMs(run: Run, pace: Pace, now: number): number {
  if (run.proposal?.waitingSince != null) return Number.POSITIVE_INFINITY;
  return Math.max(0, pace.limits.runMs - ownTimeMs(run, now));
}
