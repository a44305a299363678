import { describe, expect, test } from "vitest";
import { absentMs, afterAbsence } from "../../lib/core/absence.ts";
import type { Run } from "../../lib/core/run.ts";
import { observe } from "../../lib/core/run-facts.ts";
import { aLook, aRun, aView, T0 } from "./kit.ts";

const MINUTE = 60_000;
const at = <T>(value: T, ms: number) => ({ value, at: ms });

function waiting(over: Partial<Run["seen"]> = {}): Run {
  const run = aRun({ nextLookAt: T0 + MINUTE });
  return { ...run, seen: { ...run.seen, pulse: at("beat", T0), commit: at("abc", T0), ...over } };
}

describe("a look that was due", () => {
  test.each([
    ["comes early", 0, 0],
    ["is seconds late", 0.5, 0],
    ["is late by what the sweep takes to wake it", 4.9, 0],
    ["is forty minutes late: nobody was there", 40, 40],
  ])("and %s", (_what, lateMinutes, minutes) => {
    expect(absentMs(waiting(), T0 + MINUTE + lateMinutes * MINUTE)).toBe(minutes * MINUTE);
  });
});

describe("after forty minutes in which nobody looked", () => {
  const now = T0 + 41 * MINUTE;

  test("what was last seen counts as seen so much later, and what was not stays so", () => {
    const { seen } = afterAbsence(waiting({ owedAt: T0 + MINUTE, owedMs: 7 }), now);
    expect(seen).toMatchObject({
      pulse: at("beat", T0 + 40 * MINUTE),
      commit: at("abc", T0 + 40 * MINUTE),
      passed: null,
    });
    expect([seen.owedAt, seen.owedMs]).toEqual([T0 + 41 * MINUTE, 7]);
  });

  test("an agent that stood still with us has been silent for one minute, and another sign is a sign of now", () => {
    const look = (pulse: string) => aLook({ thread: { type: "view", view: aView({ pulse }) } });
    expect(observe(waiting(), look("beat"), now).seen.pulse).toEqual(at("beat", T0 + 40 * MINUTE));
    expect(observe(waiting(), look("another"), now).seen.pulse).toEqual(at("another", now));
  });

  test("the second look is as any other", () => {
    const once = { ...afterAbsence(waiting(), now), nextLookAt: now + MINUTE };
    expect(afterAbsence(once, now + MINUTE)).toBe(once);
  });
});
