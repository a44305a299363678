/**
 * What a push does besides moving a branch: entries in the timelines of the issues its commits name, issues closed by a
 * keyword on the trunk, pull requests synchronized, and the webhook, which comes last.
 */
import { type Commit, NO_COMMIT } from "../git/git-host.ts";
import { told } from "./deliveries.ts";
import { closeIssue } from "./issue-acts.ts";
import { synchronizePulls } from "./pull-acts.ts";
import { CLOSING, mentioned } from "./references.ts";
import type { Account, Repo } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { payloadCommitView } from "./views-git.ts";
import { accountView, repoHtml } from "./views-repo.ts";
import { mayWriteIssues, timestamp, type World } from "./world.ts";

/** PAYLOAD_COMMIT_LIMIT of app.ini: `total_commits` tells of all. */
const PAYLOAD_COMMITS_MAX = 15;

export type Push = { branch: string; before: string; after: string };

export async function applyPush(world: World, repo: Repo, by: Account, push: Push): Promise<void> {
  const { branch, before, after } = push;
  repo.updatedAt = timestamp(world);
  const commits = await newCommits(world, repo, push);
  for (const commit of [...commits].reverse()) referTo(world, repo, by, commit, branch);
  const ref = `refs/heads/${branch}`;
  const head = after === NO_COMMIT ? undefined : await world.git.commit(repo.git, after);
  // A deleted branch is a `delete` event, and no push at all; a new one is a `create` besides its push.
  if (after === NO_COMMIT) {
    tell(world, repo, by, "delete", { ref, ref_type: "branch", pusher_type: "user" });
    return synchronizePulls(world, repo, by, push);
  }
  if (before === NO_COMMIT) tell(world, repo, by, "create", { sha: after, ref, ref_type: "branch" });
  tell(world, repo, by, "push", {
    ref,
    before,
    after,
    compare_url: `${repoHtml(world, repo)}/compare/${before}...${after}`,
    commits: commits.slice(0, PAYLOAD_COMMITS_MAX).map((commit) => payloadCommitView(world, repo, commit)),
    total_commits: commits.length,
    head_commit: head === undefined ? null : payloadCommitView(world, repo, head),
    pusher: accountView(world, by),
  });
  await synchronizePulls(world, repo, by, push);
}

function tell(
  world: World,
  repo: Repo,
  by: Account,
  type: "push" | "create" | "delete",
  payload: Record<string, unknown>,
): void {
  world.emit({ type, repo, payload: told(world, { repo, viewer: by, sender: by }, payload) });
}

/** Newest first, as Forgejo lists them. */
async function newCommits(world: World, repo: Repo, { branch, before, after }: Push): Promise<Commit[]> {
  if (after === NO_COMMIT) return [];
  const isNew = before === NO_COMMIT;
  const trunk = branch === repo.defaultBranch ? undefined : await world.git.head(repo.git, repo.defaultBranch);
  const base = isNew ? trunk : before;
  const comparison = base === undefined ? undefined : await world.git.compare(repo.git, base, after);
  if (comparison !== undefined) return [...comparison.ahead].reverse();
  const head = await world.git.commit(repo.git, after);
  return head === undefined ? [] : [head];
}

/** Any `#n` in a commit message leaves a `commit_ref` entry, once a commit; a keyword closes only on the trunk. */
function referTo(world: World, repo: Repo, by: Account, commit: Commit, branch: string): void {
  for (const { issue } of mentioned(world, { repo }, commit.message)) {
    if (issue.timeline.some((entry) => entry.type === "commit_ref" && entry.commitSha === commit.sha)) continue;
    const link = `<a href="${repoHtml(world, repo)}/commit/${commit.sha}">${commit.message.split("\n")[0]}</a>`;
    addEntry(world, issue, by, "commit_ref", { commitSha: commit.sha, body: link });
  }
  if (branch !== repo.defaultBranch) return;
  for (const place of mentioned(world, { repo }, commit.message, CLOSING)) {
    const may = mayWriteIssues(place.repo, by) || place.issue.by === by.id;
    if (may) closeIssue(world, place, by, commit.sha);
  }
}
