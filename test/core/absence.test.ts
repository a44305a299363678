import { describe, expect, test } from "vitest";
import { absentMs, afterAbsence, ageOf } from "../../lib/core/absence.ts";
import { NOT_LOOKED, newProposal } from "../../lib/core/proposal.ts";
import type { Run } from "../../lib/core/run.ts";
import { type Look, observe } from "../../lib/core/run-facts.ts";
import { aLook, aProposal, aRun, aVerdict, aView, read, T0, UNREADABLE } from "./kit.ts";

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

  test("nor does the time to fix a red, nor that after CI was run again", () => {
    const run = { ...waiting(), firstRedAt: T0, reruns: { abc: T0 } };
    const once = afterAbsence(run, now);
    expect([once.firstRedAt, once.reruns]).toEqual([T0 + 40 * MINUTE, { abc: T0 + 40 * MINUTE }]);
    expect(afterAbsence({ ...waiting(), firstRedAt: null }, now).firstRedAt).toBeNull();
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

describe("while the forge cannot tell how CI stands", () => {
  const FORTY = 40 * MINUTE;
  /** A look each minute, so that nobody was absent; the last one reads it again. */
  function throughOutage(before: Run, outage: Look, after: Look): Run {
    let run = before;
    for (let ms = MINUTE; ms < FORTY; ms += MINUTE) run = looked(run, outage, T0 + ms);
    return looked(run, after, T0 + FORTY);
  }
  const looked = (run: Run, look: Look, now: number) => ({ ...observe(run, look, now), nextLookAt: now + MINUTE });
  const none = aLook({ verdict: aVerdict("none") });

  test.each([
    ["fails", aLook({ verdict: aVerdict("unknown") })],
    ["is not reached, since the trunk could not be read", aLook({ trunk: UNREADABLE, verdict: null })],
  ])("and its reading %s, a landed commit does not grow older, nor a phase", (_what, outage) => {
    const claimed = { tests_red: { commit: "abc", at: T0 } };
    const run = throughOutage({ ...waiting(), commits: ["abc"], claimed }, outage, none);
    expect(ageOf(run.seen.commit, T0 + FORTY)).toBe(MINUTE);
    expect(ageOf(run.claimed.tests_red, T0 + FORTY)).toBe(MINUTE);
    expect(run.seen.unjudgedAt).toBeUndefined();
  });

  test("nor does the head of a pull request", () => {
    const pull = aProposal({ head: "abc" });
    const proposal = { ...newProposal("never"), last: pull, head: at("abc", T0) };
    const outage = aLook({ proposal: { ...NOT_LOOKED, found: UNREADABLE } });
    const after = aLook({ proposal: { ...NOT_LOOKED, found: read(pull), verdict: aVerdict("none") } });
    const run = throughOutage({ ...waiting(), proposal }, outage, after);
    expect(ageOf(run.proposal?.head, T0 + FORTY)).toBe(MINUTE);
  });

  test("and nobody looks either, that time is told apart once", () => {
    let run: Run = { ...waiting(), commits: ["abc"] };
    run = looked(run, aLook({ verdict: aVerdict("unknown") }), T0 + MINUTE);
    run = looked(run, none, T0 + FORTY);
    expect(ageOf(run.seen.commit, T0 + FORTY)).toBe(MINUTE);
  });

  test("it is none to an agent's silence", () => {
    const view = aLook({ thread: { type: "view", view: aView({ pulse: "beat" }) }, verdict: aVerdict("unknown") });
    const run = throughOutage({ ...waiting(), commits: ["abc"] }, view, view);
    expect(ageOf(run.seen.pulse, T0 + FORTY)).toBe(FORTY);
  });
});
