/** What may be told to a ledger from outside: it records, marks dirty and arms the alarm, and never reconciles. */
import type { Pause } from "../core/pause.ts";
import type { Signal } from "../core/types.ts";
import type { Desk } from "./loop.ts";
import { noteSeen, textDigest } from "./sightings.ts";

export type Receipt = "accepted" | "duplicate";

/** Waking twice is harmless, so a delivery told before wakes all the same. */
export function record(desk: Desk, deliveryId: string, signal: Signal): Receipt {
  return desk.store.transaction(() => {
    const seen = desk.store.seenDelivery(deliveryId);
    desk.store.wake(desk.now(), { issue: signal.issue });
    if (signal.command !== undefined && !seen) {
      const shown = signal.seen ? { text: textDigest(desk, signal.seen) } : {};
      desk.store.hear({ comment: signal.command, at: desk.now(), ...shown });
    }
    if (signal.issue !== null && signal.seen) noteSeen(desk, signal.issue, signal.seen);
    return seen ? "duplicate" : "accepted";
  });
}

/** From now on; paused twice it is still the first's. Woken, a run whose first turn never left gives its label back. */
export function pause(desk: Desk, mark: Pause): Pause {
  return desk.store.transaction(() => {
    const repo = desk.store.repo();
    if (repo.paused) return repo.paused;
    // Another version: whoever looks meanwhile looks again.
    desk.store.putRepo({ ...repo, paused: mark, version: repo.version + 1 });
    desk.store.wake(desk.now());
    return mark;
  });
}

/** Only undoes a pause: what else keeps the repo from starting is as it was. */
export function resume(desk: Desk): void {
  desk.store.transaction(() => {
    const { paused, ...repo } = desk.store.repo();
    if (!paused) return;
    desk.store.putRepo({ ...repo, version: repo.version + 1 });
    desk.store.wake(desk.now());
  });
}

export function paused(desk: Desk): Pause | null {
  return desk.store.repo().paused ?? null;
}

export function wake(desk: Desk): void {
  desk.store.transaction(() => desk.store.wake(desk.now()));
}

export function hasRun(desk: Desk, runId: string): boolean {
  return desk.store.run(runId) !== null;
}
