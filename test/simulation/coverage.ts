/**
 * What the seeds met: rows of the state machine, gates, kinds of fault. What there is to meet is declared, so that
 * what nobody ever met shows as nought and not by its absence.
 */
export type Covered = "row" | "gate" | "fault";

/** Fewer hits than these in 10,000 seeds are none. */
const HITS_MIN = 20;

/** What network, platform and systems do wrong: what people, agents and CI do is counted, and is no fault. */
const WRONG =
  /^fault (alarm|crash|delivery|deploy|forge|machine|ntfy|outage|overlap-of-itself|slack|sweep|trouble|executor-(?!reports))/;

const counts = new Map<string, number>();

export function count(kind: Covered, name: string): void {
  const key = `${kind} ${name}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function rowName(row: number): string {
  return String(row).padStart(2, "0");
}

/** What was counted since the last time. */
export function takeCounts(): [string, number][] {
  const taken = [...counts];
  counts.clear();
  return taken;
}

/** The counts of many threads, over what is declared. */
export class Coverage {
  private readonly hits: Map<string, number>;

  constructor(declared: string[]) {
    this.hits = new Map(declared.map((key) => [key, 0]));
  }

  add(taken: [string, number][]): void {
    for (const [key, times] of taken) this.hits.set(key, (this.hits.get(key) ?? 0) + times);
  }

  /** By name. */
  all(): [string, number][] {
    return [...this.hits].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  faults(): number {
    return this.all().reduce((sum, [key, times]) => (WRONG.test(key) ? sum + times : sum), 0);
  }

  uncovered(seeds: number): string[] {
    return this.all().flatMap(([key, times]) => ((times * 10_000) / seeds < HITS_MIN ? [key] : []));
  }
}
