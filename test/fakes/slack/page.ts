/** A page of messages, as both methods that read a channel answer it: cut by time, then by `limit` and `cursor`. */
import { type Fields, textOf } from "./fields.ts";
import { type SlackMessage, view } from "./message.ts";
import { type Answer, type Refusal, refused } from "./refusal.ts";

const LIMIT_MAX = 999;

export function pageOf(fields: Fields, all: SlackMessage[]): Answer | Refusal {
  const limit = Math.min(Number(textOf(fields.limit) ?? 100), LIMIT_MAX);
  if (!Number.isInteger(limit) || limit < 1) return refused("invalid_limit");
  const oldest = Number(textOf(fields.oldest) ?? 0);
  const latest = Number(textOf(fields.latest) ?? Number.POSITIVE_INFINITY);
  const isInclusive = String(fields.inclusive) === "true";
  const withMetadata = String(fields.include_all_metadata) === "true";
  const offset = Number(textOf(fields.cursor) ?? 0);
  const isIn = (ts: number) => (ts > oldest && ts < latest) || (isInclusive && (ts === oldest || ts === latest));
  const found = all.filter(({ ts }) => isIn(Number(ts)));
  const has_more = offset + limit < found.length;
  const messages = found.slice(offset, offset + limit).map((each) => view(each, withMetadata));
  const next = has_more ? { response_metadata: { next_cursor: String(offset + limit) } } : {};
  return { ok: true, messages, has_more, ...next };
}
