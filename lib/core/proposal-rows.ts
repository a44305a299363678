/**
 * The rows of the state machine between "at rest" and "landed" of a run that lands by pull request. Pure; the table
 * stands in `run-state-machine`.
 */
import { type Action, firstLook, handOver, type Pace, wait } from "./actions.ts";
import { passes } from "./ci-verdict.ts";
import type { Facts, ProposalFact } from "./facts.ts";
import { type RedStop, type Run, refusedTurn } from "./run.ts";
import type { Proposal } from "./types.ts";
import { lacksProof, protectedPath } from "./unseen-rows.ts";

/** Reviews are answered with no more turns than these; then people talk to each other. */
export const REVIEW_ROUNDS_MAX = 3;

/** A run that waits for people is looked at less often: they are told of by webhooks, and the sweep looks too. */
const PEOPLE_POLLS = 10;

type Open = Extract<ProposalFact, { type: "open" }>;

export interface Rest {
  /** Why a red commit would not be answered with a turn; null: it would. */
  stop(facts: Facts): RedStop | null;
  /** The rows that judge a commit, for one that has not passed. */
  judge(facts: Facts): Action;
  /** What it comes to where nothing is proposed, and nothing will be. */
  nothing(): Action;
}

/** Rows 12 and 19 to 22, before the change lands and while what mends it has not: the head is judged as a commit is. */
export function beforeLanding(run: Run, facts: Facts, rest: Rest, pace: Pace, now: number): Action {
  const { proposal } = facts;
  if (!run.proposal || !proposal) return rest.nothing();
  switch (proposal.type) {
    case "unknown":
      return wait(11, run, pace, now, null);
    case "none":
      return propose(run, facts, proposal, pace, now) ?? rest.nothing();
    case "closed":
      return rest.nothing();
    case "elsewhere":
      return remind(run, pace, now) ?? people(22, run, pace);
    case "open": {
      const { head, verdict, headAgeMs, infraMs, fault, touched } = proposal;
      const judged = { ...facts, sha: head, verdict, commitAgeMs: headAgeMs, infraMs, fault, touched };
      if (facts.issue === "unknown") return wait(18, run, pace, now, null);
      const unseen = protectedPath(run, judged, pace, now);
      if (unseen !== null) return unseen;
      const decided = outdated(run, judged, proposal, rest, pace, now) ?? reviewable(run, judged, proposal, pace, now);
      return decided ?? rest.judge(judged);
    }
    default:
      return proposal satisfies never;
  }
}

/** Row 12, for a change that may be on its branch. */
function propose(
  run: Run,
  facts: Facts,
  { opening }: Extract<ProposalFact, { type: "none" }>,
  pace: Pace,
  now: number,
): Action | null {
  if (opening === "pending" || facts.issue === "unknown") return wait(12, run, pace, now, null);
  const ended = facts.thread.type === "at_rest" && facts.thread.how === "done";
  if (opening !== "not asked" || !ended) return null;
  // What its agent has done is not lost for a pause, which is over soon.
  if (facts.stopped?.code === "paused") return wait(12, run, pace, now, null);
  return facts.stopped ? null : { type: "propose", row: 12 };
}

/**
 * Row 19: before "no CI", since no workflow runs on a head that is in conflict. One that is only behind is brought up to
 * date when nothing else is missing: until then the trunk moves on anyway.
 */
function outdated(run: Run, facts: Facts, open: Open, rest: Rest, pace: Pace, now: number): Action | null {
  const { merges } = open;
  if (merges !== "conflict" && (merges !== "behind" || !isGiven(open))) return null;
  const why = rest.stop(facts);
  if (why === null) return { type: "update", row: 19, sha: open.head };
  if (why === "kill_switch" || why === "paused") return people(19, run, pace);
  const first = why === "unanswered" ? firstLook(run, 19, "redAnswered", pace, now) : null;
  if (first) return first;
  const refused = refusedTurn(run);
  if (refused?.sha === open.head) return handOver(19, run, { code: "turn_refused", detail: refused.refused });
  return handOver(19, run, { code: "outdated", how: merges, why });
}

/** Rows 20 to 22: the head has passed, or only people can let its CI run. */
function reviewable(run: Run, facts: Facts, open: Open, pace: Pace, now: number): Action | null {
  const passed = passes(facts.verdict, facts);
  if (isDropped(run, open.head) || (!passed && facts.verdict.word !== "human")) return null;
  return (
    (passed ? lacksProof(run, facts, pace, now) : null) ??
    answerRemarks(run, facts, open, pace, now) ??
    (passed ? merge(run, facts, open, pace, now) : null) ??
    remind(run, pace, now) ??
    people(22, run, pace, open.merges)
  );
}

/** What the merge queue put out is red, whatever its own checks say. */
export function isDropped(run: Run, head: string | null): boolean {
  return head !== null && run.proposal?.dropped?.head === head;
}

/** Whether no review that is required, and no change that is asked for, is missing. */
export function isGiven({ review }: Pick<Proposal, "review">): boolean {
  return review === "approved" || review === "none";
}

/** Row 20. */
function answerRemarks(run: Run, facts: Facts, { remarks }: Open, pace: Pace, now: number): Action | null {
  const memory = run.proposal;
  const refused = refusedTurn(run);
  if (refused?.purpose === "review") return handOver(20, run, { code: "turn_refused", detail: refused.refused });
  if (remarks === null) return wait(20, run, pace, now, null);
  // Taken back by a person, no turn is owed: the pull request is theirs.
  if (facts.issue !== "as_taken" && facts.issue !== "closed_by_run") return null;
  if (!memory || remarks.length === 0 || facts.sha === null || facts.stopped) return null;
  if (memory.rounds >= REVIEW_ROUNDS_MAX) return handOver(20, run, { code: "review_rounds", rounds: memory.rounds });
  if (facts.thread.type === "at_rest" && facts.thread.how === "gone")
    return handOver(20, run, { code: "review_unanswered" });
  const leftMs = pace.reviewCollectMs - (memory.remarkedAt === null ? 0 : now - memory.remarkedAt);
  if (leftMs > 0) return wait(20, run, pace, now, leftMs);
  return { type: "review", row: 20, sha: facts.sha, remarks };
}

/**
 * Row 21: by the forge and never past a rule of it; asked once a head. CI that runs for pull requests alone begins only
 * with the pull request, and nobody can name it before: it is given the time that CI has to show up.
 */
function merge(run: Run, facts: Facts, open: Open, pace: Pace, now: number): Action | null {
  const memory = run.proposal;
  if (memory?.merge !== "when-green" || facts.stopped || facts.issue !== "as_taken" || facts.sha === null) return null;
  if (!isGiven(open) || open.draft || open.merges !== "clean" || memory.mergeAsked === facts.sha) return null;
  const leftMs = facts.ci === "none" ? 0 : pace.limits.ciGraceMs - open.headAgeMs;
  return leftMs > 0 ? wait(21, run, pace, now, leftMs) : { type: "merge", row: 21, sha: facts.sha };
}

/** What mends a red trunk cannot wait for a day. */
function remind(run: Run, pace: Pace, now: number): Action | null {
  if (run.proposal?.reminded) return null;
  const since = run.proposal?.waitingSince ?? now;
  const dueMs = run.commits.length > 0 ? 0 : pace.reviewReminderMs;
  if (now - since < dueMs) return null;
  return { type: "remind", row: 22 };
}

/** Row 22: bounded by nothing but people. */
function people(row: number, run: Run, pace: Pace, merges?: Open["merges"]): Action {
  const wanted = run.proposal?.reminded ? Number.POSITIVE_INFINITY : pace.reviewReminderMs;
  // What the forge is still finding out, it tells by no webhook.
  const polls = merges === "unknown" ? 1 : PEOPLE_POLLS;
  return { type: "wait", row, untilMs: Math.min(polls * pace.pollMs, wanted), look: null, people: true };
}
