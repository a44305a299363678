/** What a run has cost so far, from what its thread reports. Pure. */

/** Null: nobody said. */
export interface Spend {
  tokens: number | null;
  usd: number | null;
}

/** By turn, as last reported. */
export interface Usage {
  model: string | null;
  turns: Record<string, { input: number; output: number }>;
}
