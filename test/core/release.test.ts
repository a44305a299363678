import { expect, test } from "vitest";
import { act } from "../../lib/core/acts.ts";
import { mayRelease, released } from "../../lib/core/release.ts";
import { aRun, T0 } from "./kit.ts";

const LATER = T0 + 900_000;
const fence = act("fence-end", { type: "fence" }, T0, { holds: true });
const other = { ...act("end-unready", { type: "remove_label", label: "ready" }, T0), dueAt: LATER };

test.each([
  ["its fence waits", { acts: [fence] }, false, true],
  ["its fence is over", { acts: [{ ...fence, state: "acked" as const }] }, false, false],
  ["another act waits", { acts: [other] }, false, false],
  ["the executor cannot be read", { acts: [] }, true, true],
])("a run may be released: %s", (_what, over, unread, may) => {
  expect(mayRelease(aRun(over), unread)).toBe(may);
});

test("released, its fence and its next look are due, and nothing else moves", () => {
  const run = aRun({ acts: [{ ...fence, dueAt: LATER }, other], nextLookAt: LATER });
  const next = released(run, "ada", T0);
  expect(next).toMatchObject({ released: { by: "ada" }, nextLookAt: T0, outcome: run.outcome });
  expect(next.acts.map(({ dueAt }) => dueAt)).toEqual([T0, LATER]);
  expect(next.log.at(-1)?.text).toBe("ada says that no agent is at work on it");
});
