import { expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { countsOf } from "../../lib/core/run-counts.ts";
import type { Count } from "../../lib/core/tally.ts";
import { aLabelEvent, anOutcome, aRun, aTurn, SHA, T0 } from "./kit.ts";

const labelled = (seconds: number) => aLabelEvent({ atIso: new Date(T0 - seconds * 1000).toISOString() });
const accepted = aTurn({ sentAt: T0 + 500, acceptedAt: T0 + 1000 });
const seen = aRun().seen;
const ended = {
  startedAt: T0,
  claimed: { worktree: { commit: SHA, at: T0 + 60_000 }, green: { commit: SHA, at: T0 + 90_000 } },
  commits: [SHA],
  seen: { ...seen, commit: { value: SHA, at: T0 + 80_000 }, passed: { value: SHA, at: T0 + 200_000 } },
  outcome: anOutcome({ decidedAt: T0 + 201_000 }),
};

const table: [string, Run | null, Run, Count[]][] = [
  ["a claim", null, aRun({ turns: [] }), []],
  ["a turn that was sent", aRun({ turns: [] }), aRun({ turns: [aTurn({ sentAt: T0 })] }), []],
  [
    "the first turn accepted",
    aRun({ turns: [aTurn()] }),
    aRun({ labelEvent: labelled(4), turns: [accepted] }),
    [{ type: "started", seconds: 5 }],
  ],
  ["the same again", aRun({ turns: [accepted] }), aRun({ turns: [accepted] }), []],
  [
    "another turn accepted",
    aRun({ turns: [accepted] }),
    aRun({ turns: [accepted, aTurn({ number: 2, purpose: "fix", acceptedAt: T0 + 9000 })] }),
    [],
  ],
  [
    "a label without a time",
    aRun({ turns: [] }),
    aRun({ labelEvent: aLabelEvent({ atIso: "soon" }), turns: [accepted] }),
    [],
  ],
  ["an attempt", aRun({ attempts: 1 }), aRun({ attempts: 2 }), [{ type: "attempts", times: 1 }]],
  ["an outcome that is not settled", aRun(), aRun({ outcome: anOutcome() }), []],
  [
    "a run that settles: a phase not reached has no time, and none takes less than nothing",
    aRun(ended),
    aRun({ ...ended, settledAt: T0 + 202_000 }),
    [
      { type: "settled", outcome: "closed" },
      { type: "phase", phase: "worktree", seconds: 60 },
      { type: "phase", phase: "green", seconds: 30 },
      { type: "phase", phase: "pushed", seconds: 0 },
      { type: "phase", phase: "ci", seconds: 110 },
      { type: "phase", phase: "done", seconds: 1 },
    ],
  ],
  ["a settled run stored again", aRun({ ...ended, settledAt: T0 }), aRun({ ...ended, settledAt: T0, acts: [] }), []],
  [
    "a run that ends with nothing to show",
    aRun(),
    aRun({ outcome: anOutcome({ type: "gone" }), settledAt: T0 }),
    [{ type: "settled", outcome: "gone" }],
  ],
];

test.each(table)("%s", (_what, before, run, counts) => {
  expect(countsOf(before, run)).toEqual(counts);
});
