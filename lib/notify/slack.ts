/**
 * The board and bell in one Slack channel: one message a run, updated in place; a bell is a reply under it, shown in
 * the channel as well when a person is needed (an update notifies nobody).
 *
 * Slack has no idempotency key, and a post whose answer was lost may well be there. So every post carries its key as
 * metadata and is looked for before it is made; a token that may not read the channel posts without looking, and then
 * `client_msg_id` is all that stands between a lost answer and a second message.
 *
 *   board that is gone, or not ours ...... posted anew
 *   board too old to be edited ........... done: it stays as it stands, and the bell is a reply under it all the same
 *   any other error of Slack's ........... refused
 *   whatever else Slack says ............. as `slack-call` has it
 */
import { type ActResult, done } from "../core/types.ts";
import * as z from "../zod.ts";
import { hashId } from "./hash-id.ts";
import type { Notice, Notifier } from "./notifier.ts";
import { createSlackCall, type Reply, type SlackSettings } from "./slack-call.ts";
import { type SlackMessage, slackMessage } from "./slack-markup.ts";

const SEARCH_MESSAGES_MAX = 100;

const NOT_OURS_TO_UPDATE = ["message_not_found", "cant_update_message"];
/** How long a message may be edited is a setting of the workspace. */
const STAYS_AS_IT_IS = "edit_window_closed";
const NO_PARENT = ["thread_not_found", "message_not_found", "cannot_reply_to_message"];
/** Undocumented, but seen: the same `client_msg_id` was posted already. */
const POSTED_BEFORE = ["duplicate_client_msg_id", "duplicate_message_not_allowed"];

const Posted = z.object({ ts: z.string().check(z.minLength(1)), channel: z.catch(z.optional(z.string()), undefined) });
const Page = z.object({ messages: z.catch(z.array(z.unknown()), []) });
const Found = z.object({
  ts: z.string(),
  metadata: z.object({ event_type: z.string(), event_payload: z.object({ key: z.string() }) }),
});

/** Where a message is. A message's id holds both: the setting may name the channel otherwise by then. */
interface Place {
  channel: string;
  ts: string;
}

export function createSlackNotifier(settings: SlackSettings): Notifier {
  const call = createSlackCall(settings);

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
    if (reply.type === "ok" || (reply.type === "said" && reply.word === STAYS_AS_IT_IS)) return done(idOf(place));
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
  const hex = await hashId(text);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join("-");
}
