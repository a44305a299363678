import { describe, expect, test } from "vitest";
import { absentMs, afterAbsence, ageOf } from "../../lib/core/absence.ts";
import { newProposal } from "../../lib/core/proposal.ts";
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

  test("no wait counts them, and what is shown of the times stays true", () => {
    const { seen } = afterAbsence(waiting({ owedAt: T0 + MINUTE, owedMs: 7 }), now);
    expect([ageOf(seen.pulse, now), ageOf(seen.commit, now), ageOf(seen.passed, now)]).toEqual([MINUTE, MINUTE, 0]);
    expect(seen.commit?.at).toBe(T0);
    expect([seen.owedAt, seen.owedMs]).toEqual([T0 + 41 * MINUTE, 7]);
  });

  test("nor does that for CI of a claimed phase, nor of a pull request's head", () => {
    const run = { ...waiting(), claimed: { tests_red: { commit: "abc", at: T0 } } };
    expect(ageOf(afterAbsence(run, now).claimed.tests_red, now)).toBe(MINUTE);
    const proposal = { ...newProposal("never"), head: at("abc", T0), infra: at("abc", T0) };
    const after = afterAbsence({ ...waiting(), proposal }, now).proposal;
    expect([ageOf(after?.head, now), ageOf(after?.infra, now)]).toEqual([MINUTE, MINUTE]);
  });

  test("the second absence is added to the first", () => {
    const once = { ...afterAbsence(waiting(), now), nextLookAt: now + MINUTE };
    const twice = afterAbsence(once, now + 31 * MINUTE);
    expect(ageOf(twice.seen.commit, now + 31 * MINUTE)).toBe(2 * MINUTE);
  });

  test("an agent that stood still with us has been silent for one minute, and another sign is a sign of now", () => {
    const look = (pulse: string) => aLook({ thread: { type: "view", view: aView({ pulse }) } });
    expect(ageOf(observe(waiting(), look("beat"), now).seen.pulse, now)).toBe(MINUTE);
    expect(observe(waiting(), look("another"), now).seen.pulse).toEqual(at("another", now));
  });

  test("they are told apart once", () => {
    const once = afterAbsence(waiting(), now);
    expect(afterAbsence(once, now)).toBe(once);
  });
});
