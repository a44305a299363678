import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  judgeCommit,
  judgeTrunk,
  latestAttempts,
  meaningOf,
  passes,
  underRules,
  type Verdict,
  type VerdictWord,
} from "../../lib/core/ci-verdict.ts";
import type { Check } from "../../lib/core/types.ts";
import { aCheck, aVerdict } from "./kit.ts";

const NOTHING = { required: [], awaited: [] };
const wordOf = (words: string[], grace: "running" | "over") =>
  judgeCommit(
    words.map((word, at) => aCheck(`check-${at}`, word)),
    NOTHING,
    grace,
  ).word;

describe("the word of one check", () => {
  const table: [word: string, running: string, over: string][] = [
    ["failure", "red", "red"],
    ["error", "red", "red"],
    ["cancelled", "infra", "infra"],
    ["stale", "infra", "infra"],
    ["startup_failure", "infra", "infra"],
    ["timed_out", "infra", "infra"],
    ["action_required", "human", "human"],
    ["success", "proof", "proof"],
    ["neutral", "pass", "pass"],
    ["skipped", "pass", "pass"],
    ["queued", "pending", "pending"],
    ["in_progress", "pending", "pending"],
    ["pending", "pending", "pending"],
    ["waiting", "pending", "pending"],
    ["requested", "pending", "pending"],
    ["expected", "pending", "pending"],
    ["running", "pending", "pending"],
    ["blocked", "pending", "pending"],
    ["completed", "pending", "infra"],
    ["warning", "pending", "infra"],
    ["FAILURE", "pending", "infra"],
    ["success ", "pending", "infra"],
    ["", "pending", "infra"],
    ["constructor", "pending", "infra"],
    ["__proto__", "pending", "infra"],
    ["toString", "pending", "infra"],
  ];
  test.each(table)("%j means %s while the grace runs and %s after it", (word, running, over) => {
    expect(meaningOf(word, "running")).toBe(running);
    expect(meaningOf(word, "over")).toBe(over);
  });
});

describe("the fold of one commit's checks", () => {
  const table: [words: string[], running: VerdictWord, over: VerdictWord][] = [
    [[], "none", "none"],
    [["success"], "green", "green"],
    [["neutral"], "none", "none"],
    [["skipped"], "none", "none"],
    [["neutral", "skipped"], "none", "none"],
    [["success", "neutral", "skipped"], "green", "green"],
    [["success", "success"], "green", "green"],
    [["failure"], "red", "red"],
    [["error"], "red", "red"],
    [["success", "failure"], "red", "red"],
    [["failure", "success"], "red", "red"],
    [["failure", "queued"], "red", "red"],
    [["failure", "action_required"], "red", "red"],
    [["failure", "cancelled"], "red", "red"],
    [["failure", "warning"], "red", "red"],
    [["queued"], "pending", "pending"],
    [["in_progress", "success"], "pending", "pending"],
    [["success", "in_progress"], "pending", "pending"],
    [["queued", "action_required"], "pending", "pending"],
    [["queued", "cancelled"], "pending", "pending"],
    [["neutral", "pending"], "pending", "pending"],
    [["action_required"], "human", "human"],
    [["success", "action_required"], "human", "human"],
    [["action_required", "cancelled"], "human", "human"],
    [["cancelled"], "infra", "infra"],
    [["stale"], "infra", "infra"],
    [["startup_failure"], "infra", "infra"],
    [["timed_out"], "infra", "infra"],
    [["success", "cancelled"], "infra", "infra"],
    [["cancelled", "skipped"], "infra", "infra"],
    [["warning"], "pending", "infra"],
    [["success", "warning"], "pending", "infra"],
    [["warning", "queued"], "pending", "pending"],
    [["warning", "action_required"], "pending", "human"],
    [["warning", "cancelled"], "pending", "infra"],
    [["warning", "failure"], "red", "red"],
    [["completed"], "pending", "infra"],
    [["success", "neutral", "warning"], "pending", "infra"],
  ];
  test.each(table)("%j is %s while the grace runs and %s after it", (words, running, over) => {
    expect(wordOf(words, "running")).toBe(running);
    expect(wordOf(words, "over")).toBe(over);
  });

  test("the order in which checks are told changes nothing", () => {
    const word = fc.constantFrom("success", "failure", "queued", "cancelled", "action_required", "skipped", "odd");
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        fc.constantFrom("running" as const, "over" as const),
        (words, grace) => {
          expect(wordOf([...words].reverse(), grace)).toBe(wordOf(words, grace));
        },
      ),
    );
  });

  test("a red, pending, human or infra verdict names exactly the checks that made it so", () => {
    const checks = [
      aCheck("ok", "success"),
      aCheck("bad", "failure"),
      aCheck("worse", "error"),
      aCheck("slow", "queued"),
    ];
    expect(judgeCommit(checks, NOTHING, "running").because.map((check) => check.name)).toEqual(["bad", "worse"]);
    const later = checks.filter((check) => check.name === "ok" || check.name === "slow");
    expect(judgeCommit(later, NOTHING, "running").because.map((check) => check.name)).toEqual(["slow"]);
  });
});

describe("checks a commit must show", () => {
  const required = (name: string, app: string | null = null) => ({ required: [{ name, app }], awaited: [] });

  test("a required check that is missing is pending until the grace, and names itself", () => {
    const verdict = judgeCommit([aCheck("build", "success")], required("e2e"), "running");
    expect(verdict).toEqual({ word: "pending", because: [], missing: ["e2e"] });
  });

  test("after the grace it is no CI, and names itself", () => {
    const verdict = judgeCommit([aCheck("build", "success")], required("e2e"), "over");
    expect(verdict).toEqual({ word: "none", because: [], missing: ["e2e"] });
  });

  test("with no check at all it is no CI from the first look, and names itself", () => {
    expect(judgeCommit([], required("e2e"), "running")).toEqual({ word: "none", because: [], missing: ["e2e"] });
  });

  test.each(["success", "neutral", "skipped"])("a required check that is %s has passed", (word) => {
    expect(judgeCommit([aCheck("build", "success"), aCheck("e2e", word)], required("e2e"), "over").word).toBe("green");
  });

  test("a required check of another app does not stand in for it", () => {
    const checks = [aCheck("e2e", "success", { app: "impostor" })];
    expect(judgeCommit(checks, required("e2e", "actions"), "over")).toMatchObject({ word: "none", missing: ["e2e"] });
    expect(judgeCommit(checks, required("e2e", "impostor"), "over").word).toBe("green");
    expect(judgeCommit(checks, required("e2e", null), "over").word).toBe("green");
  });

  test("a red beats a required check that is missing", () => {
    expect(judgeCommit([aCheck("build", "failure")], required("e2e"), "running").word).toBe("red");
    expect(judgeCommit([aCheck("build", "failure")], required("e2e"), "over").word).toBe("red");
  });

  const awaited = { required: [], awaited: ["slow"] };
  test("a check the base commit had is waited for until the grace, then let go", () => {
    expect(judgeCommit([aCheck("build", "success")], awaited, "running").word).toBe("pending");
    expect(judgeCommit([aCheck("build", "success")], awaited, "over").word).toBe("green");
    expect(judgeCommit([aCheck("build", "success"), aCheck("slow", "skipped")], awaited, "running").word).toBe("green");
  });

  test("nobody is awaited where nothing reported", () => {
    expect(judgeCommit([], awaited, "running").word).toBe("none");
  });
});

describe("attempts", () => {
  test("only the newest attempt of one app, workflow and name counts, in whatever order it is listed", () => {
    const first = aCheck("build", "failure", { order: 1 });
    const second = aCheck("build", "success", { order: 2 });
    expect(judgeCommit([first, second], NOTHING, "over").word).toBe("green");
    expect(judgeCommit([second, first], NOTHING, "over").word).toBe("green");
    expect(judgeCommit([{ ...first, order: 3 }, second], NOTHING, "over").word).toBe("red");
  });

  const twins: [string, Partial<Check>][] = [
    ["from two apps", { app: "other" }],
    ["in two workflows", { workflow: "nightly" }],
    ["in a workflow and in none", { workflow: null }],
    ["for two events", { event: "push" }],
  ];
  test.each(twins)("the same name %s is two checks: the newer does not hide the red one", (_, over) => {
    const red = aCheck("build", "failure", { order: 1 });
    const green = aCheck("build", "success", { order: 9, ...over });
    expect(latestAttempts([red, green])).toHaveLength(2);
    expect(judgeCommit([red, green], NOTHING, "over").word).toBe("red");
  });

  test("of two that began together the last listed counts", () => {
    const red = aCheck("build", "failure");
    const green = aCheck("build", "success");
    expect(latestAttempts([red, green])).toEqual([green]);
    expect(latestAttempts([green, red])).toEqual([red]);
  });

  test("one that was cancelled gives way to one of another event that began together with it, whichever is listed first", () => {
    const push = aCheck("build", "cancelled", { event: "push" });
    const pull = aCheck("build", "success", { event: "pull_request" });
    expect([latestAttempts([push, pull]), latestAttempts([pull, push])]).toEqual([[pull], [pull]]);
    expect(latestAttempts([push, { ...pull, word: "cancelled" }])).toHaveLength(2);
  });

  test("one that was cancelled gives way to a newer one of another event, and to nothing older", () => {
    const push = aCheck("build", "cancelled", { order: 1, event: "push" });
    const pull = aCheck("build", "success", { order: 2, event: "pull_request" });
    expect(latestAttempts([push, pull])).toEqual([pull]);
    expect(latestAttempts([push, { ...pull, order: 0 }])).toHaveLength(2);
    expect(latestAttempts([{ ...push, word: "timed_out" }, pull])).toHaveLength(2);
    expect(latestAttempts([push, { ...pull, name: "lint" }])).toHaveLength(2);
  });

  test("names that could be confused when joined stay apart", () => {
    const one = aCheck("c", "failure", { app: "a", workflow: "b" });
    const other = aCheck('b","c', "success", { app: "a", workflow: "" });
    expect(latestAttempts([one, other])).toHaveLength(2);
  });

  test("folding twice changes nothing", () => {
    const check = fc.record({
      app: fc.constantFrom("a", "b"),
      workflow: fc.constantFrom(null, "w"),
      name: fc.constantFrom("x", "y"),
      event: fc.constantFrom("push", "pull_request"),
      word: fc.constantFrom("success", "failure", "cancelled"),
      order: fc.integer({ min: 1, max: 3 }),
      url: fc.constant(null),
      jobId: fc.constant(null),
      runId: fc.constant(null),
    });
    fc.assert(
      fc.property(fc.array(check), (checks) => {
        const once = latestAttempts(checks);
        expect(latestAttempts(once)).toEqual(once);
        for (const held of once) {
          const rivals = checks.filter(
            ({ app, workflow, event, name }) =>
              app === held.app && workflow === held.workflow && event === held.event && name === held.name,
          );
          expect(held.order).toBe(Math.max(...rivals.map((rival) => rival.order)));
        }
      }),
    );
  });
});

describe("others on top of ours", () => {
  const WORDS: VerdictWord[] = ["none", "pending", "green", "red", "infra", "human", "unknown"];
  const judged = (ours: VerdictWord, later: VerdictWord[]) =>
    judgeTrunk(
      aVerdict(ours),
      later.map((word) => aVerdict(word)),
    ).word;

  test.each(WORDS)("%s alone is what it is", (word) => {
    expect(judged(word, [])).toBe(word);
  });

  //                        one later:  none       pending    green    red    infra      human      unknown
  const table: [VerdictWord, VerdictWord[]][] = [
    ["none", ["none", "none", "green", "red", "none", "none", "none"]],
    ["pending", ["pending", "pending", "green", "red", "pending", "pending", "pending"]],
    ["green", ["green", "green", "green", "green", "green", "green", "green"]],
    ["red", ["red", "red", "green", "red", "red", "red", "red"]],
    ["infra", ["infra", "pending", "green", "red", "infra", "infra", "infra"]],
    ["human", ["human", "human", "green", "red", "human", "human", "human"]],
    ["unknown", ["unknown", "unknown", "green", "red", "unknown", "unknown", "unknown"]],
  ];
  const cells = table.flatMap(([ours, row]) =>
    row.map((expected, at): [VerdictWord, VerdictWord, VerdictWord] => [ours, WORDS[at] ?? "none", expected]),
  );
  test.each(cells)("ours %s, one later %s: %s", (ours, later, expected) => {
    expect(judged(ours, [later])).toBe(expected);
  });

  test("every sequence of two later: any green, else any red, else what tests one that was broken off, else ours", () => {
    let seen = 0;
    for (const ours of WORDS)
      for (const first of WORDS)
        for (const second of WORDS) {
          const all = [ours, first, second];
          const own = ours === "infra" && all.includes("pending") ? "pending" : ours;
          const expected = all.includes("green") ? "green" : all.includes("red") ? "red" : own;
          expect(judged(ours, [first, second]), `${ours} then ${first}, ${second}`).toBe(expected);
          seen += 1;
        }
    expect(seen).toBe(343);
  });

  test("it is the first red that speaks, and the first green", () => {
    const named = (word: VerdictWord, name: string): Verdict => aVerdict(word, { because: [aCheck(name, "failure")] });
    const red = judgeTrunk(aVerdict("pending"), [named("red", "first"), named("red", "second")]);
    expect(red.because[0]?.name).toBe("first");
    expect(judgeTrunk(named("red", "ours"), [named("red", "later")]).because[0]?.name).toBe("ours");
    expect(judgeTrunk(named("red", "ours"), [named("green", "one"), named("green", "two")]).because[0]?.name).toBe(
      "one",
    );
  });
});

describe("what a repo says of its own checks", () => {
  const said = { ignoredChecks: ["noise", "old"], requiredChecks: ["build", "lint"] };
  const required = [
    { name: "build", app: null },
    { name: "old", app: "7" },
    { name: "lint", app: "9" },
    { name: "o*", app: null, pattern: true as const },
  ];

  test("leaves out what is ignored, and adds what is required beside the forge's", () => {
    const under = underRules([aCheck("noise", "failure"), aCheck("build", "success")], required, said);
    expect(under.checks.map((check) => check.name)).toEqual(["build"]);
    expect(under.required).toEqual([
      { name: "build", app: null },
      { name: "lint", app: "9" },
      { name: "o*", app: null, pattern: true },
      { name: "lint", app: null },
    ]);
  });

  test.each([
    ["an ignored red", [aCheck("noise", "failure"), aCheck("build", "success"), aCheck("lint", "success")], "green"],
    ["one that never ends", [aCheck("old", "queued"), aCheck("build", "success"), aCheck("lint", "success")], "green"],
    ["a required one missing", [aCheck("build", "success")], "none"],
    ["ignored ones alone", [aCheck("noise", "success")], "none"],
    ["a red of its own", [aCheck("build", "failure")], "red"],
  ])("%s", (_what, checks, word) => {
    const under = underRules(checks, [], said);
    expect(judgeCommit(under.checks, { required: under.required, awaited: [] }, "over").word).toBe(word);
  });
});

test.each([
  [aVerdict("green"), undefined, true],
  [aVerdict("none"), undefined, false],
  [aVerdict("none"), { ci: "required" as const }, false],
  [aVerdict("none"), { ci: "none" as const }, true],
  [aVerdict("none", { missing: ["test"] }), { ci: "none" as const }, false],
  [aVerdict("pending"), { ci: "none" as const }, false],
  [aVerdict("red"), { ci: "none" as const }, false],
])("%j under %j passes: %j", (verdict, rules, wanted) => {
  expect(passes(verdict, rules)).toBe(wanted);
});
