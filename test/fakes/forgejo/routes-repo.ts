/** The version, accounts, repositories, branches, commits, comparisons, and collaborators. */
import { moveBranch } from "../forge/own-move.ts";
import { type Commit, NO_COMMIT, resolveRef } from "../git/git-host.ts";
import { type Answer, noContent, notFound, ok, paged, refused } from "./answer.ts";
import { administering, type Call, type OwnCall, pushing, type Routes, signedIn, withRepo } from "./call.ts";
import { protectionOf } from "./pull-rules.ts";
import { applyPush } from "./pushes.ts";
import type { Protection, Repo } from "./state.ts";
import { branchView, commitView, contentsView } from "./views-git.ts";
import { accountView, repoView } from "./views-repo.ts";
import { findAccount, mayAdminister, roleOf } from "./world.ts";

export const VERSION = "15.0.3+gitea-1.22.0";
const OWN_ONLY = refused(
  403,
  "Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own",
);

export const repoRoutes: Routes = {
  "GET /version": () => ok({ version: VERSION }),
  "GET /user": ({ world, viewer }) =>
    viewer === null ? refused(401, "token is required") : ok(accountView(world, viewer)),
  "GET /users/{username}": ({ world, params }) => {
    const account = findAccount(world, params.username ?? "");
    return account === undefined ? refused(404, "user redirect does not exist") : ok(accountView(world, account));
  },
  "GET /repos/{owner}/{repo}": withRepo(({ world, viewer }, repo) => ok(repoView(world, repo, viewer ?? undefined))),
  "GET /repos/{owner}/{repo}/branches/{branch*}": withRepo(getBranch),
  "DELETE /repos/{owner}/{repo}/branches/{branch*}": pushing(deleteBranch),
  "GET /repos/{owner}/{repo}/branch_protections": administering((_call, repo) =>
    ok(repo.protections.map((rule) => protectionView(rule))),
  ),
  "GET /repos/{owner}/{repo}/branch_protections/{name*}": administering(({ params }, repo) => {
    const rule = repo.protections.find((each) => each.branch === params.name);
    return rule === undefined ? notFound : ok(protectionView(rule));
  }),
  "GET /repos/{owner}/{repo}/git/commits/{sha}": withRepo(async ({ world, params, query }, repo) => {
    const commit = await resolveRef(world.git, repo.git, params.sha ?? "");
    return commit === undefined ? refused(404, params.sha ?? "") : ok(commitView(world, repo, commit, query));
  }),
  "GET /repos/{owner}/{repo}/commits": withRepo(listCommits),
  "GET /repos/{owner}/{repo}/compare/{basehead*}": withRepo(compare),
  "GET /repos/{owner}/{repo}/contents/{path*}": withRepo(getContents),
  "GET /repos/{owner}/{repo}/raw/{path*}": withRepo(async (call, repo) => {
    const found = await fileOf(call, repo);
    return found === undefined ? notFound : { status: 200, text: found.text };
  }),
  "GET /repos/{owner}/{repo}/collaborators/{username}/permission": signedIn(getPermission),
};

function protectionView(rule: Protection): Record<string, unknown> {
  const whitelists = ["push", "merge", "approvals"].flatMap((kind) => [
    [`${kind}_whitelist_usernames`, []],
    [`${kind}_whitelist_teams`, []],
  ]);
  return {
    branch_name: rule.branch,
    rule_name: rule.branch,
    enable_push: rule.push,
    enable_push_whitelist: false,
    push_whitelist_deploy_keys: false,
    enable_merge_whitelist: false,
    enable_approvals_whitelist: false,
    ...Object.fromEntries(whitelists),
    enable_status_check: rule.contexts.length > 0,
    status_check_contexts: rule.contexts,
    required_approvals: rule.approvals,
    block_on_rejected_reviews: rule.approvals > 0,
    block_on_official_review_requests: false,
    block_on_outdated_branch: rule.upToDate,
    dismiss_stale_approvals: rule.dismissStale,
    ignore_stale_approvals: false,
    require_signed_commits: false,
    protected_file_patterns: "",
    unprotected_file_patterns: "",
    apply_to_admins: true,
    created_at: rule.createdAt,
    updated_at: rule.createdAt,
  };
}

async function getBranch({ world, params, viewer }: Call, repo: Repo): Promise<Answer> {
  const name = params.branch ?? "";
  const sha = await world.git.head(repo.git, name);
  const commit = sha === undefined ? undefined : await world.git.commit(repo.git, sha);
  return commit === undefined
    ? refused(404, `branch does not exist [name: ${name}]`)
    : ok(branchView(world, repo, name, commit, viewer));
}

async function deleteBranch({ world, params, viewer }: OwnCall, repo: Repo): Promise<Answer> {
  const branch = params.branch ?? "";
  const before = await world.git.head(repo.git, branch);
  if (before === undefined) return notFound;
  if (branch === repo.defaultBranch) return refused(403, "can not delete default branch");
  if (protectionOf(repo, branch) !== undefined) return refused(403, "branch protected");
  const move = { branch, before, after: NO_COMMIT };
  await moveBranch(world, repo, viewer, move, () => applyPush(world, repo, viewer, move));
  return noContent;
}

/** Newest first; `not` leaves out what that ref has. */
async function listCommits({ world, query }: Call, repo: Repo): Promise<Answer> {
  const from = await resolveRef(world.git, repo.git, query.get("sha") || repo.defaultBranch);
  if (from === undefined) return notFound;
  const not = query.get("not");
  const without = not === null ? undefined : await resolveRef(world.git, repo.git, not);
  if (not !== null && without === undefined) return notFound;
  const commits =
    without === undefined ? await history(world, repo, from) : await newerThan(world, repo, without, from);
  return paged(commits, query, (commit) => commitView(world, repo, commit, query));
}

async function newerThan({ git }: Call["world"], repo: Repo, base: Commit, head: Commit): Promise<Commit[]> {
  const comparison = await git.compare(repo.git, base.sha, head.sha);
  return [...(comparison?.ahead ?? [])].reverse();
}

async function history({ git }: Call["world"], repo: Repo, from: Commit): Promise<Commit[]> {
  const seen = new Map<string, Commit>();
  const open = [from.sha];
  for (let sha = open.shift(); sha !== undefined; sha = open.shift()) {
    const commit = seen.has(sha) ? undefined : await git.commit(repo.git, sha);
    if (commit === undefined) continue;
    seen.set(sha, commit);
    open.push(...commit.parents);
  }
  return [...seen.values()];
}

/** All of them at once, newest first; there is no `status`, no `ahead_by`, no merge base. */
async function compare({ world, params }: Call, repo: Repo): Promise<Answer> {
  const asked = params.basehead ?? "";
  const [baseRef = "", headRef] = asked.includes("...") ? asked.split("...") : asked.split("..");
  const [from, to] = headRef === undefined ? [repo.defaultBranch, baseRef] : [baseRef, headRef];
  const base = await resolveRef(world.git, repo.git, from);
  const head = await resolveRef(world.git, repo.git, to);
  if (base === undefined || head === undefined) return notFound;
  const comparison = await world.git.compare(repo.git, base.sha, head.sha);
  if (comparison === undefined) return notFound;
  const commits = [...comparison.ahead].reverse();
  return ok({
    total_commits: commits.length,
    commits: commits.map((commit) => commitView(world, repo, commit)),
    files: commits.flatMap((commit) => commit.files.map((filename) => ({ filename, status: "modified" }))),
  });
}

async function fileOf(
  { world, params, query }: Call,
  repo: Repo,
): Promise<{ commit: Commit; text: string } | undefined> {
  const commit = await resolveRef(world.git, repo.git, query.get("ref") || repo.defaultBranch);
  const entry = commit === undefined ? undefined : await world.git.entry(repo.git, commit.sha, params.path ?? "");
  return commit === undefined || entry?.type !== "file" ? undefined : { commit, text: entry.text };
}

/** Always JSON, with the file in base64 and no line ends in it; another media type that was asked for is not heard. */
async function getContents(call: Call, repo: Repo): Promise<Answer> {
  const { world, params, query } = call;
  const found = await fileOf(call, repo);
  if (found === undefined) return contentsOfNoFile(call, repo);
  return ok(
    contentsView(world, repo, { ...found, path: params.path ?? "", ref: query.get("ref") || repo.defaultBranch }),
  );
}

/** A directory is a list; a link is not followed, and neither it nor a submodule has any content. */
async function contentsOfNoFile({ world, params, query }: Call, repo: Repo): Promise<Answer> {
  const path = params.path ?? "";
  const ref = query.get("ref") || repo.defaultBranch;
  const commit = await resolveRef(world.git, repo.git, ref);
  const entry = commit === undefined ? undefined : await world.git.entry(repo.git, commit.sha, path);
  if (commit === undefined || entry === undefined || entry.type === "file")
    return refused(404, `object does not exist [id: , rel_path: ${path}]`);
  const bare = (name: string, type: string) => ({
    ...contentsView(world, repo, { commit, text: "", path: name, ref }),
    ...{ type, encoding: null, content: null, size: 0 },
  });
  if (entry.type === "directory") return ok(entry.names.map((name) => bare(`${path}/${name}`, "file")));
  return ok({ ...bare(path, entry.type), target: entry.type === "symlink" ? entry.target : null });
}

/** Of others only for an admin of the repository; the owner is `owner`. */
function getPermission({ world, viewer, params }: OwnCall, repo: Repo): Answer {
  const username = params.username ?? "";
  const isSelf = viewer.login.toLowerCase() === username.toLowerCase();
  if (!isSelf && !mayAdminister(repo, viewer)) return OWN_ONLY;
  const account = findAccount(world, username);
  if (account === undefined) return refused(404, `user does not exist [uid: 0, name: ${username}]`);
  const role = roleOf(repo, account);
  const permission = role === "triage" ? "read" : role;
  return ok({ permission, role_name: permission, user: accountView(world, account) });
}
