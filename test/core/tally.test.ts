import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  added,
  type Count,
  callResult,
  counted,
  emptyTally,
  PHASE_BOUNDS,
  STARTED_BOUNDS,
  SWEEP_BOUNDS,
  type Tally,
} from "../../lib/core/tally.ts";

const tallyOf = (...counts: Count[]): Tally => counts.reduce(counted, emptyTally);
const place = (histogram: { buckets: number[] }) => histogram.buckets.findIndex((count) => count > 0);

describe("what is counted", () => {
  test.each<[string, Count, Partial<Tally>]>([
    ["a run that settled", { type: "settled", outcome: "closed" }, { runs: { closed: 1 } }],
    ["a refusal", { type: "refused", code: "blocked" }, { refusals: { blocked: 1 } }],
    ["attempts", { type: "attempts", times: 2 }, { attempts: 2 }],
    ["a call", { type: "call", system: "ntfy", result: "ok" }, { calls: { ntfy: { ok: 1 } } }],
  ])("%s", (_what, count, change) => {
    expect(tallyOf(count)).toEqual({ ...emptyTally, ...change });
  });

  test.each([
    [-3, 0, 0],
    [0, 0, 0],
    [0.5, 0, 0.5],
    [0.51, 1, 0.51],
    [86_400, 12, 86_400],
    [86_401, 13, 86_401],
  ])("a start %d s after its label falls into bucket %i", (seconds, bucket, sum) => {
    const { started } = tallyOf({ type: "started", seconds });
    expect([place(started), started.sum, started.buckets.length]).toEqual([bucket, sum, STARTED_BOUNDS.length + 1]);
  });

  test("a phase's seconds and a sweep's, each in its own buckets", () => {
    const tally = tallyOf({ type: "phase", phase: "ci", seconds: 45 }, { type: "swept", seconds: 3, requests: 7 });
    expect(Object.keys(tally.phases)).toEqual(["ci"]);
    expect(place(tally.phases.ci ?? { buckets: [] })).toBe(PHASE_BOUNDS.indexOf(60));
    expect([place(tally.sweeps), tally.sweepRequests]).toEqual([SWEEP_BOUNDS.indexOf(5), 7]);
  });
});

const aCount = fc.oneof(
  fc.record({ type: fc.constant("settled" as const), outcome: fc.constantFrom("closed" as const, "gone" as const) }),
  fc.record({ type: fc.constant("refused" as const), code: fc.constantFrom("blocked" as const, "quota" as const) }),
  fc.record({ type: fc.constant("attempts" as const), times: fc.nat(3) }),
  fc.record({
    type: fc.constant("call" as const),
    system: fc.constantFrom("a", "b"),
    result: fc.constantFrom("ok" as const, "failed" as const),
  }),
  fc.record({ type: fc.constant("started" as const), seconds: fc.nat(100_000) }),
  fc.record({
    type: fc.constant("phase" as const),
    phase: fc.constantFrom("ci" as const, "done" as const),
    seconds: fc.nat(100_000),
  }),
  fc.record({ type: fc.constant("swept" as const), seconds: fc.nat(100), requests: fc.nat(40) }),
);

describe("a sum", () => {
  test("is the same however its counts were dealt into reports", () => {
    fc.assert(
      fc.property(fc.array(fc.array(aCount)), (reports) => {
        const dealt = reports.reduce<Tally>((kept, counts) => added(kept, tallyOf(...counts)), emptyTally);
        expect(dealt).toEqual(tallyOf(...reports.flat()));
      }),
    );
  });

  test("changes neither of its parts", () => {
    const kept = Object.freeze(tallyOf({ type: "call", system: "a", result: "ok" }));
    Object.freeze(kept.calls);
    expect(added(kept, kept).calls).toEqual({ a: { ok: 2 } });
    expect(kept.calls).toEqual({ a: { ok: 1 } });
  });

  test("begins at zero where nothing was kept, or older code did not count it", () => {
    const fresh = tallyOf({ type: "attempts", times: 1 });
    expect(added(undefined, fresh)).toEqual(fresh);
    expect(added({ runs: { closed: 4 } }, fresh)).toEqual({ ...fresh, runs: { closed: 4 } });
  });

  test("of other bounds than today's begins anew", () => {
    const fresh = tallyOf({ type: "started", seconds: 1 });
    expect(added({ started: { buckets: [5, 5], sum: 9 } }, fresh).started).toEqual(fresh.started);
  });
});

test.each([
  [200, "ok"],
  [204, "ok"],
  [304, "not_modified"],
  [302, "redirect"],
  [401, "denied"],
  [403, "denied"],
  [404, "refused"],
  [429, "rate_limited"],
  [503, "failed"],
  [null, "no_answer"],
])("a call that ended with %s is %s", (status, result) => {
  expect(callResult(status)).toBe(result);
});
