/**
 * What stands between a pull request and its merge. First match is the reason, in Forgejo's words:
 *
 *   merged already ............................ 405 with no word
 *   closed .................................... 404
 *   who asks may not write .................... 405 User not allowed to merge PR
 *   a draft, by its title ..................... 405 Work in progress PRs cannot be merged
 *   in conflict, or not tested yet ............ 405 Please try again later
 *   a required check that has not succeeded ... 405 not allowed to merge [reason: …], as all of the branch's rules:
 *   too few approvals ......................... official ones, and not dismissed
 *   changes are requested ..................... where approvals are required
 *   behind its base ........................... where the rule minds
 * Nobody has an exception: what `force_merge` gets an admin elsewhere, it gets nobody here.
 */
import { type Answer, notFound, refused } from "./answer.ts";
import type { Account, Issue, Protection, Pull, Repo, Review } from "./state.ts";
import { latestOfEachContext } from "./status-acts.ts";
import { isDraft } from "./views-issue.ts";
import { mayPush, type Place } from "./world.ts";

export type PullPlace = { repo: Repo; issue: Issue; pull: Pull };

export function pullIn(repo: Repo, number: number): PullPlace | undefined {
  const issue = repo.issues.find((each) => each.number === number);
  return issue === undefined ? undefined : pullOf({ repo, issue });
}

export function pullOf({ repo, issue }: Place): PullPlace | undefined {
  return issue.pull === null ? undefined : { repo, issue, pull: issue.pull };
}

export function pullsOf(repo: Repo): PullPlace[] {
  return repo.issues.flatMap((issue) => pullOf({ repo, issue }) ?? []);
}

export function protectionOf(repo: Repo, branch: string): Protection | undefined {
  return repo.protections.find((rule) => rule.branch === branch);
}

/** What no rule can lift: the state of the pull request itself. */
export function stateRefusal(place: PullPlace, by: Account): Answer | undefined {
  const { repo, issue, pull } = place;
  if (pull.mergedAt !== null) return refused(405, "");
  if (issue.state === "closed") return notFound;
  if (!mayPush(repo, by)) return refused(405, "User not allowed to merge PR");
  if (isDraft(issue)) return refused(405, "Work in progress PRs cannot be merged");
  return pull.conflicts ? refused(405, "Please try again later") : undefined;
}

export function mergeRefusal(place: PullPlace, by: Account): Answer | undefined {
  const reason = ruleProblem(place);
  const refusal = stateRefusal(place, by);
  return refusal ?? (reason === undefined ? undefined : refused(405, `not allowed to merge [reason: ${reason}]`));
}

/** Why the rules of its base refuse it, in the order in which Forgejo looks. */
export function ruleProblem({ repo, pull }: PullPlace): string | undefined {
  const rule = protectionOf(repo, pull.base);
  if (rule === undefined) return undefined;
  if (!hasPassed(repo, pull.headSha, rule.contexts)) return "Not all required status checks successful";
  if (approvals(pull) < rule.approvals) return "Does not have enough approvals";
  if (rule.approvals > 0 && isRejected(pull)) return "There are requested changes";
  return rule.upToDate && pull.mergeBase !== pull.baseSha ? "The head branch is behind the base branch" : undefined;
}

function hasPassed(repo: Repo, sha: string, contexts: string[]): boolean {
  const seen = latestOfEachContext(repo, sha);
  return contexts.every((wanted) => {
    const told = seen.filter((status) => fits(wanted, status.context));
    return told.length > 0 && told.every((status) => status.state === "success");
  });
}

/** A context that is required is a pattern: `*` stands for anything but a slash. */
function fits(pattern: string, context: string): boolean {
  const literal = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join("[^/]*")}$`).test(context);
}

/** Whether a scheduled merge has nothing left to wait for but people; with no status at all it waits. */
export function checksPassed({ repo, pull }: PullPlace): boolean {
  const { contexts = [] } = protectionOf(repo, pull.base) ?? {};
  const seen = latestOfEachContext(repo, pull.headSha);
  if (contexts.length > 0) return hasPassed(repo, pull.headSha, contexts);
  return seen.length > 0 && seen.every((status) => status.state === "success");
}

function counts({ official, dismissed }: Review): boolean {
  return official && !dismissed;
}

function approvals(pull: Pull): number {
  return pull.reviews.filter((review) => review.state === "APPROVED" && counts(review)).length;
}

function isRejected(pull: Pull): boolean {
  return pull.reviews.some((review) => review.state === "REQUEST_CHANGES" && counts(review));
}
