/**
 * One call to T3 Code, and what its answer means. A call always ends: with an answer, or without one by its deadline.
 * What did not come from T3 itself (a proxy's page, a redirect, half an answer) is no answer. First match wins:
 *
 *   no answer in time, network ............. unanswered
 *   a redirect (not followed: the token) ... unanswered
 *   401, 403, whoever says it .............. auth
 *   408, 429 ............................... unanswered, Retry-After kept
 *   413 .................................... refused: asking again cannot shorten it
 *   400 with an empty body ................. refused: T3's schema did not accept it
 *   no JSON ................................ unanswered: not T3's words
 *   2xx .................................... answered
 *   500 with T3's code ..................... rejected: an invariant is broken, read what is true
 *   404 with T3's code ..................... missing
 *   another 4xx with a code ................ refused
 *   anything else .......................... unanswered
 *
 * No reason ever holds the token or a proxy's header.
 */
import { parseJson } from "../core/json.ts";
import { retryAfterMs } from "../core/retry-after.ts";
import { without } from "../core/text.ts";
import { type ActResult, retry, type Unread, unread } from "../core/types.ts";
import * as z from "../zod.ts";

export interface T3Connection {
  url: string;
  token: string;
  /** For an access proxy in front of T3; sent with every call. */
  headers: Record<string, string>;
  callMs: number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** What a client of T3 needs beside the way to it. */
export interface T3Settings extends T3Connection {
  /** `<instanceId>/<model>`; null: the T3 project's own default. */
  model: string | null;
  now: () => number;
}

export type Answer =
  | { type: "answered"; body: unknown }
  | { type: "missing"; why: string }
  | { type: "rejected"; why: string }
  | { type: "auth"; why: string }
  | { type: "unanswered"; why: string; afterMs: number | null }
  | { type: "refused"; why: string };

/** An answer that says neither yes nor "not there". */
export type Fault = Exclude<Answer, { type: "answered" } | { type: "missing" }>;

const WHY_CHARS_MAX = 200;
const NOT_FOUND = ["not_found", "thread_not_found"];

/** T3's error body; every word is an open set. */
const Complaint = z.object({
  code: z.string(),
  reason: z.catch(z.optional(z.string()), undefined),
  requiredScope: z.catch(z.optional(z.string()), undefined),
});

export function get(t3: T3Connection, path: string): Promise<Answer> {
  return call(t3, path, { method: "GET" });
}

export function post(t3: T3Connection, path: string, body: unknown): Promise<Answer> {
  return call(t3, path, { method: "POST", body: JSON.stringify(body) });
}

export function asUnread(fault: Fault): Unread {
  return unread(fault.why, fault.type === "auth" ? "auth" : "fault");
}

/** A fault as the end of one try. `rejected` must have been settled by a read before. */
export function asResult(fault: Exclude<Fault, { type: "rejected" }>): ActResult<never> {
  switch (fault.type) {
    case "auth":
      return retry(fault.why, true);
    case "unanswered":
      return { type: "retry", why: fault.why, auth: false, afterMs: fault.afterMs };
    case "refused":
      return { type: "refused", why: fault.why };
    default:
      return fault satisfies never;
  }
}

async function call(t3: T3Connection, path: string, init: RequestInit): Promise<Answer> {
  const send = t3.fetch; // Called on its own: workerd's fetch refuses a foreign `this`.
  try {
    const headers = headersOf(t3);
    if (init.body) headers.set("content-type", "application/json");
    const url = `${t3.url.replace(/\/+$/, "")}${path}`;
    const answer = await inTime(t3.callMs, async (signal) => {
      const response = await send(url, { ...init, headers, redirect: "manual", signal });
      return meaning(response, await response.text());
    });
    return answer.type === "answered" ? answer : { ...answer, why: withoutSecrets(t3, answer.why) };
  } catch (error) {
    return { type: "unanswered", why: withoutSecrets(t3, `T3 gave no answer: ${said(error, t3)}`), afterMs: null };
  }
}

/** The deadline holds also where `fetch` does not heed its signal. */
function inTime<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  const over = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work(signal), over]);
}

function headersOf(t3: T3Connection): Headers {
  const headers = new Headers(t3.headers);
  headers.set("accept", "application/json");
  headers.set("authorization", `Bearer ${t3.token}`);
  return headers;
}

function meaning(response: Response, text: string): Answer {
  const { status } = response;
  const body = parseJson(text);
  if (status >= 200 && status < 300 && body !== undefined) return { type: "answered", body };
  const complaint = Complaint.safeParse(body);
  const code = complaint.success ? complaint.data.code : null;
  const words = complaint.success ? wordsOf(complaint.data) : "";
  const why = `T3 answered ${status}${words}`;
  const askedMs = retryAfterMs(response.headers.get("retry-after"));

  if (status >= 300 && status < 400)
    return { type: "unanswered", why: "T3's address redirected the call elsewhere; not followed", afterMs: null };
  if (status === 401 || status === 403) return { type: "auth", why };
  if (status === 408 || status === 429) return { type: "unanswered", why, afterMs: askedMs };
  if (status === 413) return { type: "refused", why: `${why}: too large` };
  if (status === 400 && text.trim() === "")
    return { type: "refused", why: "T3 did not accept the command (its schema)" };
  if (body === undefined) return { type: "unanswered", why: `${why} without JSON: not its own words`, afterMs: null };
  if (status === 500 && code !== null) return { type: "rejected", why };
  if (status === 404 && complaint.success && isNotFound(complaint.data)) return { type: "missing", why };
  if (status >= 400 && status < 500 && code !== null) return { type: "refused", why };
  return { type: "unanswered", why, afterMs: askedMs };
}

function wordsOf({ code, reason, requiredScope }: z.infer<typeof Complaint>): string {
  const scope = requiredScope === undefined ? "" : `, the token lacks ${requiredScope}`;
  return ` ${code}${reason === undefined ? "" : ` (${reason})`}${scope}`;
}

function isNotFound({ code, reason }: z.infer<typeof Complaint>): boolean {
  return NOT_FOUND.includes(code) || (reason !== undefined && NOT_FOUND.includes(reason));
}

function said(error: unknown, t3: T3Connection): string {
  if (!(error instanceof Error)) return "network error";
  if (error.name === "TimeoutError" || error.name === "AbortError") return `none within ${t3.callMs} ms`;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`;
}

/** Some runtimes quote an invalid header in their error; T3's own words are clipped too. */
function withoutSecrets(t3: T3Connection, why: string): string {
  return without(why, [t3.token, ...Object.values(t3.headers)]).slice(0, WHY_CHARS_MAX);
}
