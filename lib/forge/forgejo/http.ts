/**
 * Forgejo's REST API, over fetch: one call, one outcome, never a throw.
 *
 *   deadline ... one per call, its body included
 *   redirect ... never followed, since the token would travel; it means that FORGEJO_URL or the repo's name is another
 *                by now, which a person mends
 *   quota ...... Forgejo counts none; a proxy before it may limit us
 *   a body ..... JSON where it says so; else its text, so that a proxy's page is never taken for an answer
 */
import { parseJson } from "../../core/json.ts";
import type { RepoName } from "../../core/types.ts";
import { heed, heldBack } from "../brake.ts";
import { type HttpSettings, isJson, type OwnAccount, observed } from "../http.ts";
import type { HttpOutcome } from "../results.ts";

export interface ForgejoSettings extends HttpSettings {
  /** The server's root, without a slash at its end. */
  url: string;
  token: string;
  account?: OwnAccount<{ id: string }>;
}

export type Query = Record<string, string | number>;

export interface ForgejoHttp {
  /** `route` is `METHOD /path` below `/api/v1`, its parts encoded already. */
  request(route: string, options?: { query?: Query; body?: unknown }): Promise<HttpOutcome>;
  /** The same, but a success stays a stream of bytes. */
  stream(route: string): Promise<HttpOutcome>;
}

/** `/repos/{owner}/{name}`, and what is below it. */
export function repoPath(repo: RepoName, ...parts: (string | number)[]): string {
  return ["", "repos", repo.owner, repo.name, ...parts].map((part) => encodeURIComponent(part)).join("/");
}

/** A branch's name keeps its slashes in a path. */
export function branchPath(repo: RepoName, branch: string): string {
  return `${repoPath(repo, "branches")}/${branch.split("/").map(encodeURIComponent).join("/")}`;
}

export function createForgejoHttp(settings: ForgejoSettings): ForgejoHttp {
  async function send(route: string, options: { query?: Query; body?: unknown }, body: "whole" | "stream") {
    const held = heldBack(settings, route);
    if (held) return held;
    const outcome = await answered(route, options, body);
    heed(settings, outcome);
    return outcome;
  }

  async function answered(
    route: string,
    options: { query?: Query; body?: unknown },
    body: "whole" | "stream",
  ): Promise<HttpOutcome> {
    const [method = "GET", path = ""] = route.split(" ");
    const query = new URLSearchParams(Object.entries(options.query ?? {}).map(([name, value]) => [name, `${value}`]));
    const url = `${settings.url}/api/v1${path}${query.size > 0 ? `?${query}` : ""}`;
    try {
      const response = await observed(settings, url, {
        method,
        headers: {
          authorization: `token ${settings.token}`,
          accept: "application/json",
          "user-agent": "afk-loop",
          ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        redirect: "manual",
        signal: AbortSignal.timeout(settings.callMs),
      });
      return await outcomeOf(`${method} ${path}`, response, body);
    } catch (error) {
      const said = error instanceof Error ? error.message : "unknown";
      return { type: "no_answer", why: `no answer: ${said} (${method} ${path})`, auth: false };
    }
  }

  return {
    request: (route, options = {}) => send(route, options, "whole"),
    stream: (route) => send(route, {}, "stream"),
  };
}

async function outcomeOf(route: string, response: Response, body: "whole" | "stream"): Promise<HttpOutcome> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    response.body?.cancel().catch(() => {});
    const why = `${route} is redirected (${status}): FORGEJO_URL is not the server's own, or the repo has another name now`;
    return { type: "no_answer", why, auth: true, cause: "redirected" };
  }
  const headers = Object.fromEntries(response.headers);
  if (body === "stream" && status < 300) return { type: "answer", route, status, headers, data: response.body };
  const text = await response.text();
  return { type: "answer", route, status, headers, data: isJson(response) && text !== "" ? parsed(text) : text };
}

/** What calls itself JSON and is none stays the text it is. */
function parsed(text: string): unknown {
  const value = parseJson(text);
  return value === undefined ? text : value;
}
