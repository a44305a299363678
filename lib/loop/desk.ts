/** What may be told to a ledger from outside: it records, marks dirty and arms the alarm, and never reconciles. */
import type { Signal } from "../core/types.ts";
import type { Desk } from "./loop.ts";
import { noteSeen } from "./sightings.ts";

export type Told = "accepted" | "duplicate";

/** Waking twice is harmless, so a delivery told before wakes all the same. */
export function record(desk: Desk, deliveryId: string, signal: Signal): Told {
  return desk.store.transaction(() => {
    const seen = desk.store.seenDelivery(deliveryId);
    desk.store.wake(desk.now(), { issue: signal.issue });
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
