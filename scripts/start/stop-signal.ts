/** Aborted by the first SIGTERM, SIGINT or SIGHUP; later ones change nothing, since stopping is bounded anyway. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}
