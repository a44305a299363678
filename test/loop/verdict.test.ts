/** How far commits on top of ours are read. */
import { expect, it } from "vitest";
import { type Check, known } from "../../lib/core/types.ts";
import type { CiWatcher } from "../../lib/forge/ci-watcher.ts";
import { readTrunkVerdict } from "../../lib/loop/verdict.ts";

function ciOf(words: Record<string, Check["word"]>): { ci: CiWatcher; asked: string[] } {
  const asked: string[] = [];
  const check = (word: Check["word"]): Check => ({
    app: "1",
    workflow: null,
    name: "test",
    word,
    order: 1,
    url: null,
    jobId: null,
    runId: null,
  });
  const ci = {
    checks: async (sha: string) => {
      asked.push(sha);
      return known([check(words[sha] ?? "pending")]);
    },
    required: async () => known([]),
  };
  return { ci: ci as unknown as CiWatcher, asked };
}

it.each([
  ["ours is green", { ours: "success" }, ["ours"], "green"],
  [
    "one on top is green, whatever comes after it",
    { ours: "failure", b: "success", c: "failure" },
    ["ours", "a", "b"],
    "green",
  ],
  ["none is", { ours: "failure" }, ["ours", "a", "b", "c"], "red"],
] as const)("they are read until it is decided: %s", async (_, words, read, word) => {
  const { ci, asked } = ciOf(words);
  const expected = { trunk: "main", awaited: [], grace: "running" } as const;
  const verdict = await readTrunkVerdict(ci, "ours", ["a", "b", "c"], { ...expected, awaited: [] }, () => {});
  expect(asked).toEqual(read);
  expect(verdict.word).toBe(word);
});
