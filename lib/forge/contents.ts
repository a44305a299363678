/** A text file as both forges hand it out: in base64, with its size. Whatever else stands at the path is no such file. */
import { known, type Reading, unread } from "../core/types.ts";
import * as z from "../zod.ts";
import { type HttpOutcome, readingOf } from "./results.ts";

const BYTES_MAX = 64 * 1024;

const held = z.union([
  z.pipe(
    z.array(z.unknown()),
    z.transform(() => ({ type: "dir", size: 0, encoding: null, content: null })),
  ),
  z.object({ type: z.string(), size: z.number(), encoding: z.nullish(z.string()), content: z.nullish(z.string()) }),
]);

export function textOf(path: string, outcome: HttpOutcome): Reading<string> {
  const reading = readingOf(outcome, held);
  if (!reading.known) return reading;
  const { type, size, encoding, content } = reading.value;
  if (type !== "file") return unread(`${path} is no file, but a ${type}`);
  if (size > BYTES_MAX) return unread(`${path} is larger than 64 KiB`);
  if (encoding !== "base64" || typeof content !== "string") return unread(`${path} came without its content`);
  const text = decoded(content);
  return text === null ? unread(`${path} is no text in UTF-8`) : known(text);
}

function decoded(base64: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(base64.replace(/\s/g, "")), (character) => character.charCodeAt(0));
    return bytes.length > BYTES_MAX ? null : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
