/** How a request leaves for any forge, and who hears of it. What to follow, keep or read is each adapter's own. */
import type { Quota } from "../core/quota.ts";
import type { Braked } from "./brake.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Where answers wait for their 304. Synchronous, as a ledger's KV is. */
export interface HttpCache {
  get(key: string): CachedAnswer | null;
  put(key: string, entry: CachedAnswer): void;
}

export interface CachedAnswer {
  etag: string;
  link: string | null;
  body: string;
}

export interface Call {
  method: string;
  path: string;
  /** Null: no answer came. */
  status: number | null;
  ms: number;
}

/** Our own account: read once, since it does not change under its token, and kept by whoever outlives a client. */
export interface OwnAccount<T> {
  identity: T | null;
}

export interface HttpSettings extends Braked {
  fetch: Fetch;
  callMs: number;
  cache?: HttpCache;
  onQuota?: (quota: Quota) => void;
  onCall?: (call: Call) => void;
}

export function isJson(response: Response): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(response.headers.get("content-type") ?? "");
}

/** One request, told to `onCall` whatever becomes of it. */
export async function observed(settings: HttpSettings, url: string, init: RequestInit): Promise<Response> {
  const { now = Date.now, onCall, fetch } = settings;
  const startedAt = now();
  const told = (status: number | null) =>
    onCall?.({ method: init.method ?? "GET", path: new URL(url).pathname, status, ms: now() - startedAt });
  try {
    const response = await fetch(url, init);
    told(response.status);
    return response;
  } catch (error) {
    told(null);
    throw error;
  }
}
