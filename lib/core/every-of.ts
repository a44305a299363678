/** Every member of a union that is told elsewhere, in the order written: one that is missing does not compile. */
export function everyOf<T extends string>(members: Record<T, true>): T[] {
  return Object.keys(members) as T[];
}
