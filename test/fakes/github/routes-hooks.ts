/**
 * The hooks of a repository, their deliveries, and an App's own hook. A hook's secret is shown as eight stars, or not at
 * all where it has none. A PATCH keeps what it does not name, save that a new `config` replaces the whole old one, secret
 * included; PATCH …/config changes the parts it names.
 *
 *   no rights over the repository ... 404, as if it were not there
 *   an address that is no URL ....... 422
 *   one more hook with this address . 422 "Hook already exists on this repository"
 */
import { isRecord } from "../forge/request-body.ts";
import { type Answer, created, invalid, noContent, notFound, ok, paged } from "./answer.ts";
import type { Call, Handler, Routes } from "./call.ts";
import { type HookRecord, hooksOf } from "./hook-records.ts";
import { withRepo } from "./routes-repo.ts";
import type { Repo } from "./state.ts";
import { repoUrl, type View } from "./views-repo.ts";
import { newId, roleOf, timestamp, type World } from "./world.ts";

const HOOKS = "/repos/{owner}/{repo}/hooks";

export const hookRoutes: Routes = {
  [`GET ${HOOKS}`]: ofAdmin(({ world, query }, repo) =>
    paged(hooksOf(repo), query, (hook) => hookView(world, repo, hook)),
  ),
  [`POST ${HOOKS}`]: ofAdmin(createHook),
  [`PATCH ${HOOKS}/{hook_id}`]: withHook(patchHook),
  [`DELETE ${HOOKS}/{hook_id}`]: withHook((_call, repo, hook) => {
    repo.hooks = hooksOf(repo).filter(({ id }) => id !== hook.id);
    return noContent;
  }),
  [`PATCH ${HOOKS}/{hook_id}/config`]: withHook(({ world, body }, _repo, hook) => {
    configure(hook, isRecord(body) ? body : {});
    hook.updatedAt = timestamp(world);
    return ok(configView(hook));
  }),
  [`GET ${HOOKS}/{hook_id}/deliveries`]: withHook(({ query }, repo, hook) =>
    paged(hook.deliveries.toReversed(), query, (one) => deliveryView(repo, one)),
  ),
};

function ofAdmin(handler: (call: Call, repo: Repo) => Answer): Handler {
  return withRepo((call, repo) => (roleOf(repo, call.viewer) === "admin" ? handler(call, repo) : notFound));
}

function withHook(handler: (call: Call, repo: Repo, hook: HookRecord) => Answer): Handler {
  return ofAdmin((call, repo) => {
    const hook = hooksOf(repo).find(({ id }) => id === Number(call.params.hook_id));
    return hook === undefined ? notFound : handler(call, repo, hook);
  });
}

function createHook({ world, body }: Call, repo: Repo): Answer {
  const { config, events, active } = isRecord(body) ? body : {};
  const url = isRecord(config) ? config.url : undefined;
  if (typeof url !== "string" || !URL.canParse(url)) return invalid("Hook", "url", "invalid");
  if (hooksOf(repo).some((hook) => hook.url === url))
    return invalid("Hook", "url", "custom", "Hook already exists on this repository");
  const at = timestamp(world);
  const hook: HookRecord = {
    id: newId(world),
    url,
    active: active !== false,
    events: Array.isArray(events) ? events.map(String) : ["push"],
    contentType: "form",
    secret: "",
    deliveries: [],
    createdAt: at,
    updatedAt: at,
  };
  configure(hook, isRecord(config) ? config : {});
  repo.hooks = [...hooksOf(repo), hook];
  return created(hookView(world, repo, hook));
}

function patchHook({ world, body }: Call, repo: Repo, hook: HookRecord): Answer {
  const { config, events, active } = isRecord(body) ? body : {};
  if (isRecord(config)) {
    hook.secret = "";
    hook.contentType = "form";
    configure(hook, config);
  }
  if (Array.isArray(events)) hook.events = events.map(String);
  if (typeof active === "boolean") hook.active = active;
  hook.updatedAt = timestamp(world);
  return ok(hookView(world, repo, hook));
}

function configure(hook: HookRecord, { url, content_type, secret }: Record<string, unknown>): void {
  if (typeof url === "string") hook.url = url;
  if (content_type === "json" || content_type === "form") hook.contentType = content_type;
  if (typeof secret === "string") hook.secret = secret;
}

function hookView(world: World, repo: Repo, hook: HookRecord): View {
  const url = `${repoUrl(world, repo)}/hooks/${hook.id}`;
  const last = hook.deliveries.at(-1);
  return {
    type: "Repository",
    id: hook.id,
    name: "web",
    active: hook.active,
    events: hook.events,
    config: configView(hook),
    updated_at: hook.updatedAt,
    created_at: hook.createdAt,
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: { code: last?.statusCode ?? null, status: last === undefined ? "unused" : "active", message: null },
  };
}

function configView({ url, contentType, secret }: Pick<HookRecord, "url" | "contentType" | "secret">): View {
  return {
    ...(url === "" ? {} : { url }),
    content_type: contentType,
    insecure_ssl: "0",
    ...(secret === "" ? {} : { secret: "********" }),
  };
}

function deliveryView(repo: Repo | null, { id, at, event, statusCode }: HookRecord["deliveries"][number]): View {
  return {
    id,
    guid: `72d3162e-cc78-11e3-81ab-${id.toString(16).padStart(12, "0")}`,
    delivered_at: at,
    redelivery: false,
    duration: 0.1,
    status: statusCode === 0 ? "failed to connect to host" : statusCode < 300 ? "OK" : "Invalid HTTP Response",
    status_code: statusCode,
    event,
    action: null,
    installation_id: null,
    repository_id: repo?.id ?? null,
    throttled_at: null,
  };
}

/** What an app's own routes tell of its hook. */
export type AppHook = Pick<HookRecord, "url" | "contentType" | "secret" | "deliveries">;

export function appHookAnswer(hook: AppHook, path: string): Answer {
  if (path === "/app/hook/config") return ok(configView(hook));
  return ok(hook.deliveries.toReversed().map((one) => deliveryView(null, one)));
}
