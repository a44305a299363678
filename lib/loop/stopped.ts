/** What holds this repo, or all, at this moment. */
import { isArmedFor } from "../core/config.ts";
import { pauseWords, type Stop, stopOf } from "../core/pause.ts";
import { repoKey } from "../core/types.ts";
import type { Loop } from "./loop.ts";

/** Null: not paused. The one hop it takes is to the fleet, and to nobody outside. */
export async function pausedWhy(loop: Loop): Promise<string | null> {
  const { paused: own = null } = loop.store.repo();
  return pauseWords(own, own === null ? await loop.fleet.paused() : null);
}

/** Null: further turns may leave. */
export async function stopOfRepo(loop: Loop): Promise<Stop | null> {
  return stopOf(isArmed(loop), await pausedWhy(loop));
}

/** In words; null: it may leave. */
export async function whyStopped(loop: Loop): Promise<string | null> {
  return isArmed(loop) ? pausedWhy(loop) : "the loop is disarmed";
}

export function isArmed(loop: Loop): boolean {
  return isArmedFor(loop.settings, repoKey(loop.repo));
}
