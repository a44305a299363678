/**
 * One run as its ledger keeps it: what was decided, what was sent, what was seen and since when. Plain data; the
 * state machine reads it, `run-evolve` writes it. Every `…At` is our clock.
 */
import type { Act } from "./acts.ts";
import type { VerdictWord } from "./ci-verdict.ts";
import type { Labels, Limits } from "./config.ts";
import type { Proof } from "./evidence.ts";
import type { LiveMemory } from "./live.ts";
import type { Stop } from "./pause.ts";
import type { ProposalMemory } from "./proposal.ts";
import type { EvidenceWish, RepoRules } from "./repo-rules.ts";
import type { Spend, Usage } from "./spend.ts";
import type { LabelEvent, RepoName } from "./types.ts";

export const OUTCOMES = ["closed", "escalated", "frozen", "withdrawn", "gone"] as const;
export type OutcomeType = (typeof OUTCOMES)[number];

/** Why a run ended, as a value; `reasons` has its sentence. */
export type Reason =
  /** `live`: and its deploy was seen. `unjudged`: no CI ran, and the repo asks for none. */
  | { code: "landed"; live?: true; unjudged?: true }
  | { code: "label_refused"; detail: string }
  /** `deploy`: it was to mend a deploy that failed. */
  | { code: "turn_refused"; detail: string; deploy?: true }
  | { code: "close_refused"; detail: string }
  | Stop
  | { code: "refused_at_start"; detail: string }
  | { code: "held_elsewhere" }
  | { code: "withdrawn_by_person"; how: Left | "reopened" }
  /** After something had landed. */
  | { code: "stopped_by_person"; by: string }
  | { code: "issue_gone" }
  | { code: "time_over" }
  /** Its figures are absent in records of older code. */
  | { code: "budget"; usd?: number; tokens?: number; limitUsd?: number }
  /** `detail`: the executor's last error in its thread. */
  | { code: "never_started"; detail?: string }
  | { code: "asked_again" }
  | { code: "stalled" }
  | { code: "nothing_pushed"; detail: string | null }
  /** `seen`: of the deploy at the last look, in words. */
  | { code: "deploy_overdue"; seen?: string | null }
  | { code: "deploy_failed"; seen: string | null; why: RedStop }
  /** `pages`: where a person runs CI again, on a forge that cannot be asked to. */
  | { code: "infra"; checks: string[]; pages?: string[] }
  | { code: "red"; checks: string[]; why: RedStop }
  | { code: "outdated"; how: "conflict" | "behind"; why: RedStop }
  | { code: "review_rounds"; rounds: number }
  | { code: "review_unanswered" }
  | { code: "ci_waits_for_approval"; checks: string[] }
  | { code: "no_ci"; missing: string[] }
  /** Red before the change as well. */
  | { code: "red_before"; checks: string[] }
  /** The repo lands nothing without verified red to green. */
  | { code: "unproven" }
  | { code: "protected_path"; paths: string[] };

/** How a person took the issue away. */
export type Left = "closed" | "unlabelled" | "gone" | "pull_closed" | "stopped";

/** Why a red was not answered with another turn. */
export type RedStop = "attempts" | "time" | Stop["code"] | "thread_gone" | "person" | "unanswered";

export interface Outcome {
  type: OutcomeType;
  reason: Reason;
  decidedAt: number;
  /** The forge's clock at the look that decided, to compare with later events of the forge. */
  forgeIso: string | null;
  /** Withdrawn by the kill switch or a gate: the label event is not consumed and the ready label stays. */
  givenBack: boolean;
}

/** `update`: the trunk moved under a proposal. `review`: people said something of it. */
export type TurnPurpose = "first" | "fix" | "update" | "review";

export interface Turn {
  /** From 1. */
  number: number;
  purpose: TurnPurpose;
  /** Of a turn after the first: the commit it answers. */
  sha: string | null;
  /** Of a review turn: what it answers, by id. */
  remarks?: string[];
  decidedAt: number;
  /** When its last try left, set before it does: a turn sent without an answer counts as sent. */
  sentAt: number | null;
  acceptedAt: number | null;
  cancelledAt: number | null;
  /** Why the executor refused it for good. Absent: it did not. */
  refused?: string;
  /** The thread's newest turn when this one was sent; ours has started when another is seen. */
  turnIdBefore: string | null;
  startedTurnId: string | null;
}

/** A value and since when, on our clock, we have seen it unchanged. */
export interface Since<T> {
  value: T;
  at: number;
  /** Of this, so long nobody looked. Absent: none of it. */
  awayMs?: number;
}

export interface LogEntry {
  at: number;
  kind: "seen" | "decided" | "done" | "failed";
  text: string;
  act: string | null;
}

/** How we know that a phase was reached; see `phase-checklist`. */
export type Evidence = "verified" | "claimed" | "missing" | "pending" | "skipped";

/** Phases only the agent can tell of; the forge knows the others. */
export type ClaimedPhase = "worktree" | "tests_red" | "green";

export interface RedBefore {
  /** The commit that they were there before. */
  of: string;
  checks: string[];
  /** CI of the commit before was still running when this was read, for a red of one of these. */
  runningFor?: string[];
  /** Those of them whose grace was over by then: for these it is the last word. Absent in records of older code: none. */
  lastFor?: string[];
}

export interface Run {
  v: 1;
  id: string;
  repo: RepoName & { id: string; url: string; cloneUrl: string };
  issue: { id: string; number: number; title: string; url: string };
  labelEvent: LabelEvent;
  claim: number;
  labels: Labels;
  limits: Limits;
  /** What its repo said when it was claimed. Absent in records of older code: nothing. */
  rules?: RepoRules;
  /** What is expected of this issue's run. Absent: optional. */
  evidence?: EvidenceWish;
  /** It was started on a frozen trunk, as the order to repair it. */
  repairs?: true;
  branch: string;
  trunk: string;
  /** Absent: it lands by push. */
  proposal?: ProposalMemory;
  /** The trunk's head at the claim: only commits after it can be ours. */
  base: string;
  /** Checks the base reported: waited for on ours, until the grace is over. */
  baseChecks: string[];
  startedAt: number;
  /** The executor the run began on; its thread can only be gone from there. */
  environment: string | null;
  threads: string[];
  turns: Turn[];
  /** Fix-forward turns decided. */
  attempts: number;
  firstRedAt: number | null;
  /** Commits answered with a turn, red or out of date. */
  answered: string[];
  /** Our landing commits on the trunk, oldest first; empty: not landed yet. */
  commits: string[];
  /** Requests answered or declined: the first is free, a second hands over. */
  requests: string[];
  /** Commits whose failed CI was run again, and when. */
  reruns: Record<string, number>;
  /** Phases the agent claimed by pushing them. */
  claimed: Partial<Record<ClaimedPhase, { commit: string; at: number; awayMs?: number }>>;
  /** What CI showed of the claimed phases. Absent: nothing was looked at. */
  proof?: Proof;
  /** How far the newest commit that passed is live. */
  live?: LiveMemory;
  /** Protected paths that our commits, or what is proposed, touch: by commit, once read. */
  touched?: Record<string, string[]>;
  /** Checks of a commit that were red and, with no new commit, turned green. */
  flaky?: { commit: string; checks: string[] }[];
  /** Checks that were red before the run's change, if they were read. */
  redBefore?: RedBefore;
  seen: {
    /** The thread's newest turn at the last look. */
    turnId: string | null;
    pulse: Since<string> | null;
    commit: Since<string> | null;
    passed: Since<string> | null;
    /** The commit whose CI failed for reasons of its own. Absent in records of older code. */
    infra?: Since<string> | null;
    verdict: VerdictWord | null;
    /** The commit that is red, and which of its checks are. Absent in records of older code. */
    red?: { commit: string; checks: string[] } | null;
    /** How long an accepted turn has been owed while the executor could be read, up to `owedAt`. */
    owedMs: number;
    owedAt: number | null;
    /** Since when its thread cannot be read. Absent: it could at the last look, or there was none. */
    unreadAt?: number;
    /** Since when the forge cannot tell how CI stands, but for what is told apart already. Absent: it could, or was not asked. */
    unjudgedAt?: number;
    /** Reads in a row that did not find the thread: gone at the second. */
    threadMissing: number;
    /** What its agent may do unasked, at the last look that saw the thread. Absent: whatever it needs. */
    runtimeMode?: string;
  };
  /** When an ending read from a branch was first due; null while it is not. It is decided a poll later. */
  looks: { withdraw: number | null; atRest: number | null; redAnswered: number | null };
  /** Row 3's fence, set before the outcome is decided. */
  fenceBeforeWithdraw: boolean;
  /** What that fence was for: it may look undone by the time the run ends. Absent before it, and in records of older code. */
  fencedFor?: Left;
  /** A person ordered it to end. */
  stop?: { by: string };
  /** A person says that no agent is at work on it any more; its thread is asked no further. */
  released?: { by: string };
  /** A gate that refused when the first turn was about to leave. */
  gateRefusal: string | null;
  interruptedAt: number | null;
  spend: Spend;
  /** What its turns reported, of which `spend` is the sum. */
  usage?: Usage;
  outcome: Outcome | null;
  settledAt: number | null;
  nextLookAt: number;
  acts: Act[];
  log: LogEntry[];
  /** Message ids at the notifiers, by notifier. */
  messages: Record<string, string>;
}

/** The newest of our commits on the trunk; null before the push. */
export function landed(run: Run): string | null {
  return run.commits.at(-1) ?? null;
}

/** Whether the executor may have made a thread for it: a try whose answer was lost may have. Before a refusal it is looked for. */
export function mayHaveThread({ threads, acts }: Run): boolean {
  if (threads.length > 0) return true;
  return acts.some(({ deed, state, tries }) => deed.type === "create_thread" && state !== "refused" && tries > 0);
}

export function currentThread(run: Run): string | null {
  return run.threads.at(-1) ?? null;
}

/** Another executor's server answers than the one the run began on: what that does not know may be at work all the same. */
export function beganElsewhere(run: Run, environment: string): boolean {
  return run.environment !== null && run.environment !== environment;
}

export function latestTurn(run: Run): Turn | null {
  return run.turns.at(-1) ?? null;
}

/** The newest turn, where the executor refused it for good: nobody answers what it was to answer. */
export function refusedTurn(run: Run): (Turn & { refused: string }) | null {
  const turn = latestTurn(run);
  return turn?.refused === undefined ? null : { ...turn, refused: turn.refused };
}

/** A turn that may still start on its own: decided, not cancelled, not seen to start. */
export function owedTurn(run: Run): Turn | null {
  return run.turns.findLast((turn) => turn.cancelledAt === null && turn.startedTurnId === null) ?? null;
}

/** Turns that nobody saw to start, and that will not start any more. */
export function withoutUnstarted(run: Run, now: number): Run {
  const turns = run.turns.map((turn) =>
    turn.startedTurnId === null ? { ...turn, cancelledAt: turn.cancelledAt ?? now } : turn,
  );
  return { ...run, turns };
}

const LOG_ENTRIES_MAX = 200;

export function newTurn(
  number: number,
  purpose: Turn["purpose"],
  sha: string | null,
  turnIdBefore: string | null,
  now: number,
): Turn {
  return {
    number,
    purpose,
    sha,
    decidedAt: now,
    sentAt: null,
    acceptedAt: null,
    cancelledAt: null,
    turnIdBefore,
    startedTurnId: null,
  };
}

export function withTurn(run: Run, turn: Turn): Run {
  return { ...run, turns: run.turns.map((one) => (one.number === turn.number ? turn : one)) };
}

/** A turn that never left is cancelled: what was spent on it is given back, and what it would have answered is unanswered. */
export function withoutTurn(run: Run, { number }: Turn, now: number): Run {
  const turn = run.turns[number - 1];
  if (!turn || turn.cancelledAt !== null) return run;
  const next = { ...run, turns: run.turns.map((one) => (one.number === number ? { ...one, cancelledAt: now } : one)) };
  switch (turn.purpose) {
    case "first":
      return next;
    case "fix":
    case "update":
      return { ...next, attempts: run.attempts - 1, answered: run.answered.filter((commit) => commit !== turn.sha) };
    case "review":
      return run.proposal ? { ...next, proposal: withoutRound(run.proposal, turn.remarks ?? []) } : next;
    default:
      return turn.purpose satisfies never;
  }
}

function withoutRound(proposal: ProposalMemory, remarks: string[]): ProposalMemory {
  const answered = proposal.answered.filter((id) => !remarks.includes(id));
  return { ...proposal, answered, rounds: proposal.rounds - 1 };
}

/** The story, bounded: the oldest half of a full log gives way, its first entries stay. */
export function logged(run: Run, entry: LogEntry): Run {
  const last = run.log.at(-1);
  if (last && last.kind === entry.kind && last.text === entry.text && last.act === entry.act) return run;
  const log = [...run.log, entry];
  if (log.length > LOG_ENTRIES_MAX) log.splice(10, LOG_ENTRIES_MAX / 2);
  return { ...run, log };
}

/** With the decision in its log. */
export function decided(run: Run, now: number, text: string): Run {
  return logged(run, { at: now, kind: "decided", text, act: null });
}
