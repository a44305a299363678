/**
 * Runs the scheduled handler: never two at once, and whoever asks while one runs shares the next one.
 */
import { z } from "zod";
import { SWEEP_OVERDUE_MS } from "../../lib/core/notices.ts";
import type { Room } from "./room.ts";

export interface SweepAnswer {
  outcome: string;
  ms: number;
}

/** workerd is away, or did not answer. */
export class SweepFailed extends Error {}

export interface Sweeps {
  /** A sweep that began after this call. */
  sweep(): Promise<SweepAnswer>;
  /**
   * Sweeps every so many seconds, told of each failure that follows a success. The first comes at once, for what was missed
   * while nothing ran; not where sweeps are so rare that nobody counts on them.
   */
  every(seconds: number, onFailure: (reason: string) => void): void;
  stop(): void;
}

/** A sweep is bounded by its own calls' deadlines; this only frees us from one that will never answer. */
const answerMsMax = 300_000;
/** In seconds. */
const firstAtOnceMax = SWEEP_OVERDUE_MS / 1000;
const answerSchema = z.object({ outcome: z.string(), ms: z.number() });

export function createSweeps(sweepPort: () => number | null, room: () => Promise<Room | null>): Sweeps {
  let running: Promise<unknown> | null = null;
  let next: Promise<SweepAnswer> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  function begin(): Promise<SweepAnswer> {
    next = null;
    const answer = sweepOnce(sweepPort(), room);
    const settled = answer
      .catch(() => {})
      .then(() => {
        if (running === settled) running = null;
      });
    running = settled;
    return answer;
  }

  function sweep(): Promise<SweepAnswer> {
    if (!running) return begin();
    next ??= running.then(begin);
    return next;
  }

  return {
    sweep,
    every(seconds, onFailure) {
      let failing = false;
      const tick = async () => {
        const failure = await sweep().then(
          ({ outcome }) => (outcome === "ok" ? null : `the handler ended with ${outcome}`),
          (error: Error) => error.message,
        );
        if (stopped) return;
        if (failure !== null && !failing) onFailure(failure);
        failing = failure !== null;
        timer = setTimeout(tick, seconds * 1000);
      };
      timer = setTimeout(tick, seconds <= firstAtOnceMax ? 0 : seconds * 1000);
    },
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}

async function sweepOnce(port: number | null, room: () => Promise<Room | null>): Promise<SweepAnswer> {
  if (port === null) throw new SweepFailed("workerd is not running");
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const body = JSON.stringify((await room()) ?? {});
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body, signal });
    if (!answer.ok) throw new SweepFailed(`workerd answered ${answer.status}`);
    return answerSchema.parse(await answer.json());
  } catch (error) {
    if (error instanceof SweepFailed) throw error;
    throw new SweepFailed(`workerd went away during the sweep (${error instanceof Error ? error.message : error})`);
  }
}
