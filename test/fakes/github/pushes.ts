/**
 * What a push does besides moving a branch: the webhook, references from commit messages, issues closed by a keyword on
 * the trunk, and what becomes of the pull requests of that branch.
 */
import { type Commit, NO_COMMIT } from "../git/git-host.ts";
import { closeIssue, record } from "./issue-acts.ts";
import { followPush } from "./pull-acts.ts";
import type { Account, Repo } from "./state.ts";
import { compareUrl, pushedCommitView, pusherView } from "./views-git.ts";
import { findRepo, fullName, isThere, type Place, timestamp, type World } from "./world.ts";

const COMMITS_MAX = 2048;
const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/gi;
const MENTION = /(?:^|[\s(,:])(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/g;

export type Push = { branch: string; before: string; after: string };

export async function tellPush(world: World, repo: Repo, by: Account, push: Push): Promise<void> {
  const { branch, before, after } = push;
  const { commits, forced } = await newCommits(world, repo, push);
  repo.pushedAt = timestamp(world);
  const views = commits.slice(0, COMMITS_MAX).map((commit) => pushedCommitView(world, repo, commit));
  const head = after === NO_COMMIT ? undefined : await world.git.commit(repo.git, after);
  world.emit("push", repo, by, {
    ref: `refs/heads/${branch}`,
    before,
    after,
    base_ref: null,
    created: before === NO_COMMIT,
    deleted: after === NO_COMMIT,
    forced,
    compare: compareUrl(world, repo, before, after),
    commits: views,
    head_commit: head === undefined ? null : pushedCommitView(world, repo, head),
    pusher: pusherView(by),
  });
  for (const commit of commits) {
    refer(world, repo, by, commit);
    if (branch === repo.defaultBranch) closeByKeyword(world, repo, by, commit.message, commit.sha);
  }
  followPush(world, repo, by, push);
}

async function newCommits(
  world: World,
  repo: Repo,
  { branch, before, after }: Push,
): Promise<{ commits: Commit[]; forced: boolean }> {
  if (after === NO_COMMIT) return { commits: [], forced: false };
  const base =
    before !== NO_COMMIT
      ? before
      : branch === repo.defaultBranch
        ? undefined
        : await world.git.head(repo.git, repo.defaultBranch);
  const comparison = base === undefined ? undefined : await world.git.compare(repo.git, base, after);
  if (comparison !== undefined)
    return { commits: comparison.ahead, forced: before !== NO_COMMIT && comparison.behindBy > 0 };
  const head = await world.git.commit(repo.git, after);
  return { commits: head === undefined ? [] : [head], forced: before !== NO_COMMIT };
}

/** Any `#n` in a commit message leaves a `referenced` event, once per commit. */
function refer(world: World, repo: Repo, by: Account, commit: Commit): void {
  for (const { issue } of named(world, repo, commit.message, MENTION)) {
    if (issue.events.some((event) => event.event === "referenced" && event.commitId === commit.sha)) continue;
    record(world, issue, by, "referenced", { commitId: commit.sha });
  }
}

/** Of a commit's message, or with none of a merged pull request's text. Only issues: it closes no pull request. */
export function closeByKeyword(world: World, repo: Repo, by: Account, text: string, commit: string | null): void {
  for (const place of named(world, repo, text, CLOSING)) {
    if (place.issue.pull !== undefined) continue;
    closeIssue(world, place, by, { reason: "completed", ...(commit === null ? {} : { commitId: commit }) });
  }
}

function named(world: World, repo: Repo, message: string, pattern: RegExp): Place[] {
  return [...message.matchAll(pattern)].flatMap(([, name, number]) => {
    const there = findRepo(world, name ?? fullName(repo));
    const issue = there?.issues.find((each) => each.number === Number(number) && isThere(each));
    return there === undefined || issue === undefined ? [] : [{ repo: there, issue }];
  });
}
