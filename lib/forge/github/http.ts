/**
 * The one way a request leaves for GitHub: a `fetch` for Octokit with a deadline, conditional reads and a witness.
 *
 *   deadline .......... one per call, over redirects and body alike
 *   redirect .......... followed for a GET on the same origin only, so no token travels; anything else is handed back
 *   GET with an ETag .. kept, asked again with If-None-Match, and a 304 becomes the stored 200 (it costs no quota)
 *   full last page .... asked again without: the ETag is the body's alone, and no 304 tells that a page came to follow
 */
import { parseJson } from "../../core/json.ts";
import type { Quota } from "../../core/quota.ts";
import { type CachedAnswer, type Fetch, type HttpSettings, isJson, observed } from "../http.ts";

const CACHED_BODY_BYTES_MAX = 256 * 1024;
const REDIRECTS_MAX = 3;
const REDIRECTS = [301, 302, 307, 308];

export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status);
}

export function createGithubFetch(settings: HttpSettings): Fetch {
  const { cache } = settings;

  async function send(url: string, init: RequestInit, hops: number): Promise<Response> {
    const method = init.method ?? "GET";
    const key = `${method} ${url}`;
    const kept = method === "GET" ? (cache?.get(key) ?? null) : null;
    const held = kept && !isFullLastPage(url, kept) ? kept : null;
    const headers = new Headers(init.headers);
    if (held) headers.set("if-none-match", held.etag);
    const response = await observed(settings, url, { ...init, method, headers });
    const quota = quotaOf(response, settings.now ?? Date.now);
    if (quota) settings.onQuota?.(quota);

    if (response.status === 304 && held) return restored(held, response);
    const next = method === "GET" && hops < REDIRECTS_MAX ? sameOriginTarget(url, response) : null;
    if (next) {
      // Not awaited: a sender that stalls may stall its cancelling too.
      response.body?.cancel().catch(() => {});
      return send(next, init, hops + 1);
    }
    if (response.status === 204 || !isJson(response)) return response;
    // Read here, whole: a body that breaks off must be a failed call and never an empty answer.
    const body = await response.text();
    const etag = response.headers.get("etag");
    if (cache && method === "GET" && response.status === 200 && etag && fits(body))
      cache.put(key, { etag, link: response.headers.get("link"), body });
    return new Response(body, { status: response.status, headers: response.headers });
  }

  return (url, init) => send(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(settings.callMs) }, 0);
}

/**
 * GraphQL and search have purses of their own; only the common one tells when everything must pause. That of a 401 is
 * nobody's: the 60 requests of the address we come from. The reset is told on GitHub's clock, and so is the answer's
 * date: what lies between them is the same on ours.
 */
function quotaOf({ status, headers }: Response, now: () => number): Quota | null {
  if (status === 401) return null;
  const remaining = headers.get("x-ratelimit-remaining") ?? "";
  const reset = headers.get("x-ratelimit-reset") ?? "";
  if ((headers.get("x-ratelimit-resource") ?? "core") !== "core") return null;
  if (!/^\d{1,9}$/.test(remaining) || !/^\d{1,11}$/.test(reset)) return null;
  const date = Date.parse(headers.get("date") ?? "");
  const limit = headers.get("x-ratelimit-limit") ?? "";
  const aheadMs = Number.isNaN(date) ? 0 : date - now();
  const resetAt = Number(reset) * 1000 - aheadMs;
  return { remaining: Number(remaining), resetAt, ...(/^\d{1,9}$/.test(limit) ? { limit: Number(limit) } : {}) };
}

/** Of a bare list: one that is wrapped tells in its body how long it is. */
function isFullLastPage(url: string, { link, body }: CachedAnswer): boolean {
  const perPage = Number(new URL(url).searchParams.get("per_page"));
  if (perPage === 0 || /rel="next"/.test(link ?? "") || !body.startsWith("[")) return false;
  const page = parseJson(body);
  return Array.isArray(page) && page.length >= perPage;
}

function restored(held: CachedAnswer, notModified: Response): Response {
  const headers = new Headers(notModified.headers);
  headers.set("content-type", "application/json; charset=utf-8");
  headers.set("etag", held.etag);
  if (held.link) headers.set("link", held.link);
  return new Response(held.body, { status: 200, headers });
}

function sameOriginTarget(url: string, response: Response): string | null {
  const location = response.headers.get("location");
  if (!isRedirect(response.status) || !location || !URL.canParse(location, url)) return null;
  const target = new URL(location, url);
  return target.origin === new URL(url).origin ? target.href : null;
}

/** A character is three bytes at most: only a long body is counted. */
function fits(body: string): boolean {
  if (body.length * 3 <= CACHED_BODY_BYTES_MAX) return true;
  return body.length <= CACHED_BODY_BYTES_MAX && new TextEncoder().encode(body).byteLength <= CACHED_BODY_BYTES_MAX;
}
