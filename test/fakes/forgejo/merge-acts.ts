/**
 * Merging. The commit is a real one, made in the repository itself; the push of it is told like any other, and then that
 * the pull request is closed, and the issues its text closes are closed by the merger.
 */
import { moveBranch } from "../forge/own-move.ts";
import { closeIssue } from "./issue-acts.ts";
import { emitPull } from "./pull-acts.ts";
import { mergeRefusal, type PullPlace, pullsOf } from "./pull-rules.ts";
import { applyPush } from "./pushes.ts";
import { CLOSING, mentioned } from "./references.ts";
import type { Account, MergeStyle, Repo } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { issueHtml } from "./views-issue.ts";
import { accountById, timestamp, type World } from "./world.ts";

export type MergeWay = { style: MergeStyle; message: string };

/** The commit; undefined where the two cannot be put together, or the base has moved meanwhile. Rules are asked before. */
export async function mergeNow(
  world: World,
  place: PullPlace,
  by: Account,
  way: MergeWay,
): Promise<string | undefined> {
  const { repo, pull } = place;
  const before = pull.baseSha;
  const after = await madeCommit(world, place, by, way);
  if (after === undefined) return undefined;
  const push = { branch: pull.base, before, after };
  const isMoved = await moveBranch(world, repo, by, push, async () => {
    setMerged(world, place, by, after);
    await applyPush(world, repo, by, push);
    tellMerged(world, place, by);
  });
  return isMoved ? after : undefined;
}

async function madeCommit(
  world: World,
  { repo, pull }: PullPlace,
  by: Account,
  { style, message }: MergeWay,
): Promise<string | undefined> {
  const person = { name: by.login, email: `${by.login.toLowerCase()}@noreply.localhost`, date: timestamp(world) };
  const merging = { base: pull.baseSha, head: pull.headSha, message, author: person, committer: person };
  switch (style) {
    case "fast-forward-only":
      return pull.mergeBase === pull.baseSha ? pull.headSha : undefined;
    case "rebase-merge": {
      const head = await world.git.merge(repo.git, { ...merging, method: "rebase" });
      return head === undefined ? undefined : world.git.merge(repo.git, { ...merging, head, method: "merge" });
    }
    default:
      return world.git.merge(repo.git, { ...merging, method: style });
  }
}

export function setMerged(world: World, { issue, pull }: PullPlace, by: Account, sha: string): void {
  const at = timestamp(world);
  Object.assign(pull, { mergedAt: at, mergedBy: by.id, mergeSha: sha, scheduled: null });
  Object.assign(issue, { state: "closed", closedAt: at });
  addEntry(world, issue, by, "merge_pull");
}

export function tellMerged(world: World, place: PullPlace, by: Account): void {
  const { repo, issue } = place;
  emitPull(world, place, by, "closed");
  for (const named of mentioned(world, { repo }, `${issue.title}\n${issue.body}`, CLOSING))
    closeIssue(world, named, by);
}

/** What Forgejo writes where nobody gave a message. */
export function defaultMessage(world: World, { repo, issue, pull }: PullPlace, style: MergeStyle): string {
  const title =
    style === "squash"
      ? `${issue.title} (#${issue.number})`
      : `Merge pull request '${issue.title}' (#${issue.number}) from ${pull.head} into ${pull.base}`;
  return `${title}\n\nReviewed-on: ${issueHtml(world, repo, issue)}`;
}

export function isAnyScheduled(repo: Repo): boolean {
  return repo.issues.some((issue) => issue.pull !== null && issue.pull.scheduled !== null);
}

/** Merges what was scheduled and may be merged by now, each by who scheduled it. */
export async function settlePulls(world: World, repo: Repo): Promise<void> {
  for (const place of pullsOf(repo)) {
    const { scheduled } = place.pull;
    if (scheduled === null) continue;
    const by = accountById(world, scheduled.by);
    if (mergeRefusal(place, by) !== undefined) continue;
    place.pull.scheduled = null;
    await mergeNow(world, place, by, scheduled);
  }
}
