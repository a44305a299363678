/** Which route answers what, and whom it lets in. The shell came with 0.0.29. */
import type { Asked } from "../exchange.ts";
import { noteTold } from "./activities.ts";
import { noSuchRoute, schemaInvalid, threadNotFound } from "./answers.ts";
import { authenticate, exchangeToken, lacks, READ, sessionState } from "./auth.ts";
import { dispatch } from "./dispatch.ts";
import type { ModelSelection } from "./state.ts";
import { shellView, snapshotView, threadView } from "./views.ts";
import type { World } from "./world.ts";

export interface About {
  environmentId: string;
  version: string;
  defaultModelSelection: ModelSelection | null;
}

const ORCHESTRATION = "/api/orchestration/";

export function serve(world: World, about: About, asked: Asked): Response {
  const { method, path, headers, body } = asked;
  const route = `${method} ${path}`;
  if (route === "GET /.well-known/t3/environment") return Response.json(environment(about));
  if (route === "GET /api/auth/session") return sessionState(world, headers);
  if (route === "POST /oauth/token") return exchangeToken(world, headers, body);
  if (!path.startsWith(ORCHESTRATION) || !isKnown(route, about)) return noSuchRoute();

  const token = authenticate(world, headers);
  if (token instanceof Response) return token;
  if (route === "POST /api/orchestration/dispatch")
    return isJson(headers) ? dispatch(world, token, body, about.defaultModelSelection) : schemaInvalid();
  const limit = turnLimit(asked.query);
  if (limit === "invalid") return schemaInvalid();
  const forbidden = lacks(token, READ);
  if (forbidden !== null) return forbidden;
  if (route === "GET /api/orchestration/shell") return Response.json(shellView(world.state));
  if (route === "GET /api/orchestration/snapshot") return Response.json(snapshotView(world.state));
  const id = decodeURIComponent(threadIdIn(route) ?? "");
  const view = threadView(world.state, id, limit);
  for (const thread of world.state.threads) if (thread.id === id) noteTold(thread);
  return view === undefined ? threadNotFound() : Response.json(view);
}

function environment({ environmentId, version }: About) {
  return {
    environmentId,
    label: "stand-in",
    platform: { os: "linux", arch: "x64" },
    serverVersion: version,
    capabilities: { repositoryIdentity: true },
  };
}

function isKnown(route: string, { version }: About): boolean {
  if (route === "GET /api/orchestration/snapshot" || route === "POST /api/orchestration/dispatch") return true;
  const [, minor = 0, patch = 0] = version.split(".").map(Number);
  if (minor === 0 && patch < 29) return false;
  return route === "GET /api/orchestration/shell" || threadIdIn(route) !== null;
}

function threadIdIn(route: string): string | null {
  return /^GET \/api\/orchestration\/threads\/([^/]+)$/.exec(route)?.[1] ?? null;
}

function turnLimit(query: URLSearchParams): number | null | "invalid" {
  const text = query.get("turnLimit");
  if (text === null) return null;
  return /^[1-9]\d*$/.test(text) ? Number(text) : "invalid";
}

function isJson(headers: Headers): boolean {
  return (headers.get("content-type") ?? "").startsWith("application/json");
}
