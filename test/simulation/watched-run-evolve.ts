/** The real steps of a run; an ending whose acts are finished is row 2, for which the loop asks nobody. */
import { settle as real } from "../../lib/core/run-evolve.ts";
import { count, rowName } from "./coverage.ts";

export * from "../../lib/core/run-evolve.ts";

export const settle: typeof real = (run, now, notifiers) => {
  const next = real(run, now, notifiers);
  if (next.settledAt !== null) count("row", rowName(2));
  return next;
};
