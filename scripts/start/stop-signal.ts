/**
 * Aborted when we should stop: by SIGTERM, SIGINT or SIGHUP (later ones change nothing, stopping is bounded anyway), or when
 * the npm that started us is gone, since nobody could stop us through it any more.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  if (process.env.npm_lifecycle_event === "start") whenOrphaned(() => stop.abort());
  return stop.signal;
}

const lookMs = 1000;

function whenOrphaned(tell: () => void): void {
  const parent = process.ppid;
  const look = () => {
    if (process.ppid !== parent) tell();
  };
  setInterval(look, lookMs).unref();
}
