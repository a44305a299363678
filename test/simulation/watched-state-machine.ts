/** The real state machine, with each row it answered counted. */
import { nextAction as real } from "../../lib/core/run-state-machine.ts";
import { count, rowName } from "./coverage.ts";

export * from "../../lib/core/run-state-machine.ts";

export const nextAction: typeof real = (run, facts, pace, now) => {
  const action = real(run, facts, pace, now);
  count("row", rowName(action.row));
  return action;
};
