/** A few at a time: each repo is a dozen reads, and a forge takes offence at hundreds at once. */
const AT_A_TIME = 5;

export async function inBatches<T, U>(items: T[], read: (item: T) => Promise<U>): Promise<U[]> {
  const done: U[] = [];
  for (let at = 0; at < items.length; at += AT_A_TIME)
    done.push(...(await Promise.all(items.slice(at, at + AT_A_TIME).map(read))));
  return done;
}
