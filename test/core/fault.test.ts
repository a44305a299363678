import { describe, expect, test } from "vitest";
import { checkKey } from "../../lib/core/ci-verdict.ts";
import { faultFact, isGraceOver, observeRed } from "../../lib/core/fault.ts";
import { withoutTurn } from "../../lib/core/run.ts";
import { aCheck, aProposing, aRun, aTurn, aVerdict, LANDED_RUN, SHA, SHA2, T0 } from "./kit.ts";

const OLD = LANDED_RUN.limits.ciGraceMs;
const key = (name: string) => checkKey(aCheck(name, "failure"));
const red = (...names: string[]) => aVerdict("red", { because: names.map((name) => aCheck(name, "failure")) });

describe("whose fault a red is", () => {
  const before = (...names: string[]) => ({ redBefore: { of: SHA, checks: names.map(key) } });
  test.each([
    ["not read yet", {}, red("lint"), "unread"],
    ["read of another commit", { redBefore: { of: SHA2, checks: [key("lint")] } }, red("lint"), "unread"],
    ["nothing was red before", before(), red("lint"), "ours"],
    ["the same was red before", before("lint"), red("lint"), "before_us"],
    ["all of them were", before("lint", "build", "e2e"), red("lint", "build"), "before_us"],
    ["one is new", before("lint"), red("lint", "build"), "ours"],
    ["it was started to repair that", { ...before("lint"), repairs: true as const }, red("lint"), "ours"],
    ["not red", {}, aVerdict("green"), "ours"],
    ["red for what no check says", {}, aVerdict("red"), "ours"],
  ])("%s", (_, run, verdict, fault) => {
    expect(faultFact({ ...LANDED_RUN, ...run }, SHA, verdict)).toBe(fault);
  });

  test.each([
    ["read within the grace of ours it is asked again", [SHA], [], SHA, ["build"], "unread"],
    ["read past it, it is ours", [SHA], [SHA], SHA, ["build"], "ours"],
    ["noted by older code it is asked again", [SHA], undefined, SHA, ["build"], "unread"],
    ["a red of another commit asks anew", [SHA], [SHA], SHA2, ["build"], "unread"],
    ["what is read for what is proposed beside it holds for that", [SHA, SHA2], [SHA, SHA2], SHA2, ["build"], "ours"],
    ["what it has already turned red is told at once", [SHA], [], SHA, ["lint"], "before_us"],
  ] as const)("CI of the commit before still runs: %s", (_, runningFor, lastFor, sha, reds, fault) => {
    const last = lastFor === undefined ? {} : { lastFor: [...lastFor] };
    const redBefore = { ...before("lint").redBefore, runningFor: [...runningFor], ...last };
    expect(faultFact({ ...LANDED_RUN, redBefore }, sha, red(...reds))).toBe(fault);
  });

  test.each([
    ["within it", SHA, T0 + OLD - 1, false],
    ["over", SHA, T0 + OLD, true],
    ["of another commit than the one that is seen", SHA2, T0 + OLD, false],
  ])("the grace: %s", (_, sha, now, isOver) => {
    const run = { ...LANDED_RUN, seen: { ...LANDED_RUN.seen, commit: { value: SHA, at: T0 } } };
    expect(isGraceOver(run, sha, OLD, now)).toBe(isOver);
  });

  test("the grace of what is proposed begins at the first sight of it", () => {
    const run = aProposing({ head: { value: SHA2, at: T0 } });
    expect(isGraceOver(run, SHA2, OLD, T0 + OLD)).toBe(true);
    expect(isGraceOver(run, SHA, OLD, T0 + OLD)).toBe(false);
  });

  test("a second landing is compared with what was there before the first", () => {
    const run = aRun({ commits: [SHA, SHA2], redBefore: { of: SHA, checks: [] } });
    expect(faultFact(run, SHA2, red("lint"))).toBe("ours");
  });

  test("another app's check of that name is another check", () => {
    const run = { ...LANDED_RUN, redBefore: { of: SHA, checks: [checkKey(aCheck("lint", "failure", { app: "x" }))] } };
    expect(faultFact(run, SHA, red("lint"))).toBe("ours");
  });
});

describe("a flaky check", () => {
  const seenRed = observeRed(LANDED_RUN, SHA, red("e2e"), T0);

  test("is one that turns green with no new commit, unanswered", () => {
    const run = observeRed(seenRed, SHA, aVerdict("green"), T0 + 5);
    expect(run.flaky).toEqual([{ commit: SHA, checks: ["e2e"] }]);
    expect(run.log.at(-1)?.text).toBe(`flaky: e2e of ${SHA.slice(0, 12)} turned green with no new commit`);
    expect(run.seen.red).toBeNull();
  });

  test.each([
    ["answered by then", { ...seenRed, answered: [SHA] }, SHA, aVerdict("green")],
    ["another commit", seenRed, SHA2, aVerdict("green")],
    ["not green yet", seenRed, SHA, aVerdict("pending")],
    ["never red", LANDED_RUN, SHA, aVerdict("green")],
  ])("is not: %s", (_, run, sha, verdict) => {
    expect(observeRed(run, sha, verdict, T0).flaky).toBeUndefined();
  });
});

describe("a turn that never left", () => {
  test.each([
    ["fix", 0, [SHA2]],
    ["update", 0, [SHA2]],
    ["review", 1, [SHA2, SHA]],
    ["first", 1, [SHA2, SHA]],
  ] as const)("of purpose %s leaves %i attempts and answers %j", (purpose, attempts, answered) => {
    const run = aRun({ attempts: 1, answered: [SHA2, SHA], turns: [aTurn({ purpose, sha: SHA })] });
    const next = withoutTurn(run, aTurn({ purpose, sha: SHA }), T0);
    expect(next).toMatchObject({ attempts, answered, turns: [{ cancelledAt: T0 }] });
    expect(withoutTurn(next, aTurn({ purpose }), T0 + 1), "a second time takes nothing more").toEqual(next);
  });

  test("gives its round back, and the remarks it would have answered", () => {
    const turn = aTurn({ purpose: "review", sha: SHA, remarks: ["7", "8"] });
    const run = aProposing({ answered: ["6", "7", "8"], rounds: 2 }, { turns: [turn] });
    expect(withoutTurn(run, turn, T0).proposal).toMatchObject({ answered: ["6"], rounds: 1 });
  });
});
