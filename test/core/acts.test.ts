import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Act,
  type ActState,
  ASKED_CAP_MS,
  act,
  type Deed,
  nextActAt,
  performable,
  retryAt,
  TRIES_BEFORE_TELLING,
  withoutOrphans,
} from "../../lib/core/acts.ts";
import { anAct, T0 } from "./kit.ts";

const DEED: Deed = { type: "comment" };
const keys = (acts: Act[]) => acts.map((one) => one.key);

describe("an act", () => {
  test("begins pending, due now, holding nothing back", () => {
    expect(act("k", DEED, T0)).toEqual(anAct("k", DEED));
    expect(act("k", DEED, T0, { after: ["a"], holds: true })).toEqual(anAct("k", DEED, { after: ["a"], holds: true }));
  });

  test.each<[string, Deed]>([
    ["forge", { type: "stamp" }],
    ["forge", { type: "unstamp" }],
    ["forge", { type: "read_back" }],
    ["executor", { type: "create_thread" }],
    ["executor", { type: "start_turn", turn: 1 }],
    ["executor", { type: "answer", requestId: "q" }],
    ["executor", { type: "fence" }],
    ["forge", { type: "rerun", sha: "a", runIds: [] }],
    ["forge", { type: "remove_label", label: "ready" }],
    ["forge", { type: "hand_label" }],
    ["forge", { type: "close" }],
    ["forge", { type: "reopen" }],
    ["forge", { type: "hand_over", text: "" }],
    ["forge", { type: "comment" }],
    ["slack", { type: "show", notifier: "slack" }],
    ["ntfy", { type: "ring", notifier: "ntfy", bell: { type: "ended" } }],
  ])("goes to the %s: %j", (system, deed) => {
    expect(act("k", deed, T0).system).toBe(system);
  });
});

describe("what may be tried now", () => {
  test("is pending, due, and has nothing unfinished before it", () => {
    const acts = [
      anAct("now", DEED),
      anAct("later", DEED, { dueAt: T0 + 1 }),
      anAct("behind", DEED, { after: ["now"] }),
      anAct("free", DEED, { after: ["acked"] }),
      anAct("half", DEED, { after: ["acked", "now"] }),
      anAct("lost", DEED, { after: ["nobody"] }),
      ...(["acked", "refused", "cancelled"] as const).map((state) => anAct(state, DEED, { state })),
    ];
    expect(keys(performable(acts, T0))).toEqual(["now", "free"]);
    expect(keys(performable(acts, T0 + 1))).toEqual(["now", "later", "free"]);
    expect(nextActAt(acts)).toBe(T0);
  });

  test("nothing is due where all is over or waits for others", () => {
    expect(nextActAt([])).toBeNull();
    expect(nextActAt([anAct("a", DEED, { state: "acked" })])).toBeNull();
    expect(nextActAt([anAct("a", DEED, { after: ["b"] }), anAct("b", DEED, { state: "refused" })])).toBeNull();
    expect(nextActAt([anAct("a", DEED, { dueAt: T0 + 9 }), anAct("b", DEED, { dueAt: T0 + 3 })])).toBe(T0 + 3);
  });
});

describe("what waits for something lost", () => {
  test.each(["refused", "cancelled"] as const)("is cancelled, and what waits for that", (state) => {
    const acts = [
      anAct("c", DEED, { after: ["b"] }),
      anAct("b", DEED, { after: ["a"] }),
      anAct("a", DEED, { state }),
      anAct("alone", DEED),
      anAct("done", DEED, { after: ["a"], state: "acked" }),
    ];
    const states = withoutOrphans(acts).map((one) => one.state);
    expect(states).toEqual(["cancelled", "cancelled", state, "pending", "acked"]);
    expect(acts[0]?.state).toBe("pending");
  });

  test("where nothing is lost the acts are the same", () => {
    const acts = [anAct("a", DEED), anAct("b", DEED, { after: ["a"] }), anAct("c", DEED, { state: "acked" })];
    expect(withoutOrphans(acts)).toBe(acts);
  });

  test("ends, and leaves no pending act behind a lost one", () => {
    const states: ActState[] = ["pending", "acked", "refused", "cancelled"];
    const one = fc.record({ state: fc.constantFrom(...states), after: fc.array(fc.nat(5), { maxLength: 2 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (shapes) => {
        const acts = shapes.map(({ state, after }, at) => anAct(`${at}`, DEED, { state, after: after.map(String) }));
        const next = withoutOrphans(acts);
        const lost = next.filter(({ state }) => state === "refused" || state === "cancelled").map(({ key }) => key);
        for (const { state, after } of next)
          if (state === "pending") expect(after.some((key) => lost.includes(key))).toBe(false);
      }),
    );
  });
});

describe("the next try", () => {
  test.each([
    [1, 0, 2500],
    [1, 1, 5000],
    [2, 1, 10_000],
    [3, 0.5, 15_000],
    [8, 1, 640_000],
    [9, 1, 900_000],
    [9, 0, 450_000],
    [1000, 1, 900_000],
  ])("after try %d with the die at %d waits %d ms", (tries, random, waited) => {
    expect(retryAt(T0, tries, 5000, random, null)).toBe(T0 + waited);
  });

  test("is never before what the system asked for", () => {
    expect(retryAt(T0, 1, 5000, 0, 60_000)).toBe(T0 + 60_000);
    expect(retryAt(T0, 1, 5000, 1, 1000)).toBe(T0 + 5000);
    expect(retryAt(T0, 1, 5000, 1, 3_600_000)).toBe(T0 + 3_600_000);
  });

  test.each([1e9, 1e300, Number.POSITIVE_INFINITY])("is not put off for ever by a system that asks for %d ms", (ms) => {
    expect(retryAt(T0, 1, 5000, 0, ms)).toBe(T0 + ASKED_CAP_MS);
  });

  test("is later than now and within a quarter of an hour", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, base, random) => {
          const waited = retryAt(T0, tries, base, random, null) - T0;
          expect(waited).toBeGreaterThan(0);
          expect(waited).toBeLessThanOrEqual(900_000);
        },
      ),
    );
  });

  test("a human hears after ten", () => {
    expect(TRIES_BEFORE_TELLING).toBe(10);
  });
});
