/**
 * A pull request as the port's Proposal. Pure.
 *
 *   merged ................................. merged, else its state
 *   mergeable .............................. clean; behind, where the rule minds and its merge base is not the base's head
 *   not mergeable, holding the base's head . unknown: nothing can be in conflict, so Forgejo still tests it. A draft: clean
 *   not mergeable, a draft ................. unknown: Forgejo calls no draft mergeable, in conflict or not
 *   not mergeable otherwise ................ conflict; but unknown for a while after anything was pushed to the repo or
 *                                            happened to it, by Forgejo's clock: while it tests it says the very same
 *   review ................................. of official verdicts, those that count by the rules: the newest of each
 *                                            reviewer, not dismissed; stale ones where the rule does not ignore them
 *   queued ................................. Forgejo has no merge queue
 *   scheduled .............................. never: the API tells of none, and we ask for none (proposals.ts)
 */
import type { Proposal } from "../../core/types.ts";
import type { Ground, Pull, Review, Rule } from "./pull-payloads.ts";

/** Forgejo tests in a queue, within a second or two unless it is very busy. */
const TESTED_MS = 20_000;

export interface PullStanding {
  /** When Forgejo answered, by its own clock; null: it did not say. */
  atIso: string | null;
  ground: Ground;
  /** Null: not read, or not ours to read. */
  rule: Rule | null;
  reviews: Review[];
}

/** Whether what only the rule can say makes a difference. */
export function needsRule(pull: Pull, { ground, reviews }: Pick<PullStanding, "ground" | "reviews">): boolean {
  if (ground.protected !== true || ground.effective_branch_protection_name === "") return false;
  return isBehind(pull) || reviews.some((review) => review.stale === true && review.state === "APPROVED");
}

/** `standing` null: it is over, and nobody asks any more. */
export function toProposal(pull: Pull, standing: PullStanding | null): Proposal {
  return {
    number: pull.number,
    url: pull.html_url,
    state: stateOf(pull),
    author: pull.user?.login ?? null,
    head: pull.head.sha,
    draft: pull.draft === true,
    merges: standing === null ? "unknown" : mergesOf(pull, standing),
    review: standing === null ? "none" : reviewOf(standing),
    queued: null,
    scheduled: false,
    merged: pull.merged_at && pull.merged_by ? { by: pull.merged_by.login, atIso: pull.merged_at } : null,
    mergeCommit: pull.merged ? pull.merge_commit_sha : null,
  };
}

export function stateOf(pull: Pull): Proposal["state"] {
  return pull.merged ? "merged" : pull.state;
}

/** From this branch of this very repo: a fork's may bear the same name, and one that is gone keeps its label alone. */
export function isOf(pull: Pull, branch: string, trunk: string): boolean {
  return pull.head.label === branch && pull.base.ref === trunk && pull.head.repo_id === pull.base.repo_id;
}

function mergesOf(pull: Pull, { rule, atIso }: PullStanding): Proposal["merges"] {
  if (pull.mergeable === true) return isBehind(pull) && rule?.block_on_outdated_branch === true ? "behind" : "clean";
  if (pull.draft === true) return isBehind(pull) ? "unknown" : "clean";
  return isBehind(pull) && !mayBeTested(pull, atIso) ? "conflict" : "unknown";
}

/** Any push puts the test off, and each moves the repo's own time. Without times there is nothing to wait for. */
function mayBeTested(pull: Pull, atIso: string | null): boolean {
  if (atIso === null) return false;
  const moved = [pull.updated_at, pull.base.repo?.updated_at].map((iso) => (iso == null ? 0 : Date.parse(iso)));
  return Date.parse(atIso) - Math.max(...moved) < TESTED_MS;
}

function isBehind(pull: Pull): boolean {
  return pull.merge_base !== pull.base.sha;
}

function reviewOf({ ground, rule, reviews }: PullStanding): Proposal["review"] {
  const verdicts = newestVerdicts(reviews).filter((review) => review.dismissed !== true && review.official === true);
  if (verdicts.some((review) => review.state === "REQUEST_CHANGES")) return "changes_requested";
  const approvals = verdicts.filter((review) => !(review.stale === true && rule?.ignore_stale_approvals === true));
  const required = ground.required_approvals ?? 0;
  if (approvals.length < required) return "required";
  return approvals.length > 0 ? "approved" : "none";
}

function newestVerdicts(reviews: Review[]): Review[] {
  const newest = new Map<string, Review>();
  for (const review of [...reviews].sort(byTime)) {
    const isVerdict = review.state === "APPROVED" || review.state === "REQUEST_CHANGES";
    if (isVerdict && review.user) newest.set(review.user.id, review);
  }
  return [...newest.values()];
}

/** Within one second the ids tell. */
function byTime(one: Review, other: Review): number {
  return Date.parse(one.submitted_at) - Date.parse(other.submitted_at) || Number(one.id) - Number(other.id);
}
