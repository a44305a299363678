/** How GitHub writes commits and comparisons as JSON: the long form of the REST API and the short one of webhooks. */
import type { Change, Commit, Comparison } from "../git/git-host.ts";
import type { Account, Repo } from "./state.ts";
import { accountView, repoHtml, repoUrl, type View } from "./views-repo.ts";
import { fullName, type World } from "./world.ts";

export function commitView(world: World, repo: Repo, commit: Commit): View {
  const api = repoUrl(world, repo);
  const html = repoHtml(world, repo);
  const url = `${api}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
    },
    url,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: accountOf(world, commit.author.email),
    committer: accountOf(world, commit.committer.email),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
  };
}

/** GET one commit: with a page of what it changed. Line counts are not played. */
export function fullCommitView(world: World, repo: Repo, commit: Commit, files: Change[]): View {
  return {
    ...commitView(world, repo, commit),
    stats: { total: 0, additions: 0, deletions: 0 },
    files: files.map((file) => fileView(world, repo, commit.sha, file)),
  };
}

const FILE_WORDS = { added: "added", deleted: "removed", changed: "modified", renamed: "renamed" };

export function fileView(world: World, repo: Repo, sha: string, { path, previous, status }: Change): View {
  const html = repoHtml(world, repo);
  return {
    sha: null,
    filename: path,
    status: FILE_WORDS[status],
    ...(previous === undefined ? {} : { previous_filename: previous }),
    ...{ additions: 0, deletions: 0, changes: 0 },
    blob_url: `${html}/blob/${sha}/${encodeURI(path)}`,
    raw_url: `${html}/raw/${sha}/${encodeURI(path)}`,
    contents_url: `${repoUrl(world, repo)}/contents/${encodeURI(path)}?ref=${sha}`,
  };
}

/** Only an address of the form GitHub gives its own accounts leads to one. */
function accountOf(world: World, email: string): View | null {
  const login = /^(?:\d+\+)?(.+)@users\.noreply\.github\.com$/.exec(email)?.[1];
  const account = world.state.accounts.find((each) => each.login === login);
  return account === undefined ? null : accountView(world, account);
}

export function comparisonView(world: World, repo: Repo, ends: Ends, comparison: Comparison, shown: Commit[]): View {
  const { base, head, mergeBase } = ends;
  const { ahead, behindBy } = comparison;
  const name = `${base.sha}...${head.sha}`;
  const html = `${repoHtml(world, repo)}/compare/${name}`;
  return {
    url: `${repoUrl(world, repo)}/compare/${name}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitView(world, repo, base),
    merge_base_commit: commitView(world, repo, mergeBase),
    status: statusOf(ahead.length, behindBy),
    ahead_by: ahead.length,
    behind_by: behindBy,
    total_commits: ahead.length,
    commits: shown.map((commit) => commitView(world, repo, commit)),
    files: [...new Set(ahead.flatMap((commit) => commit.files))].map((path) =>
      fileView(world, repo, head.sha, { path, status: "changed" }),
    ),
  };
}

export type Ends = { base: Commit; head: Commit; mergeBase: Commit };

function statusOf(ahead: number, behind: number): string {
  if (ahead === 0) return behind === 0 ? "identical" : "behind";
  return behind === 0 ? "ahead" : "diverged";
}

/** A commit inside a push payload. */
export function pushedCommitView(world: World, repo: Repo, commit: Commit): View {
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repoHtml(world, repo)}/commit/${commit.sha}`,
    author: personView(commit.author),
    committer: personView(commit.committer),
    added: [],
    removed: [],
    modified: commit.files,
  };
}

/** The head commit as check suites and workflow runs carry it. */
export function simpleCommitView(commit: Commit): View {
  const { sha, tree, message, committer } = commit;
  return {
    id: sha,
    tree_id: tree,
    message,
    timestamp: committer.date,
    author: personOnly(commit.author),
    committer: personOnly(committer),
  };
}

function personView(person: Commit["author"]): View {
  return { ...personOnly(person), date: person.date };
}

function personOnly({ name, email }: Commit["author"]): View {
  return { name, email };
}

export function pusherView(account: Account): View {
  return { name: account.login, email: `${account.id}+${account.login}@users.noreply.github.com` };
}

export function compareUrl(world: World, repo: Repo, before: string, after: string): string {
  return `${world.urls.html}/${fullName(repo)}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`;
}
