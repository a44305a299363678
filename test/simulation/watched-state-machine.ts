/** The real state machine, with each row it answered counted. */
import { nextAction as real } from "../../lib/core/run-state-machine.ts";
import { count } from "./coverage.ts";

export * from "../../lib/core/run-state-machine.ts";

export const nextAction: typeof real = (run, facts, pace, now) => {
  const action = real(run, facts, pace, now);
  count("row", `${String(action.row).padStart(2, "0")}-${action.type === "end" ? action.decision : action.type}`);
  return action;
};
