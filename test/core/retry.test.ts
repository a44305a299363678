/** What is to be done for an order to retry, row by row, and whose wish the labelling is that answers it. */
import { describe, expect, test } from "vitest";
import {
  type LabelEntry,
  type RetryOrder,
  type RetryStep,
  retryStep,
  wishedIso,
  wishOf,
} from "../../lib/core/retry.ts";
import { aLabelEvent, anEvent, PERSON } from "./kit.ts";

const at = (second: number) => `2027-01-15T08:00:${String(second).padStart(2, "0")}Z`;
/** Written in second 10. */
const order: RetryOrder = { comment: "3", atIso: at(10), text: "t", by: PERSON, event: null };
const entry = (type: "labeled" | "unlabeled", second: number, ours: boolean): LabelEntry => ({
  event: anEvent({ id: String(second), type, atIso: at(second) }),
  ours,
});
const on = (second: number, ours = false) => entry("labeled", second, ours);
const off = (second: number, ours = false) => entry("unlabeled", second, ours);

const PUT: RetryStep = { type: "put", first: "nothing" };
const ANEW: RetryStep = { type: "put", first: "take off" };
const dropped = (why: string): RetryStep => ({ type: "dropped", why });
const WISH = dropped("labelled since by somebody else: a wish of its own");
const ENDED = dropped("it was put on, and taken off since");

describe("an order to retry", () => {
  test.each<[string, LabelEntry[], "on" | "off", RetryStep]>([
    ["handed over: we took it off", [on(1), off(2, true)], "off", PUT],
    ["never labelled", [], "off", PUT],
    ["refused: it is on", [on(1)], "on", ANEW],
    ["on by us for nobody", [on(1, true)], "on", ANEW],
    ["dead between taking it off and putting it on", [on(1), off(11, true)], "off", PUT],
    ["put on", [on(1), off(2, true), on(11, true)], "on", { type: "done", event: "11" }],
    ["put on anew", [on(1), off(11, true), on(12, true)], "on", { type: "done", event: "12" }],
    ["put on in the comment's own second", [on(10, true)], "on", { type: "done", event: "10" }],
    ["put on before the comment", [off(2, true), on(9, true)], "on", ANEW],
    ["put on, and its run ended", [on(11, true), off(30, true)], "off", ENDED],
    [
      "put on, taken off, and put on by us for nobody",
      [on(11, true), off(12), on(13, true)],
      "on",
      { type: "done", event: "13" },
    ],
    ["put on, and taken off by a person", [on(11, true), off(12)], "off", ENDED],
    ["a person labelled since", [on(1), off(2, true), on(11)], "on", WISH],
    ["a person labelled after us", [on(11, true), off(12), on(13)], "on", WISH],
    ["a person took it off since", [on(1), off(11)], "off", dropped("a person took the label off since")],
    ["a person took it off in the comment's own second", [on(1), off(10)], "off", PUT],
    ["a person took it off before", [on(1), off(9)], "off", PUT],
    ["the record is behind", [on(1), off(2, true)], "on", { type: "wait", why: "the label is not in the record yet" }],
  ])("%s", (_what, entries, label, step) => {
    expect(retryStep(order, { state: "open", isReady: label === "on" }, entries)).toEqual(step);
  });

  test("a closed issue gets no label, and what is on stands", () => {
    const closed = { state: "closed" as const, isReady: false };
    expect(retryStep(order, closed, [on(1), off(2, true)])).toEqual(dropped("the issue is closed"));
    expect(retryStep(order, { ...closed, isReady: true }, [on(11, true)])).toEqual({ type: "done", event: "11" });
  });
});

describe("the wish of a labelling", () => {
  const labelling = aLabelEvent({ id: "9", actor: { id: "7", login: "afk-loop", kind: "person" } });

  test.each<[string, RetryOrder | undefined, ReturnType<typeof wishOf>]>([
    ["nobody ordered one", undefined, labelling],
    ["ordered, and not carried out yet", order, null],
    ["ordered, and it is another labelling", { ...order, event: "8" }, labelling],
    [
      "ordered",
      { ...order, event: "9" },
      { ...labelling, actor: PERSON, ordered: { comment: "3", atIso: at(10), text: "t" } },
    ],
  ])("%s", (_what, given, expected) => {
    expect(wishOf(labelling, given)).toEqual(expected);
  });

  test("stands since the comment, else since the label", () => {
    expect(wishedIso(labelling)).toBe(labelling.atIso);
    expect(wishedIso({ ...labelling, ordered: order })).toBe(at(10));
    expect(wishOf(null, { ...order, event: "9" })).toBeNull();
  });
});
