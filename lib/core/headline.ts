/** Where a run stands, in one sentence. Pure. */
import type { VerdictWord } from "./ci-verdict.ts";
import { asksDeploy } from "./deploy-rule.ts";
import { failedDeploy, liveCommit } from "./live.ts";
import { proposed } from "./proposal.ts";
import { outcomeLine } from "./reasons.ts";
import { owedTurn, type Run } from "./run.ts";
import type { Proposal } from "./types.ts";

export function headline(run: Run): string {
  if (run.outcome) return outcomeLine(run.outcome);
  const pull = proposed(run);
  if (run.commits.length > 0 && pull) return `${landedWords(run)}. What mends it ${proposalWords(run, pull)}.`;
  if (run.commits.length > 0) return `${landedWords(run)}.`;
  if (pull) return `${isAtWork(run) ? "An agent is at work; its change" : "The change"} ${proposalWords(run, pull)}.`;
  if (run.turns.some((turn) => turn.startedTurnId !== null)) return "An agent is at work.";
  return "Claimed; an agent is about to start.";
}

/** A turn was decided since people were last waited for. */
function isAtWork(run: Run): boolean {
  return run.proposal?.waitingSince === null && owedTurn(run) !== null;
}

/** Where the landed commit stands: with CI and, once that has passed, on its way to being live. */
function landedWords(run: Run): string {
  const verdict = verdictWords(run.seen.verdict, fixWords(run));
  if (!asksDeploy(run.rules) || run.seen.passed === null) return `Landed; ${verdict}`;
  const passed = run.rules?.ci === "none" ? "Landed" : "Landed, CI is green";
  if (liveCommit(run)) return `${passed}; live`;
  return `${passed}; ${failedDeploy(run) ? `the deploy failed${fixWords(run)}` : "not live yet"}`;
}

function fixWords(run: Run): string {
  return run.attempts > 0 ? `, and attempt ${run.attempts} of ${run.limits.fixAttempts} to fix it has begun` : "";
}

function verdictWords(verdict: VerdictWord | null, fixing: string): string {
  switch (verdict) {
    case "pending":
      return "CI is running";
    case "red":
      return `CI is red${fixing}`;
    case "infra":
      return "CI failed for reasons of its own";
    case "human":
      return "CI waits for a person's approval";
    case "green":
      return "CI is green";
    case "none":
    case "unknown":
    case null:
      return "CI has not reported yet";
    default:
      return verdict satisfies never;
  }
}

/** Proposed, reviewed, landed: where a pull request stands. */
function proposalWords(run: Run, pull: Proposal): string {
  const memory = run.proposal;
  const what = `is proposed as #${pull.number}`;
  if (pull.draft) return `${what}, a draft`;
  if (pull.merges === "conflict") return `${what} and in conflict with the trunk`;
  if (pull.queued) return `${what} and in the merge queue`;
  if (memory?.verdict !== "green") return `${what}; ${verdictWords(memory?.verdict ?? null, "")}`;
  if (memory.wantsRepo) return `${what} and waits for the repo, to be worked on again`;
  return `${what}, green, and ${REVIEW_WORDS[pull.review]}${pull.scheduled ? "; the forge merges it by itself" : ""}`;
}

const REVIEW_WORDS: Record<Proposal["review"], string> = {
  required: "waits for a review",
  changes_requested: "waits for the reviewers, who asked for changes",
  approved: "is approved: it waits for its merge",
  none: "waits for a person to merge it",
};
