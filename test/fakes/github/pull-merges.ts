/**
 * The merge of a pull request: a real commit in the repository, the base branch moved onto it, and all that GitHub does
 * about that. Every rule of the base branch is asked, whoever merges.
 */

import { moveBranch } from "../forge/own-move.ts";
import { isoSeconds } from "../forge/time.ts";
import { NO_COMMIT } from "../git/git-host.ts";
import { emitIssue, record } from "./issue-acts.ts";
import { openPullsOf, type PullPlace } from "./pull-acts.ts";
import { mayBeMerged, standingOf } from "./pull-rules.ts";
import { closeByKeyword, type Push, tellPush } from "./pushes.ts";
import type { Account, MergeMethod, Repo } from "./state.ts";
import { pusherView } from "./views-git.ts";
import { accountById, timestamp, type World } from "./world.ts";

export type MergeWish = { by: Account; method: MergeMethod; title?: string | null; message?: string | null };
export type Merge = { type: "merged"; sha: string } | { type: "refused"; message: string };

const METHOD_NAMES: Record<MergeMethod, string> = {
  merge: "Merge commits",
  squash: "Squash merges",
  rebase: "Rebase merges",
};

export async function mergePull(world: World, place: PullPlace, wish: MergeWish): Promise<Merge> {
  const { repo, issue, pull } = place;
  if (!repo.merging.methods.includes(wish.method))
    return refusal(`${METHOD_NAMES[wish.method]} are not allowed on this repository.`);
  const standing = await standingOf(world, repo, issue, pull);
  if (!mayBeMerged(standing)) return refusal(wordsOf(standing.problems));
  if (repo.branchRules[pull.base]?.queue) return refusal(wordsOf(["Changes must be made through the merge queue"]));
  const before = await world.git.head(repo.git, pull.base);
  const sha = before === undefined ? undefined : await mergeCommit(world, place, before, wish);
  if (before === undefined || sha === undefined) return refusal("Pull Request is not mergeable");
  const isMoved = await land(world, place, wish.by, { before, after: sha });
  return isMoved ? { type: "merged", sha } : refusal("Base branch was modified. Review and try the merge again.");
}

function refusal(message: string): Merge {
  return { type: "refused", message };
}

/** Rules are told one after the other under a headline of their own; other obstacles are told alone. */
function wordsOf(problems: string[]): string {
  const [only = ""] = problems;
  return only.startsWith("Pull Request ") ? only : `Repository rule violations found\n\n${problems.join("\n\n")}\n\n`;
}

/** On top of `base`; undefined for a conflict. */
export function mergeCommit(
  world: World,
  { repo, issue, pull }: PullPlace,
  base: string,
  { by, method, title, message }: MergeWish,
): Promise<string | undefined> {
  const date = isoSeconds(world.now());
  const isSquash = method === "squash";
  const headline =
    title ||
    (isSquash
      ? `${issue.title} (#${issue.number})`
      : `Merge pull request #${issue.number} from ${repo.owner}/${pull.head}`);
  const text = message ?? (isSquash ? "" : issue.title);
  const writer = isSquash ? accountById(world, issue.by) : by;
  const author = { name: writer.login, email: String(pusherView(writer).email), date };
  const committer = method === "rebase" ? author : { name: "GitHub", email: "noreply@github.com", date };
  const whole = text === "" ? headline : `${headline}\n\n${text}`;
  return world.git.merge(repo.git, { base, head: pull.headSha, method, message: whole, author, committer });
}

/** Moves the base onto what merges the pull request, and tells of it; false where the base is elsewhere by now. */
export async function land(
  world: World,
  place: PullPlace,
  by: Account,
  { before, after }: { before: string; after: string },
): Promise<boolean> {
  const { repo, pull } = place;
  return moveBranch(world, repo, by, { branch: pull.base, before, after }, async () => {
    markMerged(world, place, by, after);
    await told(world, repo, by, { branch: pull.base, before, after });
    if (repo.merging.deleteBranch) await deleteBranch(world, repo, by, pull.head);
  });
}

/** A push and all that follows from it, save what GitHub then does by itself. */
export async function told(world: World, repo: Repo, by: Account, push: Push): Promise<void> {
  await tellPush(world, repo, by, push);
  for (const place of openPullsOf(repo).filter(({ pull }) => pull.base === push.branch)) {
    place.pull.baseSha = push.after;
    // Whoever brings the whole head to the base by any way has merged it.
    const left = await world.git.compare(repo.git, push.after, place.pull.headSha);
    if (left?.ahead.length === 0) markMerged(world, place, by, push.after);
  }
}

function markMerged(world: World, place: PullPlace, by: Account, sha: string): void {
  const { repo, issue, pull } = place;
  const at = timestamp(world);
  Object.assign(pull, { merged: { at, by: by.id, sha }, autoMerge: null, queue: null });
  record(world, issue, by, "merged", { commitId: sha });
  Object.assign(issue, { state: "closed", closedAt: at, closedBy: by.id, updatedAt: at });
  record(world, issue, by, "closed", {});
  emitIssue(world, place, by, "closed", {});
  if (pull.base === repo.defaultBranch) closeByKeyword(world, repo, by, issue.body ?? "", null);
}

export async function deleteBranch(world: World, repo: Repo, by: Account, branch: string): Promise<boolean> {
  const before = await world.git.head(repo.git, branch);
  if (before === undefined) return false;
  const move = { branch, before, after: NO_COMMIT };
  return moveBranch(world, repo, by, move, () => tellPush(world, repo, by, move));
}
