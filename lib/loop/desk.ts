/** What may be told to a ledger from outside: it records, marks dirty and arms the alarm, and never reconciles. */
import type { Settings } from "../core/config.ts";
import type { Digest } from "../core/ids.ts";
import type { Signal } from "../core/types.ts";
import { noteSeen } from "./sightings.ts";
import type { Store } from "./store.ts";

export type Told = "accepted" | "duplicate";

/** All that recording needs: no port is built for it. */
export interface Desk {
  settings: Settings;
  store: Store;
  digest: Digest;
  now(): number;
}

/** Waking twice is harmless, so a delivery told before wakes all the same. */
export function record(desk: Desk, deliveryId: string, signal: Signal): Told {
  return desk.store.transaction(() => {
    const seen = desk.store.seenDelivery(deliveryId);
    desk.store.wake(desk.now(), signal.issue);
    if (signal.issue !== null && signal.seen) noteSeen(desk, signal.issue, signal.seen);
    return seen ? "duplicate" : "accepted";
  });
}

export function wake(desk: Desk): void {
  desk.store.transaction(() => desk.store.wake(desk.now()));
}

export function hasRun(desk: Desk, runId: string): boolean {
  return desk.store.run(runId) !== null;
}
