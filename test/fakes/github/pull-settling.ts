/**
 * What GitHub does by itself once it may: it merges what somebody had it merge, and moves its merge queues on. A queue
 * tests one pull request at a time, as one commit on a branch of its own:
 *
 *   its head is another by now ....... out of the queue
 *   nothing tested yet ............... the commit is made, its branch pushed, checks are requested
 *   its base has moved meanwhile ..... made anew
 *   a required check failed .......... out of the queue
 *   all required checks passed ....... the base moves onto that very commit
 */
import { moveBranch } from "../forge/own-move.ts";
import { NO_COMMIT } from "../git/git-host.ts";
import { emitIssue } from "./issue-acts.ts";
import { openPullsOf, type PullPlace } from "./pull-acts.ts";
import { deleteBranch, land, mergeCommit, mergePull } from "./pull-merges.ts";
import { checkProblems, hasFailed, mayBeMerged, standingOf } from "./pull-rules.ts";
import { tellPush } from "./pushes.ts";
import type { Account, AutoMerge, QueueEntry, Repo } from "./state.ts";
import { simpleCommitView } from "./views-git.ts";
import { accountById, timestamp, type World } from "./world.ts";

const ROUNDS_MAX = 100;

/** Until nothing changes any more; who comes while it is at work has it look once more. */
export async function settle(world: World, repo: Repo): Promise<void> {
  const begun = world.settling.has(repo);
  world.settling.set(repo, "again");
  if (begun) return;
  try {
    for (let round = 0; world.settling.get(repo) === "again"; round += 1) {
      if (round >= ROUNDS_MAX) throw new Error(`the pull requests of ${repo.git} do not come to rest`);
      world.settling.set(repo, "looks");
      for (const place of openPullsOf(repo)) if (await step(world, place)) world.settling.set(repo, "again");
    }
  } finally {
    world.settling.delete(repo);
  }
}

async function step(world: World, place: PullPlace): Promise<boolean> {
  const { repo, issue, pull } = place;
  if (issue.state === "closed") return false;
  if (pull.queue !== null && pull.queue.head !== pull.headSha) {
    await dequeue(world, place, accountById(world, issue.by), "UNKNOWN_REMOVAL_REASON");
    return true;
  }
  if (pull.queue !== null) return isFirst(place) && moveOn(world, place, pull.queue);
  if (pull.autoMerge === null) return false;
  if (!mayBeMerged(await standingOf(world, repo, issue, pull))) return false;
  const by = accountById(world, pull.autoMerge.by);
  if (repo.branchRules[pull.base]?.queue) {
    enqueue(world, place, by);
    return true;
  }
  const { method, title, message } = pull.autoMerge;
  return (await mergePull(world, place, { by, method, title, message })).type === "merged";
}

export function schedule(world: World, place: PullPlace, by: Account, how: Omit<AutoMerge, "by" | "at">): void {
  place.pull.autoMerge = { ...how, by: by.id, at: timestamp(world) };
  emitIssue(world, place, by, "auto_merge_enabled", {});
}

export function enqueue(world: World, place: PullPlace, by: Account): void {
  place.pull.autoMerge = null;
  place.pull.queue = { by: by.id, at: timestamp(world), head: place.pull.headSha, group: null };
  emitIssue(world, place, by, "enqueued", {});
}

export async function dequeue(world: World, place: PullPlace, by: Account, reason: string): Promise<void> {
  const { queue } = place.pull;
  if (queue === null) return;
  place.pull.queue = null;
  if (queue.group !== null) await dissolve(world, place, by, queue.group, "dequeued");
  emitIssue(world, place, by, "dequeued", { reason });
}

function isFirst({ repo, issue, pull }: PullPlace): boolean {
  const waiting = openPullsOf(repo).filter((each) => each.pull.base === pull.base && each.pull.queue !== null);
  waiting.sort((a, b) => (a.pull.queue?.at ?? "").localeCompare(b.pull.queue?.at ?? "") || a.issue.id - b.issue.id);
  return waiting[0]?.issue === issue;
}

/** Whether anything changed. */
async function moveOn(world: World, place: PullPlace, queue: QueueEntry): Promise<boolean> {
  const { repo, pull } = place;
  const by = accountById(world, queue.by);
  const base = await world.git.head(repo.git, pull.base);
  if (base === undefined) return false;
  const { group } = queue;
  if (group === null) return form(world, place, queue, base);
  if (group.baseSha !== base) {
    queue.group = null;
    await dissolve(world, place, by, group, "invalidated");
    return true;
  }
  if (hasFailed(repo, pull.base, group.sha)) {
    await dequeue(world, place, by, "CI_FAILURE");
    return true;
  }
  if (checkProblems(repo, pull.base, group.sha).length > 0) return false;
  if (!(await land(world, place, by, { before: base, after: group.sha }))) return false;
  await dissolve(world, place, by, group, "merged");
  emitIssue(world, place, by, "dequeued", { reason: "MERGE" });
  return true;
}

async function form(world: World, place: PullPlace, queue: QueueEntry, base: string): Promise<boolean> {
  const { repo, issue, pull } = place;
  const by = accountById(world, queue.by);
  const method = repo.merging.methods[0] ?? "merge";
  const sha = await mergeCommit(world, place, base, { by, method });
  if (sha === undefined) {
    await dequeue(world, place, by, "MERGE_CONFLICT");
    return true;
  }
  const branch = `gh-readonly-queue/${pull.base}/pr-${issue.number}-${base}`;
  queue.group = { sha, branch, baseSha: base };
  const before = (await world.git.head(repo.git, branch)) ?? NO_COMMIT;
  const move = { branch, before, after: sha };
  await moveBranch(world, repo, by, move, () => tellPush(world, repo, by, move));
  await tellGroup(world, place, by, queue.group, { action: "checks_requested" });
  return true;
}

async function dissolve(
  world: World,
  place: PullPlace,
  by: Account,
  group: NonNullable<QueueEntry["group"]>,
  reason: "merged" | "invalidated" | "dequeued",
): Promise<void> {
  await deleteBranch(world, place.repo, by, group.branch);
  await tellGroup(world, place, by, group, { action: "destroyed", reason });
}

async function tellGroup(
  world: World,
  { repo, pull }: PullPlace,
  by: Account,
  group: NonNullable<QueueEntry["group"]>,
  how: { action: string; reason?: string },
): Promise<void> {
  const head = await world.git.commit(repo.git, group.sha);
  world.emit("merge_group", repo, by, {
    ...how,
    merge_group: {
      head_sha: group.sha,
      head_ref: `refs/heads/${group.branch}`,
      base_sha: group.baseSha,
      base_ref: `refs/heads/${pull.base}`,
      head_commit: head === undefined ? null : simpleCommitView(head),
    },
  });
}
