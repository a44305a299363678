/** When a loop ends because whoever started it is gone. */
import { expect, onTestFinished, test, vi } from "vitest";
import { stopSignal } from "../../scripts/start/stop-signal.ts";

const LONG_MS = 60_000;
const parent = String(process.ppid);
/** Somebody who is not our parent any more. */
const gone = String(process.pid);

test.each([
  ["nobody said who started it", {}, false],
  ["its starter lives", { AFK_STARTER_PID: parent }, false],
  ["its starter was gone before it looked", { AFK_STARTER_PID: gone }, true],
  ["the same, below an npm", { AFK_STARTER_PID: gone, npm_lifecycle_event: "start" }, true],
  ["its npm lives", { npm_lifecycle_event: "start" }, false],
])("%s", (_what, env, isStopped) => {
  vi.useFakeTimers();
  const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)));
  onTestFinished(() => {
    vi.useRealTimers();
    for (const signal of signals)
      for (const listener of process.listeners(signal)) if (!before.has(listener)) process.off(signal, listener);
  });
  const stop = stopSignal(env);
  vi.advanceTimersByTime(LONG_MS);
  expect(stop.aborted).toBe(isStopped);
});
