/** From a request to what a route may read, and from a route's answer to the response Forgejo would send. */
import { addressOf } from "../forge/address.ts";
import type { SeenRequest } from "../forge/faults.ts";
import { isRecord } from "../forge/request-body.ts";
import { type Answer, linkHeader, refused } from "./answer.ts";
import { goJson } from "./go-json.ts";

export type Received = SeenRequest & {
  url: URL;
  headers: Headers;
  token: string | undefined;
  refusal: Answer | undefined;
};

/** Reads the whole request; a body that is no JSON is in `refusal`. */
export async function receive(request: Request, basePath: string): Promise<Received> {
  const url = addressOf(request.url);
  const path = url.pathname.startsWith(`${basePath}/`) ? url.pathname.slice(basePath.length) : url.pathname;
  const text = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
  let body: unknown;
  let refusal: Answer | undefined;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch (error) {
    refusal = refused(422, error instanceof Error ? error.message : String(error));
  }
  const { method, headers } = request;
  return { method, path, query: url.searchParams, body, url, headers, token: tokenOf(headers), refusal };
}

/** `token X`, `bearer X`, or Basic credentials with the token in either half. */
function tokenOf(headers: Headers): string | undefined {
  const text = headers.get("authorization") ?? "";
  const plain = /^(?:token|bearer)\s+(\S+)$/i.exec(text)?.[1];
  const basic = /^basic\s+(\S+)$/i.exec(text)?.[1];
  if (basic === undefined) return plain;
  const [name = "", password = ""] = atob(basic).split(":");
  return password === "" || password === "x-oauth-basic" ? name : password;
}

export type Framing = { now: number; rootUrl: string };

export function respond({ url }: Received, answer: Answer, { now, rootUrl }: Framing): Response {
  const headers = new Headers({
    date: new Date(now).toUTCString(),
    "cache-control": "max-age=0, private, must-revalidate, no-transform",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
  });
  if (answer.total !== undefined) {
    headers.set("access-control-expose-headers", "X-Total-Count");
    headers.set("x-total-count", String(answer.total));
  }
  const link = answer.page === undefined ? undefined : linkHeader(rootUrl, url, answer.page);
  if (link !== undefined) headers.set("link", link);
  if (answer.location !== undefined) headers.set("location", answer.location);
  if (answer.text !== undefined) {
    headers.set("content-type", "text/plain; charset=utf-8");
    return new Response(answer.text, { status: answer.status, headers });
  }
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers });
  const isError = answer.status >= 400 && isRecord(answer.body);
  const body = isError ? { ...Object(answer.body), url: `${rootUrl}/api/swagger` } : answer.body;
  headers.set("content-type", "application/json;charset=utf-8");
  return new Response(goJson(body), { status: answer.status, headers });
}
