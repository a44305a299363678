/**
 * The hooks of a repository. No route tells of deliveries or sends one again. A PATCH is full of holes:
 *
 *   config.secret ............. not read: the old one goes on signing
 *   events left out ........... back to push alone
 *   authorization_header left out ... cleared
 *   action_run_*, package ..... neither switched on nor off
 */
import { isRecord } from "../forge/request-body.ts";
import { NO_COMMIT } from "../git/git-host.ts";
import { type Answer, created, noContent, notFound, ok, paged, refused, required } from "./answer.ts";
import { administering, type OwnCall, type Routes } from "./call.ts";
import { told } from "./deliveries.ts";
import { typesAfterPatch, typesFor } from "./hook-events.ts";
import type { HookRecord, Repo } from "./state.ts";
import { payloadCommitView } from "./views-git.ts";
import { accountView, repoHtml } from "./views-repo.ts";
import { newId, timestamp, type World } from "./world.ts";

const HOOKS = "/repos/{owner}/{repo}/hooks";
const TYPES = ["forgejo", "gitea", "gogs"];

export const hookRoutes: Routes = {
  [`GET ${HOOKS}`]: administering(({ query }, repo) => paged(repo.hooks, query, hookView)),
  [`POST ${HOOKS}`]: administering(createHook),
  [`GET ${HOOKS}/{id}`]: administering((call, repo) => withHook(call, repo, (hook) => ok(hookView(hook)))),
  [`PATCH ${HOOKS}/{id}`]: administering((call, repo) => withHook(call, repo, (hook) => patchHook(call, hook))),
  [`DELETE ${HOOKS}/{id}`]: administering((call, repo) =>
    withHook(call, repo, (hook) => {
      repo.hooks = repo.hooks.filter((each) => each.id !== hook.id);
      return noContent;
    }),
  ),
  [`POST ${HOOKS}/{id}/tests`]: administering(async (call, repo) => {
    const hook = repo.hooks.find((each) => each.id === Number(call.params.id));
    if (hook === undefined) return notFound;
    await testHook(call, repo, hook);
    return noContent;
  }),
};

function withHook({ params }: OwnCall, repo: Repo, handler: (hook: HookRecord) => Answer): Answer {
  const hook = repo.hooks.find((each) => each.id === Number(params.id));
  return hook === undefined ? notFound : handler(hook);
}

/** The secret is never told; the authorization header is, in clear. */
function hookView(hook: HookRecord): Record<string, unknown> {
  return {
    id: hook.id,
    type: hook.type,
    branch_filter: hook.branchFilter,
    config: { content_type: hook.contentType, url: hook.url },
    url: hook.url,
    content_type: hook.contentType,
    events: hook.events,
    authorization_header: hook.authorizationHeader,
    metadata: null,
    active: hook.active,
    updated_at: hook.updatedAt,
    created_at: hook.createdAt,
  };
}

/** Not active unless it says so, and told of pushes alone unless it names events. */
function createHook({ world, body }: OwnCall, repo: Repo): Answer {
  const asked = isRecord(body) ? body : {};
  if (typeof asked.type !== "string" || asked.type === "") return required("Type");
  const config = isRecord(asked.config) ? asked.config : undefined;
  if (config === undefined) return required("Config");
  if (!TYPES.includes(asked.type)) return refused(422, `Invalid hook type: ${asked.type}`);
  const { url, content_type: contentType, secret } = config;
  if (typeof url !== "string" || !URL.canParse(url)) return refused(422, "Invalid url");
  if (contentType !== "json" && contentType !== "form") return refused(422, "Invalid content type");
  const at = timestamp(world);
  const hook: HookRecord = {
    id: newId(world, "hook"),
    type: asked.type,
    url,
    contentType,
    secret: typeof secret === "string" ? secret : "",
    events: typesFor(names(asked.events)),
    branchFilter: typeof asked.branch_filter === "string" ? asked.branch_filter : "",
    authorizationHeader: typeof asked.authorization_header === "string" ? asked.authorization_header : "",
    active: asked.active === true,
    createdAt: at,
    updatedAt: at,
  };
  repo.hooks.push(hook);
  return created(hookView(hook));
}

function patchHook({ world, body }: OwnCall, hook: HookRecord): Answer {
  const asked = isRecord(body) ? body : {};
  const config = isRecord(asked.config) ? asked.config : {};
  if (typeof config.url === "string") hook.url = config.url;
  if (typeof config.content_type === "string") hook.contentType = config.content_type;
  hook.events = typesAfterPatch(hook.events, names(asked.events));
  hook.authorizationHeader = typeof asked.authorization_header === "string" ? asked.authorization_header : "";
  if (typeof asked.branch_filter === "string") hook.branchFilter = asked.branch_filter;
  if (typeof asked.active === "boolean") hook.active = asked.active;
  hook.updatedAt = timestamp(world);
  return ok(hookView(hook));
}

function names(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

/** A push that never was, whatever the hook asked for. */
async function testHook({ world, viewer }: OwnCall, repo: Repo, hook: HookRecord): Promise<void> {
  const sha = (await world.git.head(repo.git, repo.defaultBranch)) ?? NO_COMMIT;
  const head = await world.git.commit(repo.git, sha);
  const commits = head === undefined ? [] : [payloadCommitView(world, repo, head)];
  const payload = {
    ref: `refs/heads/${repo.defaultBranch}`,
    before: sha,
    after: sha,
    compare_url: `${repoHtml(world, repo)}/compare/${sha}...${sha}`,
    commits,
    total_commits: commits.length,
    head_commit: commits[0] ?? null,
    pusher: accountView(world, viewer),
  };
  emitTest(world, repo, hook, told(world, { repo, viewer, sender: viewer }, payload));
}

function emitTest(world: World, repo: Repo, hook: HookRecord, payload: Record<string, unknown>): void {
  world.emit({ type: "push", repo, payload, only: hook.id });
}
