/**
 * Slack's Web API, as far as a bot posts with it: POST /api/<method> with a form or JSON, always 200 with ok true or
 * false (429 comes by a fault). Messages are kept as people would find them. Refusals, first match wins:
 *
 *   no token ...................... not_authed
 *   another token ................. invalid_auth
 *   a method not played here ...... unknown_method
 *   a scope the token lacks ....... missing_scope
 *   no such channel ............... channel_not_found   (a name will do to post, never to update)
 *   bot is not a member ........... not_in_channel
 *   neither text nor blocks ....... no_text
 *   text too long ................. msg_too_long        (40,000 characters to post, 4,000 to update)
 *   blocks past Slack's limits .... invalid_blocks
 *   metadata without its two keys . invalid_metadata_format
 *   reply to, or of, no message ... thread_not_found
 *   update of no message .......... message_not_found
 *   update of another's message ... cant_update_message
 *   update after the edit window .. edit_window_closed  (a setting of the workspace; none unless asked for)
 */
import type { Asked, Keeps } from "../exchange.ts";
import { OnWire } from "../on-wire.ts";
import { type Fields, fieldsOf, metadataOf, textOf } from "./fields.ts";
import { BOT_USER, contentOf, type SlackMessage, view } from "./message.ts";
import { pageOf } from "./page.ts";
import { type Answer, type Refusal, refused } from "./refusal.ts";

export interface SlackChannel {
  id: string;
  name: string;
  isMember?: boolean;
  isArchived?: boolean;
}

export interface FakeSlackOptions {
  /** Milliseconds. */
  now: () => number;
  keeps?: Keeps;
  token: string;
  channels: SlackChannel[];
  scopes?: string[];
}

const ALL_SCOPES = ["chat:write", "channels:history"];
const POST_CHARS_MAX = 40_000;
const UPDATE_CHARS_MAX = 4_000;

export class FakeSlack extends OnWire {
  readonly messages: SlackMessage[] = [];
  /** How long a message may be edited; null: for ever. */
  editWindowMs: number | null = null;
  readonly #options: FakeSlackOptions;
  #lastTs = 0;

  constructor(options: FakeSlackOptions) {
    super(options);
    this.#options = options;
  }

  handle(request: Request): Promise<Response> {
    return this.wire.exchange(request, (asked) => this.#serve(asked));
  }

  /** A message somebody else wrote. */
  seed(message: { channel: string; user: string; text: string }): string {
    return this.#keep({ ...message, thread_ts: null, reply_broadcast: false, blocks: null, metadata: null }).ts;
  }

  /** What a person sees under a message, oldest first. */
  replies(ts: string): SlackMessage[] {
    return this.messages.filter(({ thread_ts }) => thread_ts === ts);
  }

  #serve(asked: Asked): Response {
    const method = /^\/api\/([A-Za-z.]+)$/.exec(asked.path)?.[1];
    if (asked.method !== "POST" || method === undefined) return new Response("Not Found", { status: 404 });
    const fields = fieldsOf(asked.body);
    const answer = this.#authorised(asked, fields) ?? this.#answer(method, fields);
    return Response.json(answer, { headers: this.#scopesTold(method, answer) });
  }

  /** Slack tells them beside every answer; here, where somebody asks who he is: the simulator's client plays none. */
  #scopesTold(method: string, answer: Answer | Refusal): Record<string, string> {
    const isTold = method === "auth.test" && answer.ok;
    return isTold ? { "x-oauth-scopes": (this.#options.scopes ?? ALL_SCOPES).join(",") } : {};
  }

  #authorised({ headers }: Asked, fields: Fields): Refusal | null {
    const bearer = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? textOf(fields.token);
    if (bearer === null) return refused("not_authed");
    return bearer === this.#options.token ? null : refused("invalid_auth");
  }

  #answer(method: string, fields: Fields): Answer | Refusal {
    switch (method) {
      case "auth.test":
        return {
          ok: true,
          url: "https://afk.slack.test/",
          team: "afk",
          user: "afk",
          team_id: "T0AFK",
          user_id: BOT_USER,
        };
      case "chat.postMessage":
        return this.#lacks("chat:write") ?? this.#post(fields);
      case "chat.update":
        return this.#lacks("chat:write") ?? this.#update(fields);
      case "conversations.info":
        return this.#lacks("channels:read") ?? this.#info(fields);
      case "conversations.history":
        return this.#lacks("channels:history") ?? this.#history(fields);
      case "conversations.replies":
        return this.#lacks("channels:history") ?? this.#replies(fields);
      default:
        return refused("unknown_method");
    }
  }

  #lacks(needed: string): Refusal | null {
    const { scopes = ALL_SCOPES } = this.#options;
    return scopes.includes(needed) ? null : { ...refused("missing_scope"), needed, provided: scopes.join(",") };
  }

  /** By its id alone, as every method but the posting one. */
  #info(fields: Fields): Answer | Refusal {
    const channel = this.#options.channels.find(({ id }) => id === textOf(fields.channel));
    if (channel === undefined) return refused("channel_not_found");
    const { id, name, isMember = true, isArchived = false } = channel;
    return { ok: true, channel: { id, name, is_channel: true, is_archived: isArchived, is_member: isMember } };
  }

  #post(fields: Fields): Answer | Refusal {
    const wanted = textOf(fields.channel)?.replace(/^#/, "");
    const channel = this.#options.channels.find(({ id, name }) => id === wanted || name === wanted);
    if (channel === undefined) return refused("channel_not_found");
    if (channel.isMember === false) return refused("not_in_channel");
    const content = contentOf(fields, POST_CHARS_MAX);
    if ("ok" in content) return content;
    const metadata = metadataOf(fields.metadata);
    if (metadata === "invalid") return refused("invalid_metadata_format");
    const thread_ts = textOf(fields.thread_ts);
    if (thread_ts !== null && this.#find(channel.id, thread_ts) === undefined) return refused("thread_not_found");
    const reply_broadcast = thread_ts !== null && String(fields.reply_broadcast) === "true";
    const message = this.#keep({
      channel: channel.id,
      thread_ts,
      reply_broadcast,
      user: BOT_USER,
      ...content,
      metadata,
    });
    return { ok: true, channel: channel.id, ts: message.ts, message: view(message) };
  }

  #update(fields: Fields): Answer | Refusal {
    const channel = this.#options.channels.find(({ id }) => id === textOf(fields.channel));
    if (channel === undefined) return refused("channel_not_found");
    const message = this.#find(channel.id, textOf(fields.ts) ?? "");
    if (message === undefined) return refused("message_not_found");
    if (message.user !== BOT_USER) return refused("cant_update_message");
    if (this.editWindowMs !== null && this.#options.now() > Number(message.ts) * 1000 + this.editWindowMs)
      return refused("edit_window_closed");
    const content = contentOf(fields, UPDATE_CHARS_MAX);
    if ("ok" in content) return content;
    const metadata = metadataOf(fields.metadata);
    if (metadata === "invalid") return refused("invalid_metadata_format");
    // Text without blocks takes the blocks away; metadata stays until it is given anew.
    Object.assign(message, content, { edits: message.edits + 1, metadata: metadata ?? message.metadata });
    return { ok: true, channel: channel.id, ts: message.ts, text: message.text, message: view(message) };
  }

  /** The channel's own messages, newest first; of threads only what was broadcast. */
  #history(fields: Fields): Answer | Refusal {
    const channel = this.#readable(fields);
    if ("ok" in channel) return channel;
    return pageOf(
      fields,
      this.messages
        .filter((each) => each.channel === channel.id && (each.thread_ts === null || each.reply_broadcast))
        .reverse(),
    );
  }

  /** The message itself, and what lies under it, oldest first. */
  #replies(fields: Fields): Answer | Refusal {
    const channel = this.#readable(fields);
    if ("ok" in channel) return channel;
    const parent = this.#find(channel.id, textOf(fields.ts) ?? "");
    if (parent === undefined) return refused("thread_not_found");
    return pageOf(fields, [parent, ...this.replies(parent.ts)]);
  }

  #readable(fields: Fields): SlackChannel | Refusal {
    const channel = this.#options.channels.find(({ id }) => id === textOf(fields.channel));
    if (channel === undefined) return refused("channel_not_found");
    return channel.isMember === false ? refused("not_in_channel") : channel;
  }

  #find(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find((each) => each.channel === channel && each.ts === ts);
  }

  #keep(message: Omit<SlackMessage, "ts" | "edits">): SlackMessage {
    // Microseconds, and never the same twice.
    this.#lastTs = Math.max(this.#lastTs + 1, this.#options.now() * 1000);
    const micros = String(this.#lastTs).padStart(7, "0");
    const kept = { ...message, ts: `${micros.slice(0, -6)}.${micros.slice(-6)}`, edits: 0 };
    this.messages.push(kept);
    return kept;
  }
}
