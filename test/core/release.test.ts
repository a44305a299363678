import { expect, test } from "vitest";
import { type Act, act } from "../../lib/core/acts.ts";
import { mayRelease, released } from "../../lib/core/release.ts";
import { aRun, aTurn, SHA, STARTED, T0 } from "./kit.ts";

const LATER = T0 + 900_000;
const fence = act("fence-end", { type: "fence" }, T0, { holds: true });
const other = { ...act("end-unready", { type: "remove_label", label: "ready" }, T0), dueAt: LATER };

test.each([
  ["its fence waits", { acts: [fence] }, true],
  ["its fence is over", { acts: [{ ...fence, state: "acked" as const }] }, false],
  ["another act waits", { acts: [other] }, false],
  ["its thread cannot be read", { seen: { ...aRun().seen, unreadAt: T0 } }, true],
  ["its thread can be read", {}, false],
])("a run may be released: %s", (_what, over, may) => {
  expect(mayRelease(aRun(over))).toBe(may);
});

test("what would ask its agent leaves no more, and a turn that never left is given back", () => {
  const start = (state: Act["state"] = "pending") => ({ ...act("turn-2", { type: "start_turn", turn: 2 }, T0), state });
  const fix = aTurn({ number: 2, purpose: "fix", sha: SHA });
  const run = aRun({ turns: [STARTED, fix], attempts: 1, answered: [SHA], acts: [start()] });
  const unsent = released(run, "ada", T0);
  expect(unsent).toMatchObject({ attempts: 0, answered: [], acts: [{ state: "cancelled" }] });
  const sent = released({ ...run, turns: [STARTED, { ...fix, sentAt: T0 }] }, "ada", T0);
  expect(sent).toMatchObject({ attempts: 1, answered: [SHA], acts: [{ state: "cancelled" }] });
  expect([unsent, sent].map(({ turns }) => turns[1]?.cancelledAt)).toEqual([T0, T0]);
});

test("released, its fence and its next look are due, and nothing else moves", () => {
  const run = aRun({ acts: [{ ...fence, dueAt: LATER }, other], nextLookAt: LATER });
  const next = released(run, "ada", T0);
  expect(next).toMatchObject({ released: { by: "ada" }, nextLookAt: T0, outcome: run.outcome });
  expect(next.acts.map(({ dueAt }) => dueAt)).toEqual([T0, LATER]);
  expect(next.log.at(-1)?.text).toBe("ada says that no agent is at work on it");
});
