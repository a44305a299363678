/**
 * One repo's durable record, as the loop sees it: a KV store with transactions and one alarm. It decides nothing.
 * Writes with no await between them are one transaction; `transaction` makes that explicit and rolls back on a throw.
 */
export interface Ledger {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
  delete(key: string): void;
  /** Entries whose key begins with `prefix`, by key. */
  list(prefix: string, options?: { reverse?: boolean; limit?: number }): [string, unknown][];
  transaction<T>(work: () => T): T;
  /** Milliseconds since the epoch; null: none. */
  setAlarm(at: number | null): void;
}
