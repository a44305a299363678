/**
 * What can happen to a pull request short of its merge. It is an issue with a head and a base, so whatever happens to
 * issues happens to it as well (issue-acts.ts), told as `pull_request`.
 */
import { NO_COMMIT } from "../git/git-host.ts";
import { closeIssue, emitIssue, openIssue, record } from "./issue-acts.ts";
import { dismissReview } from "./review-acts.ts";
import type { Account, Issue, Pull, Repo } from "./state.ts";
import { fullName, type World } from "./world.ts";

export type NewPull = { title: string; body: string | null; head: string; base: string; draft: boolean; cross?: true };
/** Null on `field`: in GitHub's own sentence; else its field is invalid. */
export type PullProblem = { field: "head" | "base" } | { field: null; message: string };
export type PullPlace = { repo: Repo; issue: Issue; pull: Pull };

export function pullsOf(repo: Repo): PullPlace[] {
  return repo.issues.flatMap((issue) => (issue.pull === undefined ? [] : [{ repo, issue, pull: issue.pull }]));
}

export function openPullsOf(repo: Repo): PullPlace[] {
  return pullsOf(repo).filter(({ issue }) => issue.state === "open");
}

export function findPull(repo: Repo, number: number): PullPlace | undefined {
  return pullsOf(repo).find(({ issue }) => issue.number === number);
}

export function needPull(repo: Repo, number: number): PullPlace {
  const place = findPull(repo, number);
  if (place === undefined) throw new Error(`fake GitHub has no pull request ${fullName(repo)}#${number}`);
  return place;
}

export async function openPull(
  world: World,
  repo: Repo,
  by: Account,
  wanted: NewPull,
): Promise<PullPlace | PullProblem> {
  const { title, body, head, base, draft } = wanted;
  const headSha = await world.git.head(repo.git, head);
  const baseSha = await world.git.head(repo.git, base);
  if (headSha === undefined) return { field: "head" };
  if (baseSha === undefined) return { field: "base" };
  if (openPullsOf(repo).some(({ pull }) => pull.head === head && pull.base === base && pull.cross === wanted.cross))
    return { field: null, message: `A pull request already exists for ${repo.owner}:${head}.` };
  const comparison = await world.git.compare(repo.git, baseSha, headSha);
  if (comparison === undefined)
    return { field: null, message: `The ${head} branch has no history in common with ${base}` };
  if (comparison.ahead.length === 0) return { field: null, message: `No commits between ${base} and ${head}` };
  const pull: Pull = {
    ...{ head, base, headSha, baseSha, draft },
    ...(wanted.cross === undefined ? {} : { cross: wanted.cross }),
    reviews: [],
    reviewComments: [],
    autoMerge: null,
    queue: null,
    merged: null,
  };
  const issue = openIssue(world, repo, by, { title, body });
  issue.pull = pull;
  emitIssue(world, { repo, issue }, by, "opened", {});
  return { repo, issue, pull };
}

export function setDraft(world: World, { repo, issue, pull }: PullPlace, by: Account, draft: boolean): void {
  if (pull.draft === draft) return;
  pull.draft = draft;
  record(world, issue, by, draft ? "convert_to_draft" : "ready_for_review", {});
  emitIssue(world, { repo, issue }, by, draft ? "converted_to_draft" : "ready_for_review", {});
}

export function setBase(
  world: World,
  { repo, issue, pull }: PullPlace,
  by: Account,
  { base, sha }: { base: string; sha: string },
): void {
  const changes = { base: { ref: { from: pull.base }, sha: { from: pull.baseSha } } };
  Object.assign(pull, { base, baseSha: sha });
  emitIssue(world, { repo, issue }, by, "edited", { changes });
}

/** What a push to its head does to an open pull request; a branch that is gone closes it. */
export function followPush(
  world: World,
  repo: Repo,
  by: Account,
  { branch, before, after }: { branch: string; before: string; after: string },
): void {
  for (const place of openPullsOf(repo)) {
    const { issue, pull } = place;
    const isHead = pull.head === branch && pull.cross === undefined;
    if (after === NO_COMMIT && (isHead || pull.base === branch)) {
      closeIssue(world, place, by, { reason: "completed" });
    } else if (isHead) {
      pull.headSha = after;
      emitIssue(world, { repo, issue }, by, "synchronize", { before, after });
      dismissStale(world, place, by);
    }
  }
}

function dismissStale(world: World, place: PullPlace, by: Account): void {
  if (place.repo.branchRules[place.pull.base]?.dismissStale !== true) return;
  for (const review of place.pull.reviews) if (review.state === "APPROVED") dismissReview(world, place, by, review);
}
