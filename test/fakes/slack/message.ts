/** A message as it is kept, and as Slack shows it. */
import { blocksOf, type Fields, textOf } from "./fields.ts";
import { type Refusal, refused } from "./refusal.ts";

export const BOT_USER = "U0AFKBOT";

export interface SlackMetadata {
  event_type: string;
  event_payload: Record<string, unknown>;
}

export interface SlackMessage {
  channel: string;
  ts: string;
  thread_ts: string | null;
  reply_broadcast: boolean;
  user: string;
  text: string;
  blocks: unknown[] | null;
  metadata: SlackMetadata | null;
  edits: number;
}

type Content = Pick<SlackMessage, "text" | "blocks">;

export function contentOf(fields: Fields, charsMax: number): Content | Refusal {
  const text = textOf(fields.text) ?? "";
  const blocks = blocksOf(fields.blocks);
  if (blocks === "invalid") return refused("invalid_blocks");
  if (text === "" && blocks === null) return refused("no_text");
  if ([...text].length > charsMax) return refused("msg_too_long");
  return { text, blocks };
}

/** As Slack shows it. */
export function view(message: SlackMessage, withMetadata = true): Record<string, unknown> {
  const { ts, thread_ts, user, text, blocks, metadata, edits } = message;
  return {
    type: "message",
    user,
    ts,
    text,
    ...(user === BOT_USER ? { bot_id: "B0AFK", app_id: "A0AFK", team: "T0AFK" } : {}),
    ...(thread_ts === null ? {} : { thread_ts }),
    ...(blocks === null ? {} : { blocks }),
    ...(metadata === null || !withMetadata ? {} : { metadata }),
    ...(edits === 0 ? {} : { edited: { user, ts } }),
  };
}
