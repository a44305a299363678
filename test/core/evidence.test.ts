import { describe, expect, test } from "vitest";
import {
  evidenceFact,
  observeProof,
  type PhaseProof,
  type ProofLook,
  unprovenPhases,
} from "../../lib/core/evidence.ts";
import { checklist } from "../../lib/core/phase-checklist.ts";
import type { Run } from "../../lib/core/run.ts";
import type { Check } from "../../lib/core/types.ts";
import { aCheck, aRun, SHA, SHA2, T0 } from "./kit.ts";

const GRACE_MS = 300_000;
const claimed: Run["claimed"] = {
  worktree: { commit: SHA, at: T0 },
  tests_red: { commit: SHA, at: T0 },
  green: { commit: SHA2, at: T0 },
};
const claiming = (over: Partial<Run> = {}) => aRun({ claimed, ...over });
const ci = (word: string, name = "test") => [aCheck(name, word)];
const of = (event: string, word: string) => aCheck("test", word, { event });
const both = (push: string, pull: string) => [of("push", push), of("pull_request", pull)];

function proven(before: Check[], red: Check[], green: Check[], more: { strays?: string[]; now?: number } = {}): Run {
  const look: ProofLook = {
    red: { commit: SHA, before, own: red, strays: more.strays ?? [] },
    green: { commit: SHA2, own: green },
  };
  return observeProof(claiming(), look, GRACE_MS, more.now ?? T0);
}

const states = (run: Run) => [run.proof?.red?.state, run.proof?.green?.state].join(" ");
const LATER = T0 + GRACE_MS;

// what CI said of the commit before, the red and the green one: what that makes of the two phases
const table: [string, [Check[], Check[], Check[]], { strays?: string[]; now?: number }, string][] = [
  ["green, red, green", [ci("success"), ci("failure"), ci("success")], {}, "verified verified"],
  ["an error is red as well", [ci("success"), ci("error"), ci("success")], {}, "verified verified"],
  ["a liar: red, and never green", [ci("success"), ci("failure"), ci("failure")], {}, "verified unproven"],
  [
    "both trailers on a history that was green all along",
    [ci("success"), ci("success"), ci("success")],
    {},
    "unproven unproven",
  ],
  ["red all along", [ci("failure"), ci("failure"), ci("success")], {}, "unproven unproven"],
  [
    "red while the commit before still runs",
    [ci("in_progress"), ci("failure"), ci("success")],
    { now: LATER },
    "pending pending",
  ],
  [
    "the same, and while it runs nobody tells its workflow",
    [[aCheck("test", "queued", { workflow: "suite 7" })], ci("failure"), ci("success")],
    { now: LATER },
    "pending pending",
  ],
  [
    "red while another check of the commit before still runs",
    [[aCheck("a", "failure"), aCheck("b", "in_progress")], [aCheck("a", "failure")], [aCheck("a", "success")]],
    { now: LATER },
    "unproven unproven",
  ],
  [
    "another check turned red than turned green",
    [
      [aCheck("a", "success"), aCheck("b", "success")],
      [aCheck("a", "failure"), aCheck("b", "success")],
      [aCheck("a", "failure"), aCheck("b", "success")],
    ],
    {},
    "verified unproven",
  ],
  [
    "one of two is enough",
    [
      [aCheck("a", "success"), aCheck("b", "success")],
      [aCheck("a", "failure"), aCheck("b", "failure")],
      [aCheck("a", "success"), aCheck("b", "failure")],
    ],
    {},
    "verified verified",
  ],
  [
    "another app's check of that name",
    [[aCheck("test", "success", { app: "other" })], ci("failure"), ci("success")],
    { now: LATER },
    "unproven unproven",
  ],
  [
    "the red commit changes more than tests",
    [ci("success"), ci("failure"), ci("success")],
    { strays: ["src/a.ts"] },
    "unproven unproven",
  ],
  [
    "the red one is still running",
    [ci("success"), ci("in_progress"), ci("success")],
    { now: LATER },
    "pending pending",
  ],
  ["nothing has begun on it yet", [ci("success"), [], ci("success")], {}, "pending pending"],
  ["nothing ever began on it", [ci("success"), [], ci("success")], { now: LATER }, "unproven unproven"],
  ["another check reported first", [ci("success"), [aCheck("lint", "success")], []], {}, "pending pending"],
  ["the red one was cancelled", [ci("success"), ci("cancelled"), ci("success")], {}, "cancelled unproven"],
  ["the red one went stale", [ci("success"), ci("stale"), ci("success")], {}, "cancelled unproven"],
  ["the green one was cancelled", [ci("success"), ci("failure"), ci("cancelled")], {}, "verified cancelled"],
  ["both were cancelled", [ci("success"), ci("cancelled"), ci("cancelled")], {}, "cancelled cancelled"],
  ["the green one is still running", [ci("success"), ci("failure"), ci("queued")], { now: LATER }, "verified pending"],
  ["no CI on the commit before", [[], ci("failure"), ci("success")], {}, "unproven unproven"],
  [
    "a rerun counts as its newest attempt",
    [ci("success"), [aCheck("test", "failure", { order: 1 }), aCheck("test", "success", { order: 2 })], ci("success")],
    {},
    "unproven unproven",
  ],
  [
    "run for pushes and for the pull request, where the trunk knows pushes alone",
    [[of("push", "success")], [of("push", "failure"), of("pull_request", "success")], both("success", "success")],
    {},
    "verified verified",
  ],
  [
    "for the pull request it was red before",
    [both("success", "failure"), both("failure", "failure"), both("success", "success")],
    {},
    "unproven unproven",
  ],
  [
    "for the pull request it never turned green",
    [[of("push", "success")], both("failure", "failure"), both("success", "failure")],
    {},
    "verified unproven",
  ],
  [
    "for the pull request the green one is still running",
    [[of("push", "success")], both("failure", "failure"), both("success", "queued")],
    { now: LATER },
    "verified pending",
  ],
];

describe("what CI shows of the phases", () => {
  test.each(table)("%s", (_, [before, red, green], more, shown) => {
    expect(states(proven(before, red, green, more))).toBe(shown);
  });

  test("a proof names the checks that turned, and a doubt its ground", () => {
    const doubt = (proof: PhaseProof | null | undefined) => proof?.why;
    expect(proven(ci("success"), ci("failure"), ci("success")).proof?.red?.checks).toEqual(['["actions","ci","test"]']);
    expect(doubt(proven(ci("success"), ci("success"), ci("success")).proof?.red)).toEqual({ code: "not_red" });
    expect(doubt(proven(ci("success"), ci("failure"), ci("failure")).proof?.green)).toEqual({ code: "not_green" });
    expect(doubt(proven(ci("success"), [], [], { now: LATER }).proof?.red)).toEqual({ code: "no_ci" });
    const strays = Array.from({ length: 9 }, (_, index) => `src/${index}.ts`);
    expect(doubt(proven(ci("success"), ci("failure"), ci("success"), { strays }).proof?.red)).toEqual({
      code: "strays",
      paths: strays.slice(0, 5),
    });
  });
});

describe("what is still to be read", () => {
  const proof = (state: PhaseProof["state"], commit: string): PhaseProof => ({ commit, state, checks: [], why: null });
  test.each([
    ["nothing where nothing is claimed", aRun(), null, null],
    ["both at first", claiming(), SHA, SHA2],
    [
      "what is pending",
      claiming({ proof: { red: proof("verified", SHA), green: proof("pending", SHA2) } }),
      null,
      SHA2,
    ],
    [
      "nothing that is final",
      claiming({ proof: { red: proof("cancelled", SHA), green: proof("unproven", SHA2) } }),
      null,
      null,
    ],
    [
      "a green one that another commit claims by now",
      claiming({ proof: { red: proof("verified", SHA), green: proof("verified", SHA) } }),
      null,
      SHA2,
    ],
    [
      "both where another commit claims to be the red one: the green one was held against the first",
      claiming({ proof: { red: proof("verified", SHA2), green: proof("verified", SHA2) } }),
      SHA,
      SHA2,
    ],
  ])("%s", (_, run, red, green) => {
    expect(unprovenPhases(run, "on the way")).toEqual({ red, green });
  });

  test("at the end also what was cancelled or not green, since a person may have run it again", () => {
    const run = claiming({ proof: { red: proof("cancelled", SHA), green: proof("unproven", SHA2) } });
    expect(unprovenPhases(run, "at the end")).toEqual({ red: SHA, green: SHA2 });
    const notGreen = { ...proof("unproven", SHA2), why: { code: "not_green" } as const };
    const red = claiming({ proof: { red: proof("verified", SHA), green: notGreen } });
    expect(unprovenPhases(red, "at the end")).toEqual({ red: null, green: SHA2 });
    expect(unprovenPhases(red, "on the way")).toEqual({ red: null, green: null });
    const over = claiming({ proof: { red: proof("verified", SHA), green: proof("unproven", SHA2) } });
    expect(unprovenPhases(over, "at the end")).toEqual({ red: null, green: null });
  });
});

describe("a repo that lands nothing without it", () => {
  const required = (run: Run) => evidenceFact({ ...run, evidence: "required" });
  test.each([
    ["verified", proven(ci("success"), ci("failure"), ci("success")), "verified"],
    ["never claimed", aRun(), "lacking"],
    [
      "only the red one claimed",
      aRun({ claimed: { worktree: claimed.worktree, tests_red: claimed.tests_red } }),
      "lacking",
    ],
    ["claimed and not read yet", claiming(), "pending"],
    ["the red one pending", proven(ci("success"), [], []), "pending"],
    ["the green one pending", proven(ci("success"), ci("failure"), []), "pending"],
    ["unproven", proven(ci("success"), ci("success"), ci("success")), "lacking"],
    ["cancelled", proven(ci("success"), ci("cancelled"), ci("success")), "lacking"],
    ["not green in the end", proven(ci("success"), ci("failure"), ci("failure")), "lacking"],
  ] as const)("%s", (_, run, fact) => {
    expect(required(run)).toBe(fact);
  });

  test("nothing is asked of the others", () => {
    expect(evidenceFact(aRun())).toBe("not_asked");
    expect(evidenceFact(aRun({ evidence: "not-applicable" }))).toBe("not_asked");
  });
});

describe("on the checklist", () => {
  const phases = (run: Run) =>
    checklist(run)
      .slice(1, 3)
      .map(({ evidence, why }) => (why ? `${evidence} ${why.code}` : evidence));
  test.each([
    ["verified", proven(ci("success"), ci("failure"), ci("success")), ["verified", "verified"]],
    ["a liar", proven(ci("success"), ci("failure"), ci("failure")), ["verified", "claimed not_green"]],
    ["green all along", proven(ci("success"), ci("success"), ci("success")), ["claimed not_red", "claimed no_red"]],
    [
      "cancelled counts for nothing",
      proven(ci("success"), ci("cancelled"), ci("cancelled")),
      ["missing ci_cancelled", "missing ci_cancelled"],
    ],
    ["pending stays a claim", proven(ci("success"), [], []), ["claimed", "claimed"]],
    [
      "of another commit than the one that claims it now",
      {
        ...proven(ci("success"), ci("failure"), ci("success")),
        claimed: { tests_red: { commit: SHA2, at: T0 }, green: { commit: SHA, at: T0 } },
      },
      ["claimed", "claimed"],
    ],
    ["not applicable, and not claimed", aRun({ evidence: "not-applicable" }), ["skipped", "skipped"]],
  ])("%s", (_, run, shown) => {
    expect(phases(run)).toEqual(shown);
  });
});
