/** Everything that is drawn comes from a seed. Streams of one seed are independent: a draw in one moves no other. */
export class Random {
  #state: number;

  constructor(seed: number, stream: string) {
    let hash = Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995;
    for (let at = 0; at < stream.length; at++)
      hash = Math.imul(hash ^ stream.charCodeAt(at), 0x85ebca6b) ^ (hash >>> 13);
    this.#state = hash >>> 0;
    for (let warm = 0; warm < 4; warm++) this.next();
  }

  /** From 0 to 1, without 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number, both ends included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** By weight. */
  weighted<T>(items: readonly (readonly [T, number])[]): T {
    let left = this.next() * items.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return this.pick(items)[0];
  }
}
