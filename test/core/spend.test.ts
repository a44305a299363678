import { describe, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { type Prices, spent } from "../../lib/core/spend.ts";
import { spentLine } from "../../lib/core/spend-text.ts";
import type { RequestTokens, TurnUsage } from "../../lib/core/types.ts";
import { anOutcome, aRun, read, UNREADABLE } from "./kit.ts";

const MILLION = 1_000_000;
const PRICES: Prices = {
  "codex/big": { in: 2, out: 10 },
  small: { in: 1, out: 4 },
  "shadow/small": { in: 100, out: 100 },
};

/** A turn that shows one request: its own, if no other is named. */
function told(over: Partial<TurnUsage> = {}): TurnUsage {
  const { turnId = "t-1" } = over;
  return { model: "codex/big", turnId, requests: [request(`of ${turnId}`)], ...over };
}

function request(id: string, input = MILLION, output = MILLION): RequestTokens {
  return { id, input, output };
}

function after(...usages: TurnUsage[]): Run {
  return usages.reduce((run, usage, at) => spent(run, read(usage), `pulse-${at}`, PRICES), aRun());
}

/** Requests of so many million tokens in as their number says, and one million out. */
function showing(...numbers: number[]): TurnUsage {
  return told({ requests: numbers.map((number) => request(`request ${number}`, number * MILLION)) });
}

describe("what a run has spent", () => {
  test.each<[string, TurnUsage[], number | null, number | null]>([
    ["nothing told: unknown", [told({ requests: [] })], null, null],
    ["no turn to tell of: unknown", [told({ turnId: null })], null, null],
    ["in and out, each at its own price", [told({ requests: [request("a", MILLION, 500_000)] })], 1_500_000, 7],
    ["priced by instance and model first", [told({ model: "shadow/small" })], 2 * MILLION, 200],
    ["else by the model", [told({ model: "claudeAgent/small" })], 2 * MILLION, 5],
    ["a model without a price: tokens, and no cost", [told({ model: "codex/tiny" })], 2 * MILLION, null],
    ["no model named: tokens, and no cost", [told({ model: null })], 2 * MILLION, null],
    ["a name that every object has is no price", [told({ model: "codex/constructor" })], 2 * MILLION, null],
    ["nothing spent yet costs nothing", [told({ requests: [request("a", 0, 0)] })], 0, 0],
    ["the same request told twice counts once", [told(), told()], 2 * MILLION, 12],
    ["each new request counts, where the last is shown alone", [1, 2, 3].map((n) => showing(n)), 9 * MILLION, 42],
    ["and where all are", [showing(1), showing(1, 2), showing(1, 2, 3)], 9 * MILLION, 42],
    ["and where the first are cut off", [showing(1, 2), showing(3, 4)], 14 * MILLION, 60],
    ["a read that is behind adds nothing", [showing(1), showing(2), showing(1), showing()], 5 * MILLION, 26],
    [
      "one that is told again under another name counts once",
      [showing(1), told({ requests: [request("again", MILLION)] }), showing(2)],
      5 * MILLION,
      26,
    ],
    ["every turn counts", [told(), told({ turnId: "t-2" })], 4 * MILLION, 24],
    ["each turn at the price of its own model", [told(), told({ turnId: "t-2", model: "x/small" })], 4 * MILLION, 17],
    [
      "a turn keeps the model it was told with",
      [told({ model: null }), told(), told({ model: "x/small" })],
      2 * MILLION,
      12,
    ],
    [
      "one turn without a price, and the sum is unknown",
      [told(), told({ turnId: "t-2", model: "codex/tiny" })],
      4 * MILLION,
      null,
    ],
  ])("%s", (_name, usages, tokens, usd) => {
    expect(after(...usages).spend).toEqual({ tokens, usd });
  });

  test("a read that failed changes nothing", () => {
    const run = after(told());
    expect(spent(run, UNREADABLE, "another", PRICES)).toBe(run);
    expect(spent(run, null, "another", PRICES)).toBe(run);
    expect(spent(run, undefined, "another", PRICES)).toBe(run);
  });

  test("the model last told is kept, and the pulse of the look", () => {
    const run = after(told(), told({ turnId: "t-2", model: "x/small" }), told({ turnId: "t-2", model: null }));
    expect(run.usage).toMatchObject({ model: "x/small", pulse: "pulse-2" });
  });

  test("what an older release counted of a turn stands, and what it shows now was in it", () => {
    const usage = { model: "codex/big", turns: { "t-1": { input: 5, output: 0, model: "codex/big" } } };
    const run = spent({ ...aRun(), usage }, read(showing(1)), "p", PRICES);
    expect(run.spend.tokens).toBe(5);
    expect(spent(run, read(showing(2)), "q", PRICES).spend.tokens).toBe(5 + 3 * MILLION);
  });

  test("of the requests it knows the last alone", () => {
    const many = Array.from({ length: 60 }, (_, n) => showing(n));
    expect(after(...many).usage?.turns["t-1"]?.counted).toHaveLength(20);
    expect(after(...many).spend.tokens).toBe((59 * 30 + 60) * MILLION);
  });

  test("a price that is set later counts for what was spent before", () => {
    const run = after(told({ model: "codex/tiny" }));
    const priced = spent(run, read(told({ model: "codex/tiny" })), "p", { tiny: { in: 1, out: 1 } });
    expect(priced.spend.usd).toBe(2);
    expect(priced.usage?.unpriced).toBeUndefined();
  });
});

describe("in words", () => {
  const over = { outcome: anOutcome() };
  test.each<[string, Run, string | null]>([
    ["while the run goes on: nothing", aRun({ spend: { tokens: 5, usd: 1 } }), null],
    ["when no agent began: nothing", aRun({ ...over, turns: [] }), null],
    [
      "tokens and dollars",
      aRun({ ...over, spend: { tokens: 1_234_567, usd: 1.234 } }),
      "Spent at least 1,234,567 tokens, $1.23.",
    ],
    [
      "next to nothing",
      aRun({ ...over, spend: { tokens: 120, usd: 0.001 } }),
      "Spent at least 120 tokens, less than $0.01.",
    ],
    ["a model without a price", { ...after(told({ model: "codex/x" })), ...over }, "no price for `codex/x`"],
    [
      "a model that is markup",
      { ...after(told({ model: "codex/`@dev`" })), ...over },
      "no price for codex/&#96;@\u200bdev&#96;",
    ],
    ["no model named", { ...after(told({ model: null })), ...over }, "the executor names no model"],
    ["no tokens", aRun(over), "Spent: unknown, no look saw any tokens."],
  ])("%s", (_name, run, words) => {
    const line = spentLine(run);
    if (words === null) expect(line).toBeNull();
    else expect(line).toContain(words);
  });

  test("without a price", () => {
    expect(spentLine({ ...after(told({ model: "codex/x" })), ...over })).toBe(
      "Spent at least 2,000,000 tokens, cost unknown (no price for `codex/x`).",
    );
  });
});
