/**
 * How often each property here is tried. `npm test` keeps it short; a longer look:
 *
 *   BAD_INPUT_TIMES=50 npx vitest run test/bad-input test/workers/bad-input.test.ts
 *   BAD_INPUT_SEED=7   the same with other draws; a failure prints its own seed and path
 */
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    badInput: { times: number; seed: number };
  }
}

/** The draws are the same at every run, so a failure is one for everybody. */
export function runs(usually: number): { numRuns: number; seed: number; endOnFailure: true } {
  const { times, seed } = inject("badInput");
  // The first counterexample will do: a stage a try makes shrinking slow.
  return { numRuns: Math.ceil(usually * times), seed, endOnFailure: true };
}
