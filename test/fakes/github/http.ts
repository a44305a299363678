/** From a request to what a route may read, and from a route's answer to the response GitHub would send. */

import { addressOf } from "../forge/address.ts";
import type { SeenRequest } from "../forge/faults.ts";
import { digest } from "../git/git-memory.ts";
import { type Answer, linkHeader, refused } from "./answer.ts";
import type { State } from "./state.ts";

const ETAG_DIGITS = 16;
const API_VERSIONS = ["2022-11-28", "2026-03-10"];

export type Received = SeenRequest & { url: URL; authorization: string | undefined; refusal: Answer | undefined };

/** Reads the whole request; what GitHub refuses whatever the route is in `refusal`. */
export async function receive(request: Request, basePath: string): Promise<Received> {
  const url = addressOf(request.url);
  const path = url.pathname.startsWith(basePath) ? url.pathname.slice(basePath.length) : url.pathname;
  const text = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
  const version = request.headers.get("x-github-api-version");
  let body: unknown;
  let refusal: Answer | undefined;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch {
    refusal = refused(400, "Problems parsing JSON");
  }
  if (version !== null && !API_VERSIONS.includes(version))
    refusal = refused(400, `${version} is not a supported version`);
  const authorization = /^(?:token|bearer)\s+(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return { method: request.method, path, query: url.searchParams, body, url, authorization, refusal };
}

export type Framing = {
  now: number;
  requestId: string;
  basePath: string;
  rateLimit: State["rateLimit"];
  ifNoneMatch: string | null;
  /** Of a token that ends. */
  tokenEndsAt: number | null;
};

/**
 * An answer with the headers GitHub puts on every one; 304 where the caller holds this very body already,
 * also where another page came to follow it: the ETag is that of the body, for one token, and a 304 tells no Link.
 */
export function respond(received: Received, answer: Answer, framing: Framing): Response {
  const { method, url } = received;
  const { limit, used, resetAt } = answer.status === 401 ? nobodys(framing.now) : framing.rateLimit;
  const headers = new Headers({
    date: new Date(framing.now).toUTCString(),
    "x-github-request-id": framing.requestId,
    "x-github-media-type": "github.v3; format=json",
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(Math.max(0, limit - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(resetAt),
    "x-ratelimit-resource": received.path === "/graphql" ? "graphql" : "core",
  });
  if (framing.tokenEndsAt !== null) {
    const ends = new Date(framing.tokenEndsAt).toISOString();
    headers.set("github-authentication-token-expiration", `${ends.slice(0, 10)} ${ends.slice(11, 19)} UTC`);
  }
  let { body } = answer;
  if (answer.location !== undefined) {
    const target = url.origin + framing.basePath + answer.location;
    headers.set("location", target);
    if (body !== undefined) body = { ...Object(body), url: target };
  }
  if (answer.text !== undefined) {
    headers.set("content-type", "text/plain; charset=utf-8");
    return new Response(answer.text, { status: answer.status, headers });
  }
  if (body === undefined) return new Response(null, { status: answer.status, headers });
  const text = JSON.stringify(body);
  if (method === "GET" && answer.status === 200) {
    const etag = etagOf(`${received.authorization} ${text}`);
    headers.set("etag", etag);
    headers.set("cache-control", "private, max-age=60, s-maxage=60");
    if (framing.ifNoneMatch !== null && holds(framing.ifNoneMatch, etag))
      return new Response(null, { status: 304, headers });
  }
  const link = answer.page === undefined ? undefined : linkHeader(url, answer.page);
  if (link !== undefined) headers.set("link", link);
  headers.set("content-type", "application/json; charset=utf-8");
  return new Response(text, { status: answer.status, headers });
}

/** Who proves to be nobody is told what is left to the address it comes from: nothing, where many share that. */
function nobodys(now: number): State["rateLimit"] {
  return { limit: 60, used: 60, resetAt: Math.floor(now / 1000) + 3600 };
}

const ETAGS_KEPT = 1000;
const etags = new Map<string, string>();

/** Most answers are given again as they are, to the same token: a text's tag is made once. */
function etagOf(text: string): string {
  const known = etags.get(text);
  if (known !== undefined) return known;
  const etag = `W/"${digest(text, ETAG_DIGITS)}"`;
  if (etags.size >= ETAGS_KEPT) etags.clear();
  etags.set(text, etag);
  return etag;
}

function holds(ifNoneMatch: string, etag: string): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => bare(tag) === bare(etag) || tag.trim() === "*");
}
