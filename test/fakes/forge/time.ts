/** A forge's times are ISO 8601 in whole seconds. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function timestamp(world: { now: () => number }): string {
  return isoSeconds(world.now());
}
