/** Whether people hold this repo, or all, at this moment. */
import { pauseWords } from "../core/pause.ts";
import type { Loop } from "./loop.ts";

/** Null: not paused. The one hop it takes is to the fleet, and to nobody outside. */
export async function pausedWhy(loop: Loop): Promise<string | null> {
  const { paused: own = null } = loop.store.repo();
  return pauseWords(own, own === null ? await loop.fleet.paused() : null);
}
