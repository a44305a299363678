/** Accounts, repositories, branches, commits, comparisons, collaborators and what a branch requires. */

import { type Commit, resolveRef } from "../git/git-host.ts";
import { type Answer, notFound, ok, paged, pageOf, refused } from "./answer.ts";
import type { Call, Handler, Routes } from "./call.ts";
import { FILES_MAX, filesOfCommit } from "./changed-files.ts";
import type { Repo, RequiredCheck } from "./state.ts";
import { commitView, comparisonView, fullCommitView } from "./views-git.ts";
import { accountView, fullRepoView, permissionsOf, repoHtml, repoUrl, type View, viewerView } from "./views-repo.ts";
import { rulesOf } from "./views-rules.ts";
import { findAccount, findRepo, fullName, mayPush, mayRead, roleOf, type World } from "./world.ts";

const UNPAGED_COMMITS_MAX = 250;
const COMMIT_FILES_PER_PAGE = 300;

/** The repository a path names, or 404 for one that is not there or that the caller may not even read. */
export function withRepo(handler: (call: Call, repo: Repo) => Answer | Promise<Answer>): Handler {
  return (call) => {
    const repo = findRepo(call.world, `${call.params.owner}/${call.params.repo}`);
    return repo === undefined || !mayRead(repo, call.viewer) ? notFound : handler(call, repo);
  };
}

export const repoRoutes: Routes = {
  "GET /user": ({ world, viewer }) =>
    viewer.type === "Bot" ? refused(403, "Resource not accessible by integration") : ok(viewerView(world, viewer)),
  "GET /rate_limit": ({ world }) => {
    const { limit, used, resetAt } = world.state.rateLimit;
    const rate = { limit, used, remaining: limit - used, reset: resetAt };
    return ok({ resources: { core: rate, graphql: rate, search: rate }, rate });
  },
  "GET /repos/{owner}/{repo}": withRepo(({ world, viewer }, repo) => ok(fullRepoView(world, repo, viewer))),
  "GET /repos/{owner}/{repo}/branches/{branch}": withRepo(getBranch),
  "GET /repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks": withRepo(getProtection),
  "GET /repos/{owner}/{repo}/branches/{branch}/protection": withRepo(getWholeProtection),
  "GET /repos/{owner}/{repo}/rules/branches/{branch}": withRepo(getRules),
  "GET /repos/{owner}/{repo}/commits/{ref}": withRepo(getCommit),
  "GET /repos/{owner}/{repo}/compare/{basehead}": withRepo(compare),
  "GET /repos/{owner}/{repo}/collaborators/{username}/permission": withRepo(getPermission),
};

async function getBranch({ world, params }: Call, repo: Repo): Promise<Answer> {
  const name = params.branch ?? "";
  const sha = await world.git.head(repo.git, name);
  const commit = sha === undefined ? undefined : await world.git.commit(repo.git, sha);
  if (commit === undefined) return refused(404, "Branch not found");
  const url = `${repoUrl(world, repo)}/branches/${encodeURIComponent(name)}`;
  const classic = repo.protections[name];
  return ok({
    name,
    commit: commitView(world, repo, commit),
    _links: { self: url, html: `${repoHtml(world, repo)}/tree/${encodeURI(name)}` },
    protected: classic !== undefined || rulesOf(repo, name).length > 0,
    protection: {
      enabled: classic !== undefined,
      required_status_checks: {
        enforcement_level: classic === undefined ? "off" : "non_admins",
        contexts: (classic ?? []).map((check) => check.context),
        checks: (classic ?? []).map(({ context, integrationId }) => ({ context, app_id: integrationId ?? null })),
      },
    },
    protection_url: `${url}/protection`,
  });
}

function getProtection({ world, params, viewer }: Call, repo: Repo): Answer {
  if (roleOf(repo, viewer) !== "admin") return notFound;
  const branch = params.branch ?? "";
  const checks = repo.protections[branch];
  if (checks === undefined) return refused(404, "Branch not protected");
  if (checks.length === 0) return refused(404, "Required status checks not enabled");
  return ok(requiredChecksView(world, repo, branch, checks));
}

/** Classic protection here demands checks or nothing. */
function getWholeProtection({ world, params, viewer }: Call, repo: Repo): Answer {
  if (roleOf(repo, viewer) !== "admin") return notFound;
  const branch = params.branch ?? "";
  const checks = repo.protections[branch];
  if (checks === undefined) return refused(404, "Branch not protected");
  const url = `${repoUrl(world, repo)}/branches/${encodeURIComponent(branch)}/protection`;
  const off = { enabled: false };
  return ok({
    url,
    ...(checks.length === 0 ? {} : { required_status_checks: requiredChecksView(world, repo, branch, checks) }),
    required_signatures: { url: `${url}/required_signatures`, enabled: false },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: true },
    ...{ required_linear_history: off, allow_force_pushes: off, allow_deletions: off, block_creations: off },
    ...{ required_conversation_resolution: off, lock_branch: off, allow_fork_syncing: off },
  });
}

function requiredChecksView(world: World, repo: Repo, branch: string, checks: RequiredCheck[]): View {
  const url = `${repoUrl(world, repo)}/branches/${encodeURIComponent(branch)}/protection/required_status_checks`;
  return {
    url,
    strict: false,
    contexts: checks.map((check) => check.context),
    contexts_url: `${url}/contexts`,
    checks: checks.map(({ context, integrationId }) => ({ context, app_id: integrationId ?? null })),
  };
}

function getRules({ params, query }: Call, repo: Repo): Answer {
  const source = { ruleset_source_type: "Repository", ruleset_source: fullName(repo), ruleset_id: repo.id };
  return paged(rulesOf(repo, params.branch ?? ""), query, (rule) => ({ ...rule, ...source }));
}

/** It is the files that come in pages, 300 of them where no size is asked for; the rest stands on each. */
async function getCommit({ world, params, query }: Call, repo: Repo): Promise<Answer> {
  const ref = params.ref ?? "";
  const commit = await resolveRef(world.git, repo.git, ref);
  if (commit === undefined) return refused(422, `No commit found for SHA: ${ref}`);
  const files = await filesOfCommit(world, repo, commit);
  const { slice, page } = pageOf(files.slice(0, FILES_MAX), query, COMMIT_FILES_PER_PAGE);
  return { status: 200, body: fullCommitView(world, repo, commit, slice), page };
}

async function compare({ world, params, query }: Call, repo: Repo): Promise<Answer> {
  const [baseRef, headRef, more] = (params.basehead ?? "").split("...");
  if (!baseRef || !headRef || more !== undefined) return notFound;
  const base = await resolveRef(world.git, repo.git, withoutOwner(repo, baseRef));
  const head = await resolveRef(world.git, repo.git, withoutOwner(repo, headRef));
  if (base === undefined || head === undefined) return notFound;
  const comparison = await world.git.compare(repo.git, base.sha, head.sha);
  const mergeBase = comparison === undefined ? undefined : await world.git.commit(repo.git, comparison.mergeBase);
  if (comparison === undefined || mergeBase === undefined)
    return refused(404, `No common ancestor between ${baseRef} and ${headRef}.`);
  const { commits, page } = pageOfCommits(comparison.ahead, query);
  const body = comparisonView(world, repo, { base, head, mergeBase }, comparison, commits);
  return { status: 200, body, ...(page === undefined ? {} : { page }) };
}

/**
 * Asked for a page, the oldest come first; not asked for one, the newest 250 are told, and nothing says that there are
 * more.
 */
function pageOfCommits(
  ahead: Commit[],
  query: URLSearchParams,
): { commits: Commit[]; page?: ReturnType<typeof pageOf>["page"] } {
  if (!query.has("page") && !query.has("per_page")) return { commits: ahead.slice(-UNPAGED_COMMITS_MAX) };
  const { slice, page } = pageOf(ahead, query);
  return { commits: slice, page };
}

function withoutOwner(repo: Repo, ref: string): string {
  return ref.toLowerCase().startsWith(`${repo.owner.toLowerCase()}:`) ? ref.slice(repo.owner.length + 1) : ref;
}

function getPermission({ world, viewer, params }: Call, repo: Repo): Answer {
  if (!mayPush(repo, viewer)) return refused(403, "Must have push access to view collaborator permission.");
  const account = findAccount(world, params.username ?? "");
  if (account === undefined) return notFound;
  if (account.type !== "User") return refused(404, `${account.login} is not a user`);
  const role = roleOf(repo, account);
  const permission = role === "maintain" ? "write" : role === "triage" ? "read" : role;
  return ok({
    permission,
    role_name: role,
    user: { ...accountView(world, account), permissions: permissionsOf(role), role_name: role },
  });
}
