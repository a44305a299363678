/**
 * Rows 23 and 24: what has passed, or is proposed, and a person must see before the loop lands or closes it. Pure; the table
 * stands in `run-state-machine`. What they need is read when they ask for it: their wait says so.
 */
import { type Action, handOverPassed, type Pace, wait } from "./actions.ts";
import type { Facts } from "./facts.ts";
import type { Run } from "./run.ts";

/** Row 24. */
export function protectedPath(run: Run, { touched }: Facts, pace: Pace, now: number): Action | null {
  if (touched === null) return wait(24, run, pace, now, null);
  return touched.length === 0 ? null : handOverPassed(24, run, { code: "protected_path", paths: touched });
}

/** Row 23. */
export function lacksProof(run: Run, { evidence }: Facts, pace: Pace, now: number): Action | null {
  switch (evidence) {
    case "not_asked":
    case "verified":
      return null;
    case "pending":
      return wait(23, run, pace, now, null);
    case "lacking":
      return handOverPassed(23, run, { code: "unproven" });
    default:
      return evidence satisfies never;
  }
}
