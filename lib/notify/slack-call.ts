/**
 * One call of a method of Slack's Web API, and what Slack said to it.
 *
 *   ok .................................................. ok
 *   no answer, 5xx, 408, redirect, not Slack's words .... retry
 *   429, ratelimited .................................... retry, Retry-After kept
 *   401, 403, a token's own error ....................... retry, auth
 *   any other status .................................... refused
 *   any other error of Slack's .......................... said, in its word: what it means is for the caller to know
 */
import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from "@slack/web-api";
import { without } from "../core/text.ts";
import { type ActResult, retry } from "../core/types.ts";
import * as z from "../zod.ts";

export interface SlackSettings {
  token: string;
  /** An id, or a name where the app may post by name. */
  channel: string;
  apiUrl?: string;
  callMs?: number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const CALL_MS_DEFAULT = 10_000;
const WHY_CHARS_MAX = 200;

const TOKEN_ERRORS = [
  "invalid_auth",
  "not_authed",
  "token_expired",
  "token_revoked",
  "account_inactive",
  "missing_scope",
];
const PASSING_ERRORS = ["internal_error", "fatal_error", "service_unavailable", "request_timeout"];
const RATE_ERRORS = ["ratelimited", "rate_limited"];

const Ok = z.object({ ok: z.literal(true) });

export type Reply =
  | { type: "ok"; body: unknown }
  | { type: "said"; word: string }
  | Exclude<ActResult<never>, { type: "done" }>;

const NOT_SLACKS: Reply = retry("the answer was not Slack's");

export type SlackCall = (method: string, fields: Record<string, unknown>) => Promise<Reply>;

export function createSlackCall(settings: SlackSettings): SlackCall {
  let client: WebClient | null = null;
  return async (method, fields) => {
    // Made at the first call: most looks have nothing to tell, and the client binds hundreds of methods.
    client ??= slackClient(settings);
    try {
      const body = await client.apiCall(method, fields);
      // The client takes any JSON that is no refusal for a yes: a proxy's `{}` would be a bell that rang.
      return Ok.safeParse(body).success ? { type: "ok", body } : NOT_SLACKS;
    } catch (error) {
      return replyOf(error, settings.token);
    }
  };
}

/**
 * The client calls `this.fetch`, which workerd's fetch refuses, and asks for a redirect mode workerd does not know.
 * Its own retries (ten in half an hour, inside the call) are off: the acts retry.
 */
function slackClient(settings: SlackSettings): WebClient {
  const send = settings.fetch;
  return new WebClient(settings.token, {
    ...(settings.apiUrl === undefined ? {} : { slackApiUrl: settings.apiUrl }),
    fetch: (url, init) => send(String(url), { ...init, redirect: "manual" }),
    timeout: settings.callMs ?? CALL_MS_DEFAULT,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: SILENT,
  });
}

/** Its log would go to our standard output, which is ours. */
const SILENT = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

function replyOf(error: unknown, token: string): Reply {
  if (error instanceof WebAPIRateLimitedError)
    return { type: "retry", why: "Slack limits our rate", auth: false, afterMs: waitMs(error.retryAfter) };
  if (error instanceof WebAPIPlatformError) return wordOf(error.data.error, error.data.response_metadata?.retryAfter);
  if (error instanceof WebAPIHTTPError) return statusOf(error.statusCode);
  const cause = error instanceof WebAPIRequestError ? error.original : error;
  const text = cause instanceof Error ? cause.message : "network error";
  const why = `Slack gave no answer: ${without(text, [token])}`;
  return retry(why.slice(0, WHY_CHARS_MAX));
}

function wordOf(word: unknown, retryAfter: unknown): Reply {
  if (typeof word !== "string" || !/^[a-z0-9_]{1,80}$/.test(word)) return NOT_SLACKS;
  const why = `Slack said ${word}`;
  if (TOKEN_ERRORS.includes(word)) return retry(why, true);
  if (PASSING_ERRORS.includes(word)) return retry(why);
  if (RATE_ERRORS.includes(word)) {
    return { type: "retry", why, auth: false, afterMs: waitMs(retryAfter) };
  }
  return { type: "said", word };
}

/** Null for what is no time to wait: the client hands on any number it finds in the header. */
function waitMs(seconds: unknown): number | null {
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

function statusOf(status: number): Reply {
  const why = `Slack answered ${status}`;
  if (status === 401 || status === 403) return retry(why, true);
  const final = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return final ? { type: "refused", why } : retry(why);
}
