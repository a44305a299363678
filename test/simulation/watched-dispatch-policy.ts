/** The real gates, with each refusal counted. */
import { mayStart as real } from "../../lib/core/dispatch-policy.ts";
import { count } from "./coverage.ts";

export * from "../../lib/core/dispatch-policy.ts";

export const mayStart: typeof real = (facts, config, gates) => {
  const verdict = real(facts, config, gates);
  if (verdict.type === "refused") count("gate", verdict.refusal.code);
  return verdict;
};
