/** (node) Plays seeds on every core: threads that take the next few seeds each, until there are none or one has failed. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { SeedResult } from "./seed.ts";

/** What a thread is asked to play, and what it tells of it. */
export interface Portion {
  seeds: number[];
  story: boolean;
}

export interface Played {
  results: SeedResult[];
  counts: [string, number][];
}

export interface Play {
  seeds: Iterable<number>;
  threads: number;
  story: boolean;
  /** No further seed is begun once one has failed. */
  untilFailure: boolean;
  onPlayed: (played: Played) => void;
}

const PORTION_SEEDS = 10;
/** A seed leaves forty megabytes of garbage behind: with room for several, next to nothing of it is ever copied. */
const YOUNG_MB = 192;

export function failed({ violations, unsettled }: SeedResult): boolean {
  return violations.length + unsettled.length > 0;
}

export async function playAll(play: Play): Promise<void> {
  const left = play.seeds[Symbol.iterator]();
  let stopped = false;
  const take = (): Portion | null => {
    const seeds: number[] = [];
    while (!stopped && seeds.length < PORTION_SEEDS) {
      const { done, value } = left.next();
      if (done) break;
      seeds.push(value);
    }
    return seeds.length === 0 ? null : { seeds, story: play.story };
  };
  const onPlayed = (played: Played) => {
    play.onPlayed(played);
    if (play.untilFailure && played.results.some(failed)) stopped = true;
  };
  await Promise.all(Array.from({ length: play.threads }, () => oneThread(take, onPlayed)));
}

async function oneThread(take: () => Portion | null, onPlayed: (played: Played) => void): Promise<void> {
  const first = take();
  if (first === null) return;
  const worker = new Worker(join(import.meta.dirname, "crew-member.ts"), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  try {
    for (let portion: Portion | null = first; portion !== null; portion = take()) {
      worker.postMessage(portion);
      onPlayed(await answerOf(worker));
    }
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<Played> {
  const { promise, resolve, reject } = Promise.withResolvers<Played>();
  worker.once("message", resolve);
  worker.once("error", reject);
  return promise.finally(() => {
    worker.off("message", resolve);
    worker.off("error", reject);
  });
}
