/** What the seeds met, over all of them: rows of section 5, gates of section 4, kinds of fault. */
export type Covered = "row" | "gate" | "fault";

const counts = new Map<string, number>();

export function count(kind: Covered, name: string): void {
  const key = `${kind} ${name}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function counted(): [string, number][] {
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** How many of a kind there were so far. */
export function total(kind: Covered): number {
  return counted().reduce((sum, [key, times]) => (key.startsWith(`${kind} `) ? sum + times : sum), 0);
}
