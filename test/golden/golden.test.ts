/**
 * Golden histories: what the real loop saw in the rehearsal, and what the core made of it, look by look. The core as it
 * is now must make the same of it, and between them they must hold every branch of the table.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Pace } from "../../lib/core/actions.ts";
import { type Claim, claimed } from "../../lib/core/claim.ts";
import type { Config } from "../../lib/core/config.ts";
import type { Facts } from "../../lib/core/facts.ts";
import { stopOf } from "../../lib/core/pause.ts";
import type { Run } from "../../lib/core/run.ts";
import { apply, settle } from "../../lib/core/run-evolve.ts";
import { factsOf, type Look, observe } from "../../lib/core/run-facts.ts";
import { nextAction } from "../../lib/core/run-state-machine.ts";
import { BRANCHES } from "./branches.ts";
import { answerOf, type Entry, type Standing, standingAt, UNKNOWN } from "./history.ts";
import type { Json } from "./patch.ts";

const HISTORIES = join(import.meta.dirname, "histories");
const files = readdirSync(HISTORIES).filter((file) => file.endsWith(".json"));
/** Our own files, written by scripts/golden.ts; what does not fit fails the comparison. */
const historyIn = (file: string): Entry[] => JSON.parse(readFileSync(join(HISTORIES, file), "utf8"));

/** What the core answers now, as it would be recorded. */
const told = (value: unknown): Json => JSON.parse(JSON.stringify(value));

const reached = new Set<string>();

describe("replayed through the core as it is now", () => {
  it.each(files)("%s", (file) => {
    const standings = new Map<string, Standing>();
    const facts = new Map<string, Facts>();
    for (const [index, entry] of historyIn(file).entries()) {
      const same = (what: string, now: unknown, recorded: Json) =>
        expect(
          told(now),
          `${what} of entry ${index} (${nameOf(entry)}) in test/golden/histories/${file} has changed. ` +
            "If that is meant, run `npm run golden` and commit the histories with the change",
        ).toEqual(recorded);
      if (entry.type === "claim") {
        same("the run", claimed(entry.claim as unknown as Claim, entry.now), entry.run);
        standings.set(idOf(entry.run), { ...UNKNOWN, run: entry.run });
        continue;
      }
      const { after, ...standing } = standingAt(standings.get(entry.run) ?? UNKNOWN, entry);
      standings.set(entry.run, { ...standing, run: after });
      const run = standing.run as unknown as Run;
      const pace = standing.pace as unknown as Pace;
      if (entry.type === "settle") {
        const settled = settle(run, entry.now, entry.notifiers as string[]);
        same("the run", settled, after);
        const seen = facts.get(entry.run);
        if (seen === undefined) continue;
        // Rows 1 and 2 are asked without a look of their own.
        expect(nextAction(run, seen, pace, entry.now)).toEqual({ type: "finish", row: 2 });
        reached.add("2 finish");
        if (settled.settledAt === null) continue;
        expect(nextAction(settled, seen, pace, entry.now)).toEqual({ type: "none", row: 1 });
        reached.add("1 none");
        continue;
      }
      const look = entry.look as unknown as Look;
      const config = standing.config as unknown as Config;
      const observed = observe(run, look, entry.now, config.prices);
      // Nobody pauses in the rehearsal, nor mistypes a setting.
      const found = factsOf(observed, look, config, entry.now, stopOf(!config.killSwitch, null));
      same("the facts", found, entry.facts);
      const action = nextAction(observed, found, pace, entry.now);
      same("the action", action, entry.action);
      same("the run", apply(observed, action, entry.at as unknown as Parameters<typeof apply>[2]), after);
      facts.set(entry.run, found);
      reached.add(answerOf(told(action), entry.facts));
    }
  });
});

it.each(files)("%s names no folder of the machine it was recorded on", (file) => {
  const bases = readFileSync(join(HISTORIES, file), "utf8").matchAll(/"workspaceBase":"([^"]*)"/g);
  expect(new Set([...bases].map(([, base]) => base))).toEqual(new Set(["/rehearsal/workspaces"]));
});

describe("every branch of the table", () => {
  it("is in a history", () => {
    expect([...reached].sort()).toEqual([...BRANCHES].sort());
  });

  it("has a name for each row", () => {
    const rows = BRANCHES.map((branch) => Number(branch.split(" ")[0]));
    expect([...new Set(rows)].sort((one, other) => one - other)).toEqual(
      Array.from({ length: 25 }, (_, row) => row + 1),
    );
  });
});

function nameOf(entry: Entry): string {
  return entry.type === "look" ? answerOf(entry.action, entry.facts) : entry.type;
}

function idOf(run: Json): string {
  return (run as unknown as Run).id;
}
