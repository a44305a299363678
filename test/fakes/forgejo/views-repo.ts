/** How Forgejo writes accounts and repositories as JSON, in answers and in webhooks alike. */
import { addressOf } from "../forge/address.ts";
import { digest } from "../git/git-memory.ts";
import type { Account, Repo, Role } from "./state.ts";
import { findAccount, fullName, roleOf, type World } from "./world.ts";

export type View = Record<string, unknown>;

const NEVER = "0001-01-01T00:00:00Z";

export function repoUrl(world: World, repo: Repo): string {
  return `${world.rootUrl}/api/v1/repos/${fullName(repo)}`;
}

export function repoHtml(world: World, repo: Repo): string {
  return `${world.rootUrl}/${fullName(repo)}`;
}

const avatars = new Map<string, string>();

/** Made once a login: it stands in every view. */
function avatarOf(login: string): string {
  const known = avatars.get(login) ?? digest(login, 32);
  avatars.set(login, known);
  return known;
}

/** There is no `type`: a bot looks like anyone else. */
export function accountView(world: World, account: Account): View {
  return {
    id: account.id,
    login: account.login,
    login_name: "",
    source_id: 0,
    full_name: "",
    email: `${account.login.toLowerCase()}@noreply.localhost`,
    avatar_url: `${world.rootUrl}/avatars/${avatarOf(account.login)}`,
    html_url: `${world.rootUrl}/${account.login}`,
    language: "",
    is_admin: false,
    last_login: NEVER,
    created: account.createdAt,
    restricted: false,
    active: false,
    prohibit_login: false,
    location: "",
    pronouns: "",
    website: "",
    description: "",
    visibility: "public",
    followers_count: 0,
    following_count: 0,
    starred_repos_count: 0,
    username: account.login,
  };
}

export function permissionsOf(role: Role): View {
  return {
    admin: role === "owner" || role === "admin",
    push: role === "owner" || role === "admin" || role === "write",
    pull: role !== "none",
  };
}

/** `viewer`: whose permissions it tells. In an issue's webhook that is the issue's poster, whoever sent it. */
export function repoView(world: World, repo: Repo, viewer: Account | undefined): View {
  const owner = findAccount(world, repo.owner);
  return {
    id: repo.id,
    owner: owner === undefined ? null : accountView(world, owner),
    name: repo.name,
    full_name: fullName(repo),
    description: "",
    empty: false,
    private: repo.private,
    fork: false,
    template: false,
    parent: null,
    mirror: false,
    size: 93,
    language: "",
    languages_url: `${repoUrl(world, repo)}/languages`,
    html_url: repoHtml(world, repo),
    url: repoUrl(world, repo),
    link: "",
    ssh_url: `git@${addressOf(world.rootUrl).hostname}:${fullName(repo)}.git`,
    clone_url: `${repoHtml(world, repo)}.git`,
    original_url: "",
    website: "",
    stars_count: 0,
    forks_count: 0,
    watchers_count: 1,
    open_issues_count: repo.issues.filter((issue) => issue.state === "open" && issue.pull === null).length,
    open_pr_counter: repo.issues.filter((issue) => issue.state === "open" && issue.pull !== null).length,
    release_counter: 0,
    default_branch: repo.defaultBranch,
    archived: repo.archived,
    created_at: repo.createdAt,
    updated_at: repo.updatedAt,
    archived_at: "1970-01-01T00:00:00Z",
    permissions: permissionsOf(roleOf(repo, viewer)),
    ...unitsOf(repo),
    ignore_whitespace_conflicts: false,
    allow_merge_commits: repo.styles.includes("merge"),
    allow_rebase: repo.styles.includes("rebase"),
    allow_rebase_explicit: repo.styles.includes("rebase-merge"),
    allow_squash_merge: repo.styles.includes("squash"),
    allow_fast_forward_only_merge: repo.styles.includes("fast-forward-only"),
    allow_rebase_update: true,
    default_delete_branch_after_merge: false,
    default_merge_style: repo.styles[0] ?? "merge",
    default_allow_maintainer_edit: false,
    avatar_url: "",
    internal: false,
    mirror_interval: "",
    object_format_name: "sha1",
    mirror_updated: NEVER,
    repo_transfer: null,
    topics: [],
  };
}

function unitsOf(repo: Repo): View {
  return {
    has_issues: repo.issuesEnabled,
    ...(repo.issuesEnabled && {
      internal_tracker: {
        enable_time_tracker: true,
        allow_only_contributors_to_track_time: true,
        enable_issue_dependencies: repo.dependenciesEnabled,
      },
    }),
    has_wiki: true,
    globally_editable_wiki: false,
    wiki_branch: "main",
    has_pull_requests: true,
    has_projects: true,
    has_releases: true,
    has_packages: true,
    has_actions: true,
  };
}
