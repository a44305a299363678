/** The merge a run has asked for, as later decisions leave it. */
import { describe, expect, test } from "vitest";
import type { Action } from "../../lib/core/actions.ts";
import { keepsMerge, mayMerge, withMerge, withoutMerge } from "../../lib/core/merge-wish.ts";
import { apply } from "../../lib/core/run-evolve.ts";
import { anOutcome, aProposing } from "./kit.ts";

const HEAD = "a".repeat(40);
const NOW = 1_000_000;
const merging = withMerge(aProposing({ merge: "when-green" }), HEAD, NOW);
const at = { now: NOW, forgeIso: null, notifiers: [] };
const wait = (row: number): Action => ({ type: "wait", row, untilMs: 1000, look: null });
const stateOf = (action: Action) =>
  apply(merging, action, at).acts.find((one) => one.deed.type === "merge" && one.deed.head === HEAD)?.state;

describe("a decided merge", () => {
  test.each([wait(11), wait(22), { type: "remind", row: 22 } as const])("stands while %j", (action) => {
    expect(keepsMerge(action)).toBe(true);
    expect(stateOf(action)).toBe("pending");
    expect(apply(merging, action, at).proposal?.mergeAsked).toBe(HEAD);
  });

  test.each<Action>([
    wait(3),
    wait(18),
    { type: "fix_forward", row: 15, sha: HEAD },
    { type: "update", row: 19, sha: HEAD },
    { type: "review", row: 20, sha: HEAD, remarks: ["review:1"] },
    { type: "fence", row: 3, how: "unlabelled" },
  ])("is taken back by %j, and may be decided anew", (action) => {
    expect(stateOf(action)).toBe("cancelled");
    const after = apply(merging, action, at);
    expect(after.proposal?.mergeAsked).toBeNull();
    const again = withMerge(after, HEAD, NOW);
    expect(again.acts.filter((one) => one.deed.type === "merge").map((one) => one.state)).toEqual(["pending"]);
  });

  test("leaves only while its run goes on and nobody has said otherwise", () => {
    expect(mayMerge(merging, HEAD)).toBe(true);
    expect(mayMerge(merging, "b".repeat(40))).toBe(false);
    expect(mayMerge(withoutMerge(merging), HEAD)).toBe(false);
    expect(mayMerge({ ...merging, released: { by: "ada" } }, HEAD)).toBe(true);
    for (const left of [{ outcome: anOutcome() }, { fenceBeforeWithdraw: true }, { stop: { by: "ada" } }])
      expect(mayMerge({ ...merging, ...left }, HEAD)).toBe(false);
  });

  test("that has left is history", () => {
    const left = { ...merging, acts: merging.acts.map((one) => ({ ...one, state: "acked" as const })) };
    expect(withoutMerge(left)).toBe(left);
  });
});
