/** The first T3 Code with /api/orchestration/shell, the one read that tells every thread's state. */
export const OLDEST_VERSION = "0.0.29";
const OLDEST_PARTS = OLDEST_VERSION.split(".").map(Number);

/**
 * Whether a T3 of this version cannot be driven. A version that cannot be parsed ("dev", a scheme to come) is not
 * called too old: the shell read itself shows whether the route is there, and without it nothing starts either.
 */
export function isTooOld(version: string): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!parts) return false;
  for (const [index, least] of OLDEST_PARTS.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
