/** The interface Ledger on a Durable Object's storage. It decides nothing. */
import type { Ledger } from "../lib/loop/ledger.ts";

/** What it needs of the storage: the platform's own in workerd, the simulator's elsewhere. */
export interface LedgerStorage {
  kv: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
    list(options: { prefix: string; reverse?: boolean; limit?: number }): Iterable<[string, unknown]>;
  };
  transactionSync<T>(work: () => T): T;
  setAlarm(at: number): Promise<void>;
  deleteAlarm(): Promise<void>;
}

/** `key` names the repo: an alarm does not say whose it is, so it is stored with the alarm. */
export function ledgerOn(storage: LedgerStorage, key: string): Ledger {
  const { kv } = storage;
  return {
    get: (name) => kv.get(name),
    put: (name, value) => kv.put(name, value),
    delete: (name) => {
      kv.delete(name);
    },
    list: (prefix, options = {}) => [...kv.list({ prefix, ...options })],
    transaction: (work) => storage.transactionSync(work),
    setAlarm: (at) => {
      // The platform says no to such a time only later, to nobody, and the repo would sleep for ever.
      if (at !== null && !Number.isFinite(at)) throw new RangeError(`not a time for an alarm: ${at}`);
      if (kv.get("key") !== key) kv.put("key", key);
      // Part of the same implicit transaction as the writes around it; the output gate waits for it.
      void (at === null ? storage.deleteAlarm() : storage.setAlarm(at));
    },
  };
}
