/** What a forge told of how many requests we have left. */
export interface Quota {
  remaining: number;
  /** Of how many; absent where it is not told. */
  limit?: number;
  /** When it is whole again, in ms, by our own clock. */
  resetAt: number;
}
