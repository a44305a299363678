/**
 * A bell on a phone, by ntfy; it has no board, so `show` does nothing. The topic's name is the password: it is in no
 * reason, and neither is the token. A bell rung again after a lost answer carries the same sequence id, with which a
 * newer server replaces the first instead of ringing twice; an older one rings twice.
 *
 *   200 in ntfy's words ........................... done
 *   no answer, 5xx, 408, redirect, other words .... retry
 *   429 ........................................... retry, Retry-After kept
 *   401, 403 ...................................... retry, auth
 *   any other 4xx ................................. refused
 */
import { parseJson } from "../core/json.ts";
import { retryAfterMs } from "../core/retry-after.ts";
import { without } from "../core/text.ts";
import { type ActResult, done, retry } from "../core/types.ts";
import * as z from "../zod.ts";
import { hashId } from "./hash-id.ts";
import type { Notice, Notifier } from "./notifier.ts";

export interface NtfySettings {
  /** The topic's URL. */
  url: string;
  token: string | null;
  callMs: number;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** More would arrive as an attachment. */
const MESSAGE_BYTES_MAX = 4096;
const TITLE_BYTES_MAX = 1000;
const WHY_CHARS_MAX = 200;

const BELLS = {
  done: { priority: 3, tags: ["white_check_mark"] },
  needs_human: { priority: 5, tags: ["rotating_light"] },
};

const Published = z.object({ id: z.string() });
const Complaint = z.object({ error: z.string() });

export function createNtfyNotifier(settings: NtfySettings): Notifier {
  const { server, topic } = addressOf(settings.url);

  async function ring(
    notice: Notice,
    urgency: "done" | "needs_human",
    _under: string | null,
    key: string,
  ): Promise<ActResult> {
    if (topic === "") return { type: "refused", why: "NTFY_URL names no topic" };
    const send = settings.fetch; // Called on its own: workerd's fetch refuses a foreign `this`.
    try {
      const response = await send(server, {
        method: "POST",
        headers: await headersOf(settings, key),
        body: JSON.stringify(publication(topic, notice, urgency)),
        redirect: "manual",
        signal: AbortSignal.timeout(settings.callMs),
      });
      return resultOf(response, await response.text());
    } catch (error) {
      const text = error instanceof Error ? error.message : "network error";
      return retry(`ntfy gave no answer: ${without(text, [settings.token, topic]).slice(0, WHY_CHARS_MAX)}`);
    }
  }

  return { name: "ntfy", show: async () => done(null), ring };
}

function publication(topic: string, notice: Notice, urgency: "done" | "needs_human") {
  const click = notice.links.map(({ url }) => url).find(isWebUrl);
  return {
    topic,
    title: clipBytes(notice.title.replace(/\s+/g, " ").trim(), TITLE_BYTES_MAX),
    message: clipBytes(notice.lines.join("\n").trim() || notice.title, MESSAGE_BYTES_MAX),
    ...BELLS[urgency],
    ...(click === undefined ? {} : { click }),
  };
}

async function headersOf(settings: NtfySettings, key: string): Promise<Headers> {
  // ntfy takes up to 64 letters, digits, `-` and `_`.
  const headers = new Headers({ "content-type": "application/json", "x-sequence-id": await hashId(key) });
  if (settings.token !== null) headers.set("authorization", `Bearer ${settings.token}`);
  return headers;
}

function resultOf(response: Response, text: string): ActResult {
  const { status } = response;
  const body = parseJson(text);
  const words = Complaint.safeParse(body).data?.error;
  const why = `ntfy answered ${status}${words === undefined ? "" : ` (${words.slice(0, WHY_CHARS_MAX)})`}`;
  if (status >= 300 && status < 400) return retry("ntfy's address redirected the call elsewhere; not followed");
  if (status === 401 || status === 403) return retry(why, true);
  if (status === 429)
    return { type: "retry", why, auth: false, afterMs: retryAfterMs(response.headers.get("retry-after")) };
  if (status >= 200 && status < 300)
    return Published.safeParse(body).success ? done(null) : retry(`${why}: not ntfy's`);
  if (status >= 400 && status < 500 && status !== 408) return { type: "refused", why };
  return retry(why);
}

/** `https://host/topic`: a JSON message goes to the server's root and names its topic. */
function addressOf(text: string): { server: string; topic: string } {
  const url = new URL(text);
  const path = url.pathname.replace(/\/+$/, "");
  const slash = path.lastIndexOf("/");
  return { server: `${url.origin}${path.slice(0, slash)}/`, topic: path.slice(slash + 1) };
}

/**
 * At most `limit` bytes of UTF-8 as they stand in the JSON, never cut inside a character: a server takes a JSON body of
 * twice a message's size, which a message of quotes alone would fill.
 */
export function clipBytes(text: string, limit: number): string {
  if (bytesInJson(text) <= limit) return text;
  const end = " …";
  let bytes = 0;
  let out = "";
  let fitting = "";
  for (const character of text) {
    bytes += bytesInJson(character);
    if (bytes > limit) return `${fitting}${end}`;
    out += character;
    if (bytes <= limit - bytesInJson(end)) fitting = out;
  }
  return out;
}

function bytesInJson(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length - 2;
}

function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
