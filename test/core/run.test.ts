import { expect, test } from "vitest";
import type { ActState } from "../../lib/core/acts.ts";
import { mayHaveThread, withTurn } from "../../lib/core/run.ts";
import { anAct, aRun, aTurn, STARTED, T0 } from "./kit.ts";

test.each<[string, ActState, number, string[], boolean]>([
  ["is there", "acked", 1, ["afk-1"], true],
  ["was never asked for", "pending", 0, [], false],
  ["was given up before it was asked for", "cancelled", 0, [], false],
  ["was asked for, and the answer is owed", "pending", 1, [], true],
  ["was asked for, and given up before an answer", "cancelled", 2, [], true],
  ["was refused: it was looked for before", "refused", 2, [], false],
])("a thread that %s", (_what, state, tries, threads, may) => {
  const act = anAct("thread", { type: "create_thread" }, { system: "executor", state, tries });
  const stamped = anAct("stamp", { type: "stamp" }, { state: "acked", tries: 1 });
  expect(mayHaveThread(aRun({ threads, acts: [stamped, act] }))).toBe(may);
});

test("a turn is replaced by its number", () => {
  const sent = aTurn({ number: 2, sentAt: T0 });
  expect(withTurn(aRun({ turns: [STARTED, aTurn({ number: 2 })] }), sent).turns).toEqual([STARTED, sent]);
});
