/**
 * The port VersionProbe over HTTP. A page is a stranger: no token and no cookie goes along, no redirect is followed, no
 * more than 64 KiB of it is read, and nothing it says is quoted in a reason.
 */
import { parseJson } from "../core/json.ts";
import { known, type Reading, unread } from "../core/types.ts";
import type { VersionProbe } from "./version-probe.ts";

export interface ProbeSettings {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** For the whole answer. */
  callMs: number;
}

const PAGE_BYTES_MAX = 64 * 1024;

export function createVersionProbe(settings: ProbeSettings): VersionProbe {
  return {
    async version(url, key) {
      if (!URL.canParse(url)) return unread("is not asked: it is no URL");
      const { username, password } = new URL(url);
      if (username !== "" || password !== "") return unread("is not asked: its URL holds credentials");
      const page = await textOf(settings, url, key);
      return page.known ? wordIn(page.value, key) : page;
    },
  };
}

async function textOf(settings: ProbeSettings, url: string, key: string | null): Promise<Reading<string>> {
  const { fetch: send, callMs } = settings; // Called on its own: workerd's fetch refuses a foreign `this`.
  const signal = AbortSignal.timeout(callMs);
  try {
    const accept = key === null ? "text/plain, */*;q=0.5" : "application/json, */*;q=0.5";
    const headers = { accept, "cache-control": "no-cache" };
    const response = await send(url, { method: "GET", headers, redirect: "manual", signal });
    if (response.status === 200) return await readBounded(response);
    await response.body?.cancel();
    return unread(`answers ${response.status}`);
  } catch {
    return unread(signal.aborted ? "gives no answer in time" : "gives no answer");
  }
}

/** Bytes are counted as they come: a length that is told may be a lie. */
async function readBounded(response: Response): Promise<Reading<string>> {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const reader = response.body?.getReader();
  let text = "";
  let bytes = 0;
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > PAGE_BYTES_MAX) {
      await reader?.cancel();
      return unread("answers more than 64 KiB");
    }
    const piece = decoded(utf8, part.value);
    if (piece === null) {
      await reader?.cancel();
      return unread("answers no UTF-8");
    }
    text += piece;
  }
  const rest = decoded(utf8);
  return rest === null ? unread("answers no UTF-8") : known(text + rest);
}

/** Null: these bytes are no UTF-8. Without bytes: what is left of a character at the end. */
function decoded(utf8: TextDecoder, bytes?: Uint8Array): string | null {
  try {
    return bytes ? utf8.decode(bytes, { stream: true }) : utf8.decode();
  } catch {
    return null;
  }
}

function wordIn(text: string, key: string | null): Reading<string> {
  if (key === null) return known(text.trim());
  const page = parseJson(text);
  if (typeof page !== "object" || page === null || !Object.hasOwn(page, key))
    return unread("answers no JSON object with its key");
  const word: unknown = Object.getOwnPropertyDescriptor(page, key)?.value;
  return typeof word === "string" ? known(word.trim()) : unread("answers no text under its key");
}
