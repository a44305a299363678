/**
 * Stands in for the pure core in the bundle that is recorded (scripts/golden.ts), and only there: the real functions, and
 * a line of JSON on stdout for every claim, look and settling. Observe, facts, action and apply of one look come one after
 * another without an await between them, so one slot holds a look in the making.
 */
import { claimed as reallyClaimed } from "../../lib/core/claim.ts";
import { apply as reallyApply, settle as reallySettle } from "../../lib/core/run-evolve.ts";
import { factsOf as reallyFactsOf, observe as reallyObserve } from "../../lib/core/run-facts.ts";
import { nextAction as reallyNextAction } from "../../lib/core/run-state-machine.ts";

export * from "../../lib/core/claim.ts";
export * from "../../lib/core/run-evolve.ts";
export * from "../../lib/core/run-facts.ts";
export * from "../../lib/core/run-state-machine.ts";

let making: Record<string, unknown> = {};

function say(golden: Record<string, unknown>): void {
  console.log(JSON.stringify({ golden }));
}

export const claimed: typeof reallyClaimed = (claim, now) => {
  const after = reallyClaimed(claim, now);
  say({ type: "claim", claim, now, after });
  return after;
};

export const observe: typeof reallyObserve = (run, look, now, prices) => {
  making = { type: "look", run, look, now };
  return reallyObserve(run, look, now, prices);
};

export const factsOf: typeof reallyFactsOf = (run, look, config, now, paused) => {
  const facts = reallyFactsOf(run, look, config, now, paused);
  making = { ...making, config, facts };
  return facts;
};

export const nextAction: typeof reallyNextAction = (run, facts, pace, now) => {
  const action = reallyNextAction(run, facts, pace, now);
  making = { ...making, pace, action };
  return action;
};

export const apply: typeof reallyApply = (run, action, at) => {
  const after = reallyApply(run, action, at);
  // A refused act ends a run without a look: the table did not decide it.
  if (making.action === action) say({ ...making, at, after });
  making = {};
  return after;
};

export const settle: typeof reallySettle = (run, now, notifiers) => {
  const after = reallySettle(run, now, notifiers);
  if (after !== run) say({ type: "settle", run, now, notifiers, after });
  return after;
};
