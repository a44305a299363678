/** The tokens of a thread's newest turn, from captures of a real server and from activities that mean harm. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseThread } from "../../lib/executor/t3-thread.ts";
import { usageOf } from "../../lib/executor/t3-usage.ts";

const MODEL = "claudeAgent/claude-sonnet-4-6";

function captured(name: string) {
  const text = readFileSync(join(import.meta.dirname, `../fixtures/t3/${name}.json`), "utf8");
  const thread = parseThread(JSON.parse(text).thread);
  if (thread === null) throw new Error(`${name} holds no thread`);
  return thread;
}

function update(payload: unknown, turnId: unknown = "t-1", id: unknown = "a-1") {
  return { id, kind: "context-window.updated", turnId, payload };
}

function requests(...activities: unknown[]) {
  return usageOf({ latestTurn: { turnId: "t-1" }, activities }).requests;
}

describe("a capture of a real server", () => {
  test.each([
    ["thread-running", [{ input: 100, output: 20 }]],
    ["thread-ask-pending", [{ input: 100, output: 20 }]],
    ["thread-after-restart", [{ input: 100, output: 20 }]],
    // Of a turn the last is shown alone, and the last of one that has ended has no figures.
    ["thread-ask-answered", []],
    ["thread-edit", []],
    ["thread-crash", []],
  ])("%s", (name, told) => {
    const thread = captured(name);
    const { turnId } = thread.latestTurn ?? {};
    expect(usageOf(thread)).toEqual({
      model: MODEL,
      turnId,
      requests: told.map((one) => ({ ...one, id: expect.stringMatching(/^[0-9a-f-]{36}$/) })),
    });
  });
});

describe("a turn's requests", () => {
  test("are told one by one, and never the size of the context", () => {
    const figures = { usedTokens: 90_000, lastUsedTokens: 90_000, inputTokens: 100, outputTokens: 20 };
    const last = update({ usedTokens: 240 }, "t-1", "a-3");
    expect(requests(update(figures), update({ ...figures, outputTokens: 1 }, "t-1", "a-2"), last)).toEqual([
      { id: "a-1", input: 100, output: 20 },
      { id: "a-2", input: 100, output: 1 },
    ]);
  });

  test.each<[string, unknown]>([
    ["another turn's", update({ inputTokens: 5, outputTokens: 5 }, "t-0")],
    ["nobody's", update({ inputTokens: 5, outputTokens: 5 }, null)],
    ["without a name", update({ inputTokens: 5, outputTokens: 5 }, "t-1", null)],
    ["another activity", { ...update({ inputTokens: 5 }), kind: "tool.updated" }],
    ["without figures", update({ usedTokens: 5 })],
    ["negative", update({ inputTokens: -5, outputTokens: -1 })],
    ["text", update({ inputTokens: "5", outputTokens: "5" })],
    ["a fraction", update({ inputTokens: 0.5 })],
    ["beyond counting", update({ inputTokens: 1e300 })],
    ["no payload", update(null)],
    ["nothing at all", null],
  ])("%s says nothing", (_name, activity) => {
    expect(requests(activity)).toEqual([]);
    const one = update({ inputTokens: 1, outputTokens: 2 }, "t-1", "a-2");
    expect(requests(activity, one)).toEqual([{ id: "a-2", input: 1, output: 2 }]);
  });

  test("one figure of a request counts without the other", () => {
    expect(requests(update({ inputTokens: 7, outputTokens: -1 }))).toEqual([{ id: "a-1", input: 7, output: 0 }]);
  });

  test("are never garbled, whatever the thread holds", () => {
    const figure = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.constant(undefined));
    const activity = fc.oneof(
      fc.record({ inputTokens: figure, outputTokens: figure }).map((payload) => update(payload)),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.array(activity), (activities) => {
        for (const { input, output } of requests(...activities)) {
          expect(Number.isInteger(input) && input >= 0).toBe(true);
          expect(Number.isInteger(output) && output >= 0).toBe(true);
        }
      }),
    );
  });
});

test.each<[string, Parameters<typeof usageOf>[0], ReturnType<typeof usageOf>]>([
  ["no turn yet", { latestTurn: null, activities: [] }, { model: null, turnId: null, requests: [] }],
  ["no activities", { latestTurn: { turnId: "t-1" } }, { model: null, turnId: "t-1", requests: [] }],
  [
    "a garbled model",
    { latestTurn: { turnId: "t-1" }, modelSelection: { instanceId: "codex" } },
    { model: null, turnId: "t-1", requests: [] },
  ],
])("of a thread with %s", (_name, thread, usage) => {
  expect(usageOf(thread)).toEqual(usage);
});
