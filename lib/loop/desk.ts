/** What may be told to a ledger from outside: it records, marks dirty and arms the alarm, and never reconciles. */
import type { Signal } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import { noteSeen } from "./sightings.ts";

export type Told = "accepted" | "duplicate";

/** Waking twice is harmless, so a delivery told before wakes all the same. */
export function record(loop: Loop, deliveryId: string, signal: Signal): Told {
  return loop.store.transaction(() => {
    const seen = loop.store.seenDelivery(deliveryId);
    loop.store.wake(loop.now(), signal.issue);
    if (signal.issue !== null && signal.seen) noteSeen(loop, signal.issue, signal.seen);
    return seen ? "duplicate" : "accepted";
  });
}

export function wake(loop: Loop): void {
  loop.store.transaction(() => loop.store.wake(loop.now()));
}

export function hasRun(loop: Loop, runId: string): boolean {
  return loop.store.run(runId) !== null;
}
