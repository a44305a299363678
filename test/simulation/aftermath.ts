/** Asked when the calm is over, of the forge's own records: what our hands did to issues, and what is still held. */
import type { Run } from "../../lib/core/run.ts";
import type { SeenIssue } from "../fakes/forge/stand-in.ts";
import { runsOf } from "./ledger-records.ts";
import type { Deed } from "./records.ts";
import { heldByFleet } from "./restless.ts";
import type { Rules } from "./rules.ts";
import type { Disk } from "./storage.ts";
import { IN_PROGRESS, READY, US, type World } from "./world.ts";

/** Between our read and our deed. */
const RACE_MS = 60_000;

export function checkAftermath(world: World, rules: Rules): void {
  for (const name of world.repoNames) {
    const disk = world.ledgers.disk(world.key(name));
    const runs = runsOf(disk);
    const issues = world.forge.issues(name);
    for (const issue of issues) {
      const where = `${name}#${issue.number}`;
      const here = runs.filter((run) => run.issue.number === issue.number);
      const history = world.records.history(name, issue.number) ?? [];
      for (const deed of history) if (deed.by === US) checkDeed(world, rules, where, history, deed, here);
      checkUnasked(world, rules, where, issue, history);
      checkComments(rules, where, world.repoIds.get(name), issue, here);
    }
    checkGivenBack(rules, name, disk, runs);
    for (const run of world.stoppers.unheard(name))
      rules.broken(6, `run ${run} of ${name} was ordered to stop and went on`);
  }
  const held = heldByFleet(world);
  if (held.length > 0) rules.broken(10, `the fleet still holds ${held.join(", ")}`);
}

function checkDeed(world: World, rules: Rules, where: string, history: Deed[], deed: Deed, runs: Run[]): void {
  const before = history.slice(0, history.indexOf(deed));
  const { at } = deed;
  const quiet = world.mishaps.forge === 0 && world.crashes === 0;
  switch (deed.what) {
    case "unlabeled": {
      const put = before.findLast((one) => one.what === "labeled" && one.label === deed.label);
      if (!put || at - put.at < RACE_MS) return;
      if (deed.label === IN_PROGRESS && quiet && put.by !== US)
        rules.broken(2, `we took another's in-progress label off ${where}`);
      if (deed.label !== READY) return;
      // A transferred issue brings its events along: the run may be another ledger's.
      const took = [...world.everyRun()].map(([, run]) => run).filter((run) => run.labelEvent.id === put.id);
      const next = history.slice(history.indexOf(deed) + 1);
      if (took.every((run) => run.outcome?.givenBack) && world.retriers.isOrdered(where, at)) {
        // Refused for good, the label is a person's again: he is told.
        const refused = world.mishaps.forge > 0;
        if (!refused && !next.some((one) => (one.what === "labeled" && one.label === READY) || one.what === "closed"))
          rules.broken(6, `we took a wish off ${where} to put it on anew, and did not`);
      } else if (took.length === 0) rules.broken(6, `we took a wish off ${where} that no run has taken`);
      else if (took.every((run) => run.outcome?.givenBack))
        rules.broken(6, `we took a wish off ${where} that was given back`);
      return;
    }
    case "reopened": {
      const closed = before.findLast((one) => one.what === "closed");
      if (!closed || at - closed.at < RACE_MS) return;
      // A keyword in the text of what was merged closes too, by the hand of who merged it.
      const [name = ""] = where.split("#");
      const ours = runs.map(({ branch }) => branch);
      const merged = world.forge.pulls.all(name).some((one) => ours.includes(one.branch) && one.mergedBy === closed.by);
      if (closed.commit === null && closed.by !== US && !merged)
        rules.broken(6, `we reopened ${where}, which a person closed`);
      return;
    }
    case "closed": {
      if (deed.commit !== null) return;
      const opened = before.findLast((one) => one.what === "reopened");
      const run = runs.findLast(
        (one) => one.outcome !== null && one.outcome.decidedAt + world.weather.forgeAheadMs <= at + 1000,
      );
      if (!opened || !run?.outcome || opened.by === US) return;
      if (opened.at > run.outcome.decidedAt + world.weather.forgeAheadMs + 2000 && opened.at < at - RACE_MS)
        rules.broken(6, `we closed ${where}, which a person had reopened`);
      return;
    }
    default:
      return;
  }
}

/** What nobody ever labelled, or ordered to be, is none of our business. */
function checkUnasked(world: World, rules: Rules, where: string, issue: SeenIssue, history: Deed[]): void {
  if (history.some((one) => one.what === "labeled" && one.label === READY) || world.retriers.isOrdered(where)) return;
  if (history.some((one) => one.by === US) || issue.comments.some((one) => one.by === US))
    rules.broken(9, `we laid hands on ${where}, which nobody labelled`);
}

function checkComments(rules: Rules, where: string, repoId: number | undefined, issue: SeenIssue, runs: Run[]): void {
  const ours = issue.comments.filter((one) => one.by === US);
  const marked = ours.filter((one) => one.body.startsWith(`<!-- afk:${repoId}#${issue.number} `));
  if (marked.length > 1 && runs.length === 0)
    rules.broken(6, `${marked.length} comments of ours on ${where}, which never ran`);
  for (const run of runs) {
    const said = ours.filter((one) => one.body.includes(`<!-- afk-hand-over:${run.id} -->`)).length;
    if (said > 1) rules.broken(6, `run ${run.id} of ${where} is handed over ${said} times`);
  }
}

/** A wish that was given back is there for the next claim. */
function checkGivenBack(rules: Rules, name: string, disk: Disk, runs: Run[]): void {
  for (const [key, value] of disk.data) {
    if (!key.startsWith("event:")) continue;
    const { runId, consumed } = value as { runId: string; consumed: boolean };
    if (consumed && runs.some((run) => run.id === runId && run.outcome?.givenBack))
      rules.broken(6, `${name} gave ${key} back and keeps it as consumed`);
  }
}
