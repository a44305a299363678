/** Two settings of which neither does anything without the other, the address first where one is an address. */
export type Pair = readonly [one: string, other: string];

export function isHalf(pair: Pair, set: ReadonlySet<string>): boolean {
  return pair.filter((name) => set.has(name)).length === 1;
}

/** What is wrong with a pair that cannot be used, and the mend. */
export function unsetPair(pair: Pair, set: ReadonlySet<string>, page: string): [what: string, mend: string] {
  const [one, other] = pair;
  if (set.has(one) && set.has(other)) return [`${one} is no address`, `set it right (${page})`];
  if (!isHalf(pair, set)) return [`${one} and ${other} are not both set`, `set both (${page})`];
  const [missing, there] = set.has(one) ? [other, one] : [one, other];
  return [`${missing} is not set (${there} is)`, `set it (${page})`];
}
