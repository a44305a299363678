/** How Forgejo writes commits, branches and comparisons as JSON. */

import type { Commit, GitPerson } from "../git/git-host.ts";
import { digest } from "../git/git-memory.ts";
import type { Account, Repo } from "./state.ts";
import { accountView, repoHtml, repoUrl, type View } from "./views-repo.ts";
import { findAccount, mayAdminister, mayPush, type World } from "./world.ts";

/** Of a push, and of a branch: `id`, not `sha`. */
export function payloadCommitView(world: World, repo: Repo, commit: Commit): View {
  return {
    id: commit.sha,
    message: `${commit.message}\n`,
    url: `${repoHtml(world, repo)}/commit/${commit.sha}`,
    author: payloadPerson(world, commit.author),
    committer: payloadPerson(world, commit.committer),
    verification: null,
    timestamp: commit.committer.date,
    added: commit.parents.length === 0 ? commit.files : [],
    removed: [],
    modified: commit.parents.length === 0 ? [] : commit.files,
  };
}

function payloadPerson(world: World, { name, email }: GitPerson): View {
  return { name, email, username: findAccount(world, name)?.login ?? "" };
}

export function branchView(world: World, repo: Repo, name: string, commit: Commit, viewer: Account | null): View {
  const rule = repo.protections.find((each) => each.branch === name);
  const contexts = rule?.contexts ?? [];
  const may = viewer !== null && mayPush(repo, viewer);
  return {
    name,
    commit: payloadCommitView(world, repo, commit),
    protected: rule !== undefined,
    required_approvals: rule?.approvals ?? 0,
    enable_status_check: contexts.length > 0,
    status_check_contexts: contexts,
    user_can_push: may && rule?.push !== false,
    user_can_merge: may,
    // Only admins are told by which rule.
    effective_branch_protection_name: viewer !== null && mayAdminister(repo, viewer) ? (rule?.branch ?? "") : "",
  };
}

/** What is asked to be left out is null. */
export function commitView(world: World, repo: Repo, commit: Commit, query = new URLSearchParams()): View {
  const wants = (part: string): boolean => !["false", "0"].includes(query.get(part) ?? "");
  const url = `${repoUrl(world, repo)}/git/commits/${commit.sha}`;
  const link = (sha: string): View => ({
    url: `${repoUrl(world, repo)}/git/commits/${sha}`,
    sha,
    created: "0001-01-01T00:00:00Z",
  });
  return {
    url,
    sha: commit.sha,
    created: commit.committer.date,
    html_url: `${repoHtml(world, repo)}/commit/${commit.sha}`,
    commit: {
      url,
      author: commit.author,
      committer: commit.committer,
      message: `${commit.message}\n`,
      tree: {
        url: `${repoUrl(world, repo)}/git/trees/${commit.tree}`,
        sha: commit.tree,
        created: commit.committer.date,
      },
      verification: wants("verification") ? UNSIGNED : null,
    },
    author: accountOf(world, commit.author),
    committer: accountOf(world, commit.committer),
    parents: commit.parents.map(link),
    files: wants("files") ? commit.files.map((filename) => ({ filename, status: "modified" })) : null,
    stats: wants("stat") ? { total: commit.files.length, additions: commit.files.length, deletions: 0 } : null,
  };
}

const UNSIGNED = {
  verified: false,
  reason: "gpg.error.not_signed_commit",
  signature: "",
  signer: null,
  payload: "",
};

function accountOf(world: World, { name }: GitPerson): View | null {
  const account = findAccount(world, name);
  return account === undefined ? null : accountView(world, account);
}

type Found = { commit: Commit; text: string; path: string; ref: string };

export function contentsView(world: World, repo: Repo, { commit, text, path, ref }: Found): View {
  const self = `${repoUrl(world, repo)}/contents/${path}?ref=${ref}`;
  const sha = digest(`blob ${text}`);
  const bytes = new TextEncoder().encode(text);
  const html = `${repoHtml(world, repo)}/src/branch/${ref}/${path}`;
  const git = `${repoUrl(world, repo)}/git/blobs/${sha}`;
  return {
    name: path.split("/").at(-1) ?? path,
    path,
    sha,
    last_commit_sha: commit.sha,
    last_commit_when: commit.committer.date,
    type: "file",
    size: bytes.length,
    encoding: "base64",
    content: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")),
    target: null,
    url: self,
    html_url: html,
    git_url: git,
    download_url: `${repoHtml(world, repo)}/raw/branch/${ref}/${path}`,
    submodule_git_url: null,
    _links: { self, git, html },
  };
}
