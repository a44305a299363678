/** What a ledger keeps of its requests to the forge: answers to be asked for again, and until when it asks nothing. */
import type { Brake, HttpCache } from "../lib/forge/forge.ts";
import type { Ledger } from "../lib/loop/ledger.ts";
import { digest } from "./digest.ts";

/** A ledger lives for seconds beyond its alarm; what it must not ask it knows for longer. */
export function ledgerBrake(ledger: Ledger): Brake {
  return {
    get until() {
      const kept = ledger.get("brake");
      return typeof kept === "number" ? kept : 0;
    },
    set until(ms) {
      ledger.put("brake", ms);
    },
  };
}

const CACHE_ENTRIES_MAX = 60;

/** Answers waiting for their 304, in the ledger; the oldest give way. */
export function ledgerCache(ledger: Ledger): HttpCache {
  const keys = () => {
    const kept = ledger.get("cache");
    return Array.isArray(kept) ? kept.map(String) : [];
  };
  return {
    get(key) {
      const entry = ledger.get(`cache:${digest(key)}`);
      return isCached(entry) ? entry : null;
    },
    put(key, entry) {
      const id = digest(key);
      const others = keys().filter((other) => other !== id);
      for (const old of others.splice(0, Math.max(0, others.length + 1 - CACHE_ENTRIES_MAX)))
        ledger.delete(`cache:${old}`);
      ledger.put("cache", [...others, id]);
      ledger.put(`cache:${id}`, entry);
    },
  };
}

function isCached(value: unknown): value is { etag: string; link: string | null; body: string } {
  return typeof value === "object" && value !== null && "etag" in value && "body" in value;
}
