import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { VerdictWord } from "../../lib/core/ci-verdict.ts";
import { checklist, PHASES } from "../../lib/core/phase-checklist.ts";
import { DEFAULT_RULES } from "../../lib/core/repo-rules.ts";
import type { Run } from "../../lib/core/run.ts";
import { anOutcome, aRun, SHA, SHA2, T0 } from "./kit.ts";

const shown = (run: Run) =>
  checklist(run)
    .map((line) => line.evidence[0])
    .join("");

// v verified, c claimed, m missing, p pending, s skipped; in the order of the phases
const red = { commit: SHA2, at: T0 + 1 };
const seen = aRun().seen;
const landedSeen = { ...seen, commit: { value: SHA, at: T0 + 5 } };
const passedSeen = { ...landedSeen, passed: { value: SHA, at: T0 + 9 } };
const table: [string, Partial<Run>, string][] = [
  ["just claimed", {}, "pppppsp"],
  ["worktree pushed", { claimed: { worktree: red } }, "cppppsp"],
  ["tests pushed", { claimed: { worktree: red, tests_red: red } }, "ccpppsp"],
  ["green pushed", { claimed: { worktree: red, tests_red: red, green: red } }, "cccppsp"],
  [
    "landed, phases claimed",
    { claimed: { worktree: red, tests_red: red, green: red }, commits: [SHA], seen: landedSeen },
    "cccvpsp",
  ],
  ["landed, nothing claimed", { commits: [SHA], seen: landedSeen }, "mmmvpsp"],
  ["landed and passed", { commits: [SHA], seen: passedSeen }, "mmmvvsp"],
  ["closed", { commits: [SHA], seen: passedSeen, outcome: anOutcome() }, "mmmvvsv"],
  ["escalated before anything", { outcome: anOutcome({ type: "escalated" }) }, "mmmmmsm"],
  [
    "escalated, tests claimed",
    { claimed: { worktree: red, tests_red: red }, outcome: anOutcome({ type: "escalated" }) },
    "ccmmmsm",
  ],
  ["frozen on a red trunk", { commits: [SHA], seen: landedSeen, outcome: anOutcome({ type: "frozen" }) }, "mmmvmsm"],
  ["withdrawn", { outcome: anOutcome({ type: "withdrawn" }) }, "mmmmmsm"],
  ["gone after a pass", { commits: [SHA], seen: passedSeen, outcome: anOutcome({ type: "gone" }) }, "mmmvvsm"],
];

test.each(table)("%s", (_, over, evidence) => {
  expect(shown(aRun(over))).toBe(evidence);
});

test("each line carries the commit and the moment that show it", () => {
  const run = aRun({
    claimed: { worktree: red, tests_red: red },
    commits: [SHA2, SHA],
    seen: passedSeen,
    outcome: anOutcome({ decidedAt: T0 + 20 }),
  });
  expect(checklist(run).map(({ commit, at }) => [commit, at])).toEqual([
    [SHA2, T0 + 1],
    [SHA2, T0 + 1],
    [null, null],
    [SHA, T0 + 5],
    [SHA, T0 + 9],
    [null, null],
    [SHA, T0 + 20],
  ]);
});

test("there are always the seven phases, in order, and an ended run leaves none pending", () => {
  const types = ["closed", "escalated", "frozen", "withdrawn", "gone", null] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.subarray(["worktree", "tests_red", "green"] as const),
      fc.boolean(),
      fc.boolean(),
      (type, phases, pushed, passed) => {
        const lines = checklist(
          aRun({
            claimed: Object.fromEntries(phases.map((phase) => [phase, red])),
            commits: pushed ? [SHA] : [],
            seen: { ...seen, passed: passed ? { value: SHA, at: T0 } : null },
            outcome: type === null ? null : anOutcome({ type }),
          }),
        );
        expect(lines.map((line) => line.phase)).toEqual([...PHASES]);
        expect(lines.map((line) => line.phase)).toEqual([
          "worktree",
          "tests_red",
          "green",
          "pushed",
          "ci",
          "deployed",
          "done",
        ]);
        if (type !== null) expect(lines.some((line) => line.evidence === "pending")).toBe(false);
        expect(lines[6]?.evidence === "verified").toBe(type === "closed");
      },
    ),
  );
});

describe("the deploy", () => {
  const page = { ...DEFAULT_RULES, deploy: { type: "version_url", url: "https://app.test/v", key: null } as const };
  const live = { commit: SHA, hits: 3, hitAt: T0, live: { commit: SHA2, at: T0 + 9 }, failed: null, seen: null };
  const nothing = { evidence: "pending", commit: null, at: null };
  test.each<[string, Partial<Run>, object]>([
    ["is skipped by a repo that says nothing", {}, { ...nothing, evidence: "skipped" }],
    ["is skipped by one that asks for none", { rules: DEFAULT_RULES, live }, { ...nothing, evidence: "skipped" }],
    ["is pending until something is live", { rules: page }, nothing],
    ["is pending while nothing is", { rules: page, live: { ...live, live: null } }, nothing],
    [
      "is verified by what is live, since then",
      { rules: page, live },
      { evidence: "verified", commit: SHA2, at: T0 + 9 },
    ],
    ["is pending again for a newer commit", { rules: page, live, commits: [SHA, "c".repeat(40)] }, nothing],
    [
      "is missing at the end",
      { rules: page, outcome: anOutcome({ type: "frozen" }) },
      { ...nothing, evidence: "missing" },
    ],
  ])("%s", (_name, run, line) => {
    expect(checklist(aRun({ commits: [SHA], ...run }))[5]).toEqual({ phase: "deployed", ...line });
  });
});

describe("CI, in a repo that has none", () => {
  const rules = { ...DEFAULT_RULES, ci: "none" } as const;
  test.each<[VerdictWord, string]>([
    ["none", "skipped"],
    ["green", "verified"],
  ])("a verdict of %s is %s", (verdict, evidence) => {
    const run = aRun({ commits: [SHA], rules, seen: { ...passedSeen, verdict } });
    expect(checklist(run)[4]).toMatchObject({ phase: "ci", evidence });
  });
});
