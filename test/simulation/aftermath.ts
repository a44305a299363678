/** Asked when the calm is over, of the forge's own records: what our hands did to issues, and what is still held. */
import type { Run } from "../../lib/core/run.ts";
import type { Issue, IssueEvent } from "../fakes/github/state.ts";
import { fullName } from "../fakes/github/world.ts";
import type { Disk } from "./platform.ts";
import type { Records } from "./records.ts";
import { type Rules, runsOf } from "./rules.ts";
import { landing, wordOf } from "./truths.ts";
import { IN_PROGRESS, READY, US, type World } from "./world.ts";

/** Between our read and our deed. */
const RACE_MS = 60_000;

export function checkAftermath(world: World, records: Records, rules: Rules): void {
  for (const repo of records.state.repos) {
    const name = fullName(repo);
    const disk = world.ledgers.disk(world.key(name));
    const runs = runsOf(disk);
    for (const issue of repo.issues) {
      if (!records.issue(name, issue.number)) continue;
      const here = runs.filter((run) => run.issue.number === issue.number);
      for (const event of issue.events)
        if (records.login(event.actor) === US)
          checkDeed(world, records, rules, `${name}#${issue.number}`, issue, event, here);
      checkComments(records, rules, `${name}#${issue.number}`, repo.id, issue, here);
    }
    for (const run of runs) if (run.settledAt !== null) checkLoud(rules, run);
    checkGivenBack(rules, name, disk, runs);
    const freeze = (disk.data.get("repo") as { freeze: { run: string } | null; active: string[] } | undefined)?.freeze;
    const froze = freeze ? runs.find((run) => run.id === freeze.run) : undefined;
    const waits = repo.issues.some(
      (one) => records.issue(name, one.number) && one.state === "open" && records.labels(name, one).includes(READY),
    );
    if (froze && waits && landing(world, repo, froze, "newest").some((sha) => wordOf(repo, sha) === "green"))
      rules.broken(10, `${name} is frozen, and its trunk is green`);
  }
  const fleet = world.fleet.disk("fleet").data.get("fleet") as { reservations: object } | undefined;
  const held = Object.keys(fleet?.reservations ?? {});
  if (held.length > 0) rules.broken(10, `the fleet still holds ${held.join(", ")}`);
}

function checkDeed(
  world: World,
  records: Records,
  rules: Rules,
  where: string,
  issue: Issue,
  event: IssueEvent,
  runs: Run[],
): void {
  const before = issue.events.slice(0, issue.events.indexOf(event));
  const at = Date.parse(event.createdAt);
  const quiet = world.mishaps.forge === 0 && world.crashes === 0;
  switch (event.event) {
    case "unlabeled": {
      const put = before.findLast((one) => one.event === "labeled" && one.label?.name === event.label?.name);
      if (!put || at - Date.parse(put.createdAt) < RACE_MS) return;
      if (event.label?.name === IN_PROGRESS && quiet && records.login(put.actor) !== US)
        rules.broken(2, `we took another's in-progress label off ${where}`);
      if (event.label?.name !== READY) return;
      // A transferred issue brings its events along: the run may be another ledger's.
      const took = world
        .ledgerDisks()
        .flatMap(([, disk]) => runsOf(disk))
        .filter((run) => run.labelEvent.id === String(put.id));
      if (took.length === 0) rules.broken(6, `we took a wish off ${where} that no run has taken`);
      else if (took.every((run) => run.outcome?.givenBack))
        rules.broken(6, `we took a wish off ${where} that was given back`);
      return;
    }
    case "reopened": {
      const closed = before.findLast((one) => one.event === "closed");
      if (!closed || at - Date.parse(closed.createdAt) < RACE_MS) return;
      if (closed.commitId === null && records.login(closed.actor) !== US)
        rules.broken(6, `we reopened ${where}, which a person closed`);
      return;
    }
    case "closed": {
      if (event.commitId !== null) return;
      const opened = before.findLast((one) => one.event === "reopened");
      const run = runs.findLast(
        (one) => one.outcome !== null && one.outcome.decidedAt + world.weather.forgeAheadMs <= at + 1000,
      );
      if (!opened || !run?.outcome || records.login(opened.actor) === US) return;
      const openedAt = Date.parse(opened.createdAt);
      if (openedAt > run.outcome.decidedAt + world.weather.forgeAheadMs + 2000 && openedAt < at - RACE_MS)
        rules.broken(6, `we closed ${where}, which a person had reopened`);
      return;
    }
    default:
      return;
  }
}

function checkComments(records: Records, rules: Rules, where: string, repoId: number, issue: Issue, runs: Run[]): void {
  const ours = issue.comments.filter((one) => records.login(one.by) === US);
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

/** An ending that concerns a person rings. */
function checkLoud(rules: Rules, run: Run): void {
  const { outcome } = run;
  if (outcome === null || outcome.givenBack || outcome.reason.code === "held_elsewhere" || outcome.type === "gone")
    return;
  if (!run.acts.some((one) => one.deed.type === "ring" && one.deed.bell.type === "ended"))
    rules.broken(6, `run ${run.id} ended ${outcome.type} and rings for nobody`);
}
