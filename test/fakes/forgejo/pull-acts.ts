/** What can happen to a pull request short of its merge. */
import { NO_COMMIT } from "../git/git-host.ts";
import { told } from "./deliveries.ts";
import { closeIssue, newIssue } from "./issue-acts.ts";
import { addLabels } from "./label-acts.ts";
import { pullsOf } from "./pull-rules.ts";
import { refer } from "./references.ts";
import type { Account, Issue, LabelDefinition, Pull, Repo } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { pullView } from "./views-pull.ts";
import type { View } from "./views-repo.ts";
import { accountById, newId, type Place, type World } from "./world.ts";

export type NewPull = { title: string; body: string; head: string; base: string; labels?: LabelDefinition[] };

/** `synchronized` is told first, and only then `opened`. One without a commit of its own is opened all the same. */
export async function openPull(world: World, repo: Repo, by: Account, wanted: NewPull): Promise<Issue | undefined> {
  const { head, base } = wanted;
  const headSha = await world.git.head(repo.git, head);
  const baseSha = await world.git.head(repo.git, base);
  const comparison = headSha && baseSha ? await world.git.compare(repo.git, baseSha, headSha) : undefined;
  if (headSha === undefined || baseSha === undefined || comparison === undefined) return undefined;
  const pull: Pull = {
    id: newId(world, "pull"),
    ...{ head, base, headSha, baseSha, mergeBase: comparison.mergeBase },
    headGone: false,
    conflicts: await world.git.conflicts(repo.git, baseSha, headSha),
    reviews: [],
    scheduled: null,
    ...{ mergedAt: null, mergedBy: null, mergeSha: null },
  };
  const issue = newIssue(world, repo, by, { title: wanted.title, body: wanted.body, pull });
  refer(world, { repo, issue }, by, `${wanted.title}\n${wanted.body}`, "issue_ref");
  emitPull(world, { repo, issue }, by, "synchronized");
  emitPull(world, { repo, issue }, by, "opened");
  const { labels = [] } = wanted;
  if (labels.length > 0) addLabels(world, { repo, issue }, by, labels);
  return issue;
}

export function openPullOf(repo: Repo, head: string, base: string): Issue | undefined {
  return pullsOf(repo).find(({ issue, pull }) => pull.head === head && pull.base === base && issue.state === "open")
    ?.issue;
}

/** A push to the head or the base of a pull request; a head that is gone closes it. */
export async function synchronizePulls(
  world: World,
  repo: Repo,
  by: Account,
  { branch, after }: { branch: string; after: string },
): Promise<void> {
  for (const { issue, pull } of pullsOf(repo)) {
    if (pull.head !== branch && pull.base !== branch) continue;
    await retest(world, repo, pull);
    if (pull.head !== branch || issue.state !== "open") continue;
    if (after === NO_COMMIT) {
      closeIssue(world, { repo, issue }, by);
      continue;
    }
    ageReviews(repo, pull);
    addEntry(world, issue, by, "pull_push", { body: JSON.stringify({ is_force_push: false, commit_ids: [after] }) });
    emitPull(world, { repo, issue }, by, "synchronized");
  }
}

/** Looks at both branches as they are: also those of one that is closed or merged, as long as they are there. */
async function retest(world: World, repo: Repo, pull: Pull): Promise<void> {
  const headSha = await world.git.head(repo.git, pull.head);
  pull.headGone = headSha === undefined;
  pull.headSha = headSha ?? pull.headSha;
  pull.baseSha = (await world.git.head(repo.git, pull.base)) ?? pull.baseSha;
  if (pull.mergedAt !== null) return;
  const comparison = await world.git.compare(repo.git, pull.baseSha, pull.headSha);
  pull.mergeBase = comparison?.mergeBase ?? pull.mergeBase;
  pull.conflicts = comparison === undefined || (await world.git.conflicts(repo.git, pull.baseSha, pull.headSha));
}

/** Reviews of what the head was before are stale, and its approvals dismissed where the rule says so. */
function ageReviews(repo: Repo, pull: Pull): void {
  const rule = repo.protections.find((each) => each.branch === pull.base);
  for (const review of pull.reviews) {
    review.stale = review.commitSha !== pull.headSha;
    if (review.stale && review.state === "APPROVED" && rule?.dismissStale) review.dismissed = true;
  }
}

export function emitPull(world: World, { repo, issue }: Place, by: Account, action: string, more: View = {}): void {
  const type = action === "synchronized" ? "pull_request_sync" : "pull_request";
  const view = pullView(world, repo, issue);
  const payload = { action, number: issue.number, pull_request: view, review: null, commit_id: "", ...more };
  const who = { repo, viewer: accountById(world, issue.by), sender: by };
  world.emit({ type, repo, payload: told(world, who, payload) });
}
