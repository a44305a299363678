/**
 * Aborted when we should stop: by SIGTERM, SIGINT or SIGHUP (later ones change nothing, stopping is bounded anyway), or when
 * whoever started us is gone, where nobody could stop us but through him: npm, and who says so by AFK_STARTER_PID.
 */
export function stopSignal(env: NodeJS.ProcessEnv = process.env): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  const starter = starterIn(env);
  if (starter !== null) whenOrphaned(starter, () => stop.abort());
  return stop.signal;
}

const lookMs = 1000;

/** Null: we outlive whoever started us. Told beforehand it is right even where he died before we could ask for our parent. */
function starterIn(env: NodeJS.ProcessEnv): number | null {
  if (env.AFK_STARTER_PID) return Number(env.AFK_STARTER_PID);
  return env.npm_lifecycle_event === "start" ? process.ppid : null;
}

function whenOrphaned(starter: number, tell: () => void): void {
  const look = () => {
    if (process.ppid !== starter) tell();
  };
  setInterval(look, lookMs).unref();
}
