/**
 * The board and bell in one Slack channel: one message a run, updated in place; a bell is a reply under it, shown in
 * the channel as well when a person is needed (an update notifies nobody).
 *
 * Slack has no idempotency key, and a post whose answer was lost may well be there. So every post carries its key as
 * metadata and is looked for before it is made; a token that may not read the channel posts without looking, and then
 * `client_msg_id` is all that stands between a lost answer and a second message.
 *
 *   ok .................................................. done
 *   no answer, 5xx, 408, redirect, not Slack's words .... retry
 *   429, ratelimited .................................... retry, Retry-After kept
 *   401, 403, a token's own error ....................... retry, auth
 *   any other error of Slack's .......................... refused
 */
import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from "@slack/web-api";
import * as z from "zod";
import { type ActResult, done } from "../core/types.ts";
import type { Notice, Notifier } from "./notifier.ts";
import { type SlackMessage, slackMessage } from "./slack-markup.ts";

export interface SlackSettings {
  token: string;
  /** An id, or a name where the app may post by name. */
  channel: string;
  apiUrl?: string;
  callMs?: number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const CALL_MS_DEFAULT = 10_000;
const SEARCH_MESSAGES_MAX = 100;
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
const NOT_OURS_TO_UPDATE = ["message_not_found", "cant_update_message"];
const NO_PARENT = ["thread_not_found", "message_not_found", "cannot_reply_to_message"];
/** Undocumented, but seen: the same `client_msg_id` was posted already. */
const POSTED_BEFORE = ["duplicate_client_msg_id", "duplicate_message_not_allowed"];

const Ok = z.object({ ok: z.literal(true) });
const Posted = z.object({ ts: z.string().min(1), channel: z.string().optional().catch(undefined) });
const Page = z.object({ messages: z.array(z.unknown()).catch([]) });
const Found = z.object({
  ts: z.string(),
  metadata: z.object({ event_type: z.string(), event_payload: z.object({ key: z.string() }) }),
});

type Reply =
  | { type: "ok"; body: unknown }
  | { type: "said"; word: string }
  | Exclude<ActResult<never>, { type: "done" }>;

const NOT_SLACKS: Reply = { type: "retry", why: "the answer was not Slack's", auth: false, afterMs: null };

/** Where a message is. A message's id holds both: the setting may name the channel otherwise by then. */
interface Place {
  channel: string;
  ts: string;
}

export function createSlackNotifier(settings: SlackSettings): Notifier {
  let client: WebClient | null = null;

  async function call(method: string, fields: Record<string, unknown>): Promise<Reply> {
    // Made at the first call: most looks have nothing to tell, and the client binds hundreds of methods.
    client ??= slackClient(settings);
    try {
      const body = await client.apiCall(method, fields);
      // The client takes any JSON that is no refusal for a yes: a proxy's `{}` would be a bell that rang.
      return Ok.safeParse(body).success ? { type: "ok", body } : NOT_SLACKS;
    } catch (error) {
      return replyOf(error, settings.token);
    }
  }

  /** The message that carries this key, if there is one and we may look; never a reason not to post. */
  async function find(kind: Kind, key: string, under: Place | null): Promise<Place | null> {
    const channel = under?.channel ?? settings.channel;
    const fields = { channel, limit: SEARCH_MESSAGES_MAX, include_all_metadata: true };
    const reply = under
      ? await call("conversations.replies", { ...fields, ts: under.ts })
      : await call("conversations.history", fields);
    if (reply.type !== "ok") return null;
    for (const value of Page.safeParse(reply.body).data?.messages ?? []) {
      const { ts, metadata } = Found.safeParse(value).data ?? {};
      if (ts && metadata?.event_type === kind && metadata.event_payload.key === key) return { channel, ts };
    }
    return null;
  }

  async function post(kind: Kind, key: string, message: SlackMessage, thread: object): Promise<Reply> {
    return call("chat.postMessage", {
      channel: settings.channel,
      ...thread,
      ...message,
      ...PLAIN,
      ...NO_PREVIEWS,
      client_msg_id: await uuidOf(`${kind}:${key}`),
      metadata: { event_type: kind, event_payload: { key } },
    });
  }

  /** Null: there is no message of ours at that place. */
  async function update(place: Place, message: SlackMessage): Promise<ActResult<string | null> | null> {
    const reply = await call("chat.update", { ...place, ...message, ...PLAIN });
    if (reply.type === "ok") return done(idOf(place));
    return reply.type === "said" && NOT_OURS_TO_UPDATE.includes(reply.word) ? null : resultOf(reply);
  }

  async function show(id: string | null, notice: Notice, key: string): Promise<ActResult<string | null>> {
    const message = slackMessage(notice);
    const updated = id === null ? null : await update(placeOf(id, settings.channel), message);
    if (updated) return updated;
    const found = await find("afk_board", key, null);
    const updatedFound = found && (await update(found, message));
    if (updatedFound) return updatedFound;
    const posted = await post("afk_board", key, message, {});
    if (posted.type === "said" && POSTED_BEFORE.includes(posted.word)) return done(null);
    if (posted.type !== "ok") return resultOf(posted);
    const { ts, channel } = Posted.safeParse(posted.body).data ?? {};
    return done(ts === undefined ? null : idOf({ channel: channel ?? settings.channel, ts }));
  }

  async function ring(
    notice: Notice,
    urgency: "done" | "needs_human",
    under: string | null,
    key: string,
  ): Promise<ActResult> {
    const parent = under === null ? null : placeOf(under, settings.channel);
    if (await find("afk_bell", key, parent)) return done(null);
    const message = slackMessage(notice);
    const thread = parent
      ? { channel: parent.channel, thread_ts: parent.ts, reply_broadcast: urgency === "needs_human" }
      : {};
    const posted = await post("afk_bell", key, message, thread);
    if (posted.type === "said" && POSTED_BEFORE.includes(posted.word)) return done(null);
    if (posted.type === "said" && parent && NO_PARENT.includes(posted.word)) return ring(notice, urgency, null, key);
    return posted.type === "ok" ? done(null) : resultOf(posted);
  }

  return { name: "slack", show, ring };
}

type Kind = "afk_board" | "afk_bell";

/** Slack is to make nothing of its own out of the text. */
const PLAIN = { parse: "none", link_names: false };
const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false };

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
  const why = `Slack gave no answer: ${token === "" ? text : text.replaceAll(token, "[redacted]")}`;
  return { type: "retry", why: why.slice(0, WHY_CHARS_MAX), auth: false, afterMs: null };
}

function wordOf(word: unknown, retryAfter: unknown): Reply {
  if (typeof word !== "string" || !/^[a-z0-9_]{1,80}$/.test(word)) return NOT_SLACKS;
  const why = `Slack said ${word}`;
  if (TOKEN_ERRORS.includes(word)) return { type: "retry", why, auth: true, afterMs: null };
  if (PASSING_ERRORS.includes(word)) return { type: "retry", why, auth: false, afterMs: null };
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
  if (status === 401 || status === 403) return { type: "retry", why, auth: true, afterMs: null };
  const final = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return final ? { type: "refused", why } : { type: "retry", why, auth: false, afterMs: null };
}

function resultOf(reply: Exclude<Reply, { type: "ok" }>): ActResult<never> {
  return reply.type === "said" ? { type: "refused", why: `Slack said ${reply.word}` } : reply;
}

function idOf({ channel, ts }: Place): string {
  return `${channel}/${ts}`;
}

function placeOf(id: string, channel: string): Place {
  const slash = id.lastIndexOf("/");
  return slash < 0 ? { channel, ts: id } : { channel: id.slice(0, slash), ts: id.slice(slash + 1) };
}

/** The same text gives the same id. */
async function uuidOf(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const hex = [...hash.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join("-");
}
