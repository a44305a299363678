/** A time as pages tell it; null stays null: not yet, or not known. */
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
