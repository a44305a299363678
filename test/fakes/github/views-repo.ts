/** How GitHub writes accounts, apps and repositories as JSON, in answers and in webhooks alike. */
import { isoSeconds } from "../forge/time.ts";
import type { Account, AppIdentity, Repo, Role } from "./state.ts";
import { findAccount, fullName, mayPush, roleOf, type World } from "./world.ts";

export type View = Record<string, unknown>;

export function repoUrl(world: World, repo: Repo): string {
  return `${world.urls.api}/repos/${fullName(repo)}`;
}

export function repoHtml(world: World, repo: Repo): string {
  return `${world.urls.html}/${fullName(repo)}`;
}

export function nodeId(kind: string, id: number): string {
  return `${kind}_kwDO${id.toString(36)}`;
}

export function accountView(world: World, account: Account): View {
  const identity = { login: account.login, id: account.id, type: account.type };
  return world.links === "none" ? identity : { ...identity, ...accountLinks(world, account) };
}

function accountLinks(world: World, account: Account): View {
  const { api, html } = world.urls;
  const url = `${api}/users/${encodeURIComponent(account.login)}`;
  return {
    node_id: nodeId("U", account.id),
    avatar_url: `${html}/avatars/u/${account.id}`,
    gravatar_id: "",
    url,
    html_url: account.app === undefined ? `${html}/${account.login}` : `${html}/apps/${account.app.slug}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    user_view_type: "public",
    site_admin: false,
  };
}

export function organizationView(world: World, account: Account): View {
  const url = `${world.urls.api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId("O", account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.urls.html}/avatars/u/${account.id}`,
    description: null,
  };
}

/** What GET /user adds for the account the token belongs to. */
export function viewerView(world: World, account: Account): View {
  const nothing = {
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
  };
  const counts = { public_repos: 0, public_gists: 0, followers: 0, following: 0 };
  return {
    ...accountView(world, account),
    name: null,
    ...nothing,
    ...counts,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}

export function appView(world: World, app: AppIdentity): View {
  const epoch = isoSeconds(0);
  const owner = findAccount(world, `${app.slug}[bot]`) ?? world.state.accounts[0];
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("A", app.id),
    client_id: `Iv1.${app.id}`,
    owner: owner === undefined ? null : accountView(world, owner),
    name: app.name,
    description: "",
    external_url: world.urls.html,
    html_url: `${world.urls.html}/apps/${app.slug}`,
    created_at: epoch,
    updated_at: epoch,
    permissions: { checks: "write", contents: "write", issues: "write", metadata: "read" },
    events: ["issues", "push"],
  };
}

/** What follows the repository's own URL in each of its links. */
const REPO_LINKS = `
  archive_url:/{archive_format}{/ref} assignees_url:/assignees{/user} blobs_url:/git/blobs{/sha}
  branches_url:/branches{/branch} collaborators_url:/collaborators{/collaborator}
  comments_url:/comments{/number} commits_url:/commits{/sha} compare_url:/compare/{base}...{head}
  contents_url:/contents/{+path} contributors_url:/contributors deployments_url:/deployments
  downloads_url:/downloads events_url:/events forks_url:/forks git_commits_url:/git/commits{/sha}
  git_refs_url:/git/refs{/sha} git_tags_url:/git/tags{/sha} hooks_url:/hooks
  issue_comment_url:/issues/comments{/number} issue_events_url:/issues/events{/number}
  issues_url:/issues{/number} keys_url:/keys{/key_id} labels_url:/labels{/name} languages_url:/languages
  merges_url:/merges milestones_url:/milestones{/number}
  notifications_url:/notifications{?since,all,participating} pulls_url:/pulls{/number}
  releases_url:/releases{/id} stargazers_url:/stargazers statuses_url:/statuses/{sha}
  subscribers_url:/subscribers subscription_url:/subscription tags_url:/tags teams_url:/teams
  trees_url:/git/trees{/sha}
`
  .trim()
  .split(/\s+/)
  .map((entry) => [entry.slice(0, entry.indexOf(":")), entry.slice(entry.indexOf(":") + 1)] as const);

/** The part of a repository that every representation holds. */
export function minimalRepoView(world: World, repo: Repo): View {
  const url = repoUrl(world, repo);
  const owner = findAccount(world, repo.owner);
  return {
    id: repo.id,
    node_id: nodeId("R", repo.id),
    name: repo.name,
    full_name: fullName(repo),
    private: repo.private,
    owner: owner === undefined ? null : accountView(world, owner),
    html_url: repoHtml(world, repo),
    description: null,
    fork: false,
    url,
    ...(world.links === "none" ? {} : Object.fromEntries(REPO_LINKS.map(([name, path]) => [name, url + path]))),
  };
}

export function repoView(world: World, repo: Repo): View {
  const open = repo.issues.filter(
    (issue) => issue.state === "open" && !issue.deleted && issue.transferredTo === null,
  ).length;
  const html = repoHtml(world, repo);
  return {
    ...minimalRepoView(world, repo),
    created_at: repo.createdAt,
    updated_at: repo.pushedAt,
    pushed_at: repo.pushedAt,
    git_url: `git:${html.replace(/^https?:/, "")}.git`,
    ssh_url: `git@github.com:${fullName(repo)}.git`,
    clone_url: world.urls.clone(fullName(repo)),
    svn_url: html,
    homepage: null,
    mirror_url: null,
    language: null,
    license: null,
    ...{ size: 1, stargazers_count: 0, watchers_count: 0, forks_count: 0, forks: 0, watchers: 0 },
    ...{ open_issues_count: open, open_issues: open },
    ...{
      has_issues: repo.issuesEnabled,
      has_projects: true,
      has_downloads: true,
      has_wiki: true,
      has_pages: false,
      has_discussions: false,
    },
    archived: repo.archived,
    disabled: false,
    ...{ allow_forking: true, is_template: false, web_commit_signoff_required: false, topics: [] },
    visibility: repo.private ? "private" : "public",
    default_branch: repo.defaultBranch,
  };
}

/** GET /repos/{owner}/{repo}: what only the caller's own look at one repository holds. */
export function fullRepoView(world: World, repo: Repo, viewer: Account): View {
  return {
    ...repoView(world, repo),
    permissions: permissionsOf(roleOf(repo, viewer)),
    ...(mayPush(repo, viewer) ? mergingView(repo) : {}),
    subscribers_count: 0,
    network_count: 0,
  };
}

/** Only who may push is told. */
function mergingView({ merging: { methods, auto, deleteBranch } }: Repo): View {
  return {
    allow_merge_commit: methods.includes("merge"),
    allow_squash_merge: methods.includes("squash"),
    allow_rebase_merge: methods.includes("rebase"),
    allow_auto_merge: auto,
    delete_branch_on_merge: deleteBranch,
  };
}

export function permissionsOf(role: Role): Record<string, boolean> {
  const rank = ["none", "read", "triage", "write", "maintain", "admin"].indexOf(role);
  return { admin: rank >= 5, maintain: rank >= 4, push: rank >= 3, triage: rank >= 2, pull: rank >= 1 };
}
