/** Rules 6 and 7, asked in the calm until nothing is left: what is not at rest yet, and who waits without a reason or without being told of it. */
import { asksDeploy } from "../../lib/core/deploy-rule.ts";
import type { SeenIssue } from "../fakes/forge/stand-in.ts";
import { landing, speaking, wordOf } from "./commit-records.ts";
import { holder, latestLabelling } from "./issue-records.ts";
import { inFlight, runsOf } from "./ledger-records.ts";
import type { Rules } from "./rules.ts";
import type { Disk } from "./storage.ts";
import { READY, US, type World } from "./world.ts";

interface RepoRecord {
  dirty: number;
  done: number;
  freeze: { run: string } | null;
}

/** What is not at rest yet; empty when the calm may end. */
export function restless(world: World, rules: Rules): string[] {
  const open: string[] = [];
  for (const [name, disk] of world.ledgerDisks()) {
    const repo = disk.data.get("repo") as RepoRecord | undefined;
    if (!repo) continue;
    if (repo.dirty !== repo.done) open.push(`${name} is dirty`);
    for (const run of runsOf(disk)) {
      if (run.settledAt === null) open.push(`run ${run.id} of ${name}#${run.issue.number} is not settled`);
      const pending = run.acts.filter((one) => one.state === "pending").map((one) => one.key);
      if (pending.length > 0)
        open.push(`run ${run.id} of ${name}#${run.issue.number} still owes ${pending.join(", ")}`);
    }
    if (inFlight(disk) && open.length === 0) open.push(`${name} still owes something`);
  }
  for (const run of heldByFleet(world)) open.push(`the fleet still holds ${run}`);
  for (const repo of world.repoNames) {
    if (isFrozenForNothing(world, repo)) open.push(`${repo} is frozen, and its trunk is green`);
    for (const issue of world.forge.issues(repo)) {
      if (waitsForNothing(world, rules, repo, issue))
        open.push(`${repo}#${issue.number} is ready and nothing stands in its way`);
      if (isUntold(world, rules, repo, issue)) open.push(`${repo}#${issue.number} waits, and nobody is told why`);
    }
  }
  return open;
}

/** By id: what is in flight as the fleet has it. One that died in its claim is let go by a sweep. */
export function heldByFleet(world: World): string[] {
  const fleet = world.fleet.disk("fleet").data.get("fleet") as { reservations: object } | undefined;
  return Object.keys(fleet?.reservations ?? {});
}

/** The next look lifts the freeze, where somebody waits for it. */
function isFrozenForNothing(world: World, repo: string): boolean {
  const disk = world.ledgers.disk(world.key(repo));
  const { freeze } = (disk.data.get("repo") ?? { freeze: null }) as RepoRecord;
  const froze = runsOf(disk).find((run) => run.id === freeze?.run);
  if (!froze || world.squatted.has(repo)) return false;
  if (!world.forge.issues(repo).some((one) => one.state === "open" && one.labels.includes(READY))) return false;
  const landed = landing(world, repo, froze, "newest");
  if (asksDeploy(froze.rules) && !world.deploys.isSettled(landed)) return false;
  return speaking(world, repo, froze).some((sha) => wordOf(world, repo, sha) === "green");
}

/** A ready issue that no gate refuses and no run has taken. */
export function waitsForNothing(world: World, rules: Rules, repo: string, issue: SeenIssue): boolean {
  // Our in-progress label may be one that the forge would not let go, and a named blocker one that moved away.
  if (world.traffic.isRefused(repo, issue.number) || namesOneThatMoved(world, repo, issue)) return false;
  if (world.squatted.has(repo) || world.special.excuses(issue.number)) return false;
  const label = latestLabelling(issue, READY);
  const { gates } = rules;
  if (gates.failing(repo, issue.number).length > 0 || gates.wasUntrusted.has(label?.id ?? "")) return false;
  if (isRefused(world, repo, issue, "edited") && mayAskAgain(world, repo, issue)) return false;
  const disk = world.ledgers.disk(world.key(repo));
  if (wasConsumed(world, issue)) return false;
  const isOurs = runsOf(disk).some((run) => run.issue.number === issue.number);
  const held = holder(issue);
  // Ours by the account, and of no run in this ledger: the label came along with a transferred issue.
  if (held === "other" || (held === "us" && !isOurs) || anotherIsHeld(world, disk, repo, issue)) return false;
  if (world.threadsMade >= world.threadsPerDay) return false;
  const freeze = (disk.data.get("repo") as RepoRecord | undefined)?.freeze ?? null;
  if (freeze !== null) {
    // Put on after the freeze it is the order to repair.
    const frozeAt = rules.truths.frozeAt.get(world.key(repo)) ?? Number.POSITIVE_INFINITY;
    return world.mishaps.forge === 0 && label?.by !== US && Date.parse(label?.at ?? "") > frozeAt + 2000;
  }
  return trunkWord(world, repo) !== "red" && trunkWord(world, repo) !== "pending";
}

/** Another issue of the repo is in progress, and no run of this ledger is its. */
function anotherIsHeld(world: World, disk: Disk, repo: string, issue: SeenIssue): boolean {
  const ours = new Set(runsOf(disk).map((run) => run.issue.number));
  return world.forge.issues(repo).some((other) => {
    if (other.number === issue.number || other.state === "closed" || holder(other) === "none") return false;
    return holder(other) === "other" || !ours.has(other.number);
  });
}

function namesOneThatMoved(world: World, repo: string, issue: SeenIssue): boolean {
  const named = [...issue.body.matchAll(/Blocked by #(\d+)/g)].map((match) => `${repo}#${match[1]}`);
  return named.some((one) => world.issueBook.moved.has(one));
}

/** This labelling had its run, and the forge would not let the label go. */
function wasConsumed(world: World, issue: SeenIssue): boolean {
  const id = latestLabelling(issue, READY)?.id;
  return [...world.everyRun()].some(([, run]) => run.labelEvent.id === id && !run.outcome?.givenBack);
}

/**
 * Refused by this labelling. One whose actor was once untrusted stays refused, whatever he may do by now: it is remembered
 * by the label event.
 */
function isRefused(world: World, repo: string, issue: SeenIssue, code: string): boolean {
  const record = world.ledgers.disk(world.key(repo)).data.get(`issue:${issue.number}`);
  const refusal = (record as { refusal: { code: string; labelEventId: string | null } | null } | undefined)?.refusal;
  return refusal?.code === code && refusal.labelEventId === latestLabelling(issue, READY)?.id;
}

/**
 * "Label again", though nobody changed the text after the label: only where the forge's times cannot tell, or where they
 * tell nobody and the delivery that showed the labelled text never reached the ledger (rule 8).
 */
function mayAskAgain(world: World, repo: string, issue: SeenIssue): boolean {
  const labelling = latestLabelling(issue, READY);
  if (!labelling) return false;
  if (labelling.by === US) return world.retriers.isUncertain(repo, issue, labelling);
  if (world.forge.textStands(repo, issue.number, labelling.id) === "either") return true;
  return world.played.needsSights && !world.issueBook.sights.has(`${repo}#${issue.number} ${labelling.at}`);
}

/** As a person would read it off the page. */
function trunkWord(world: World, repo: string): "none" | "pending" | "red" | "fine" {
  const head = world.git.toJSON()[repo]?.branches.main;
  if (head === undefined) return "none";
  // The page shows what the repo itself ignores, too.
  if (world.ownRules?.ignoresNoise) return wordOf(world, repo, head) === "red" ? "red" : "fine";
  return world.forge.ciWord(repo, head);
}

/** What a person must mend at the issue stands on it. */
function isUntold(world: World, rules: Rules, repo: string, issue: SeenIssue): boolean {
  const failing = rules.gates.failing(repo, issue.number);
  if (!["edited", "blocked"].includes(failing[0] ?? "") || world.squatted.has(repo)) return false;
  // What can never be read, or waits for that, or is not even looked at before tomorrow, says nothing.
  if (world.weather.special === "issue-unread" || world.threadsMade >= world.threadsPerDay) return false;
  // Nor whoever was once untrusted: that is remembered by the label event.
  if (isRefused(world, repo, issue, "labeller_untrusted")) return false;
  if (world.traffic.isRefused(repo, issue.number) || world.issueBook.commentsTaken.has(`${repo}#${issue.number}`))
    return false;
  return !issue.comments.some((one) => one.by === US && one.body.includes("**Not started"));
}
