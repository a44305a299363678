/** Rule 6, asked when the calm is over: every issue has come to rest, in one of the ways it may. */
import { asksDeploy } from "../../lib/core/deploy-rule.ts";
import { markerPrefix } from "../../lib/core/markers.ts";
import type { Run } from "../../lib/core/run.ts";
import type { SeenIssue } from "../fakes/forge/stand-in.ts";
import { landing, speaking, wordOf } from "./commit-records.ts";
import { checkWayBack } from "./fault-vigil.ts";
import { holder, latestLabelling } from "./issue-records.ts";
import { inFlight, runsOf } from "./ledger-records.ts";
import type { People } from "./people.ts";
import type { Disk } from "./platform.ts";
import { checkTold } from "./proof-vigil.ts";
import { checkBranches } from "./pull-vigil.ts";
import type { Rules } from "./rules.ts";
import { FOR_HUMAN, READY, US, type World } from "./world.ts";

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
function waitsForNothing(world: World, rules: Rules, repo: string, issue: SeenIssue): boolean {
  // Our in-progress label may be one that the forge would not let go, and a named blocker one that moved away.
  if (world.traffic.isRefused(repo, issue.number) || namesOneThatMoved(world, repo, issue)) return false;
  if (world.squatted.has(repo) || world.special.excuses(issue.number)) return false;
  if (rules.gates.failing(repo, issue.number).length > 0 || isRefused(world, repo, issue, "labeller_untrusted"))
    return false;
  if (isRefused(world, repo, issue, "edited") && mayAskAgain(world, repo, issue)) return false;
  const disk = world.ledgers.disk(world.key(repo));
  if (wasConsumed(disk, issue)) return false;
  const isOurs = runsOf(disk).some((run) => run.issue.number === issue.number);
  const held = holder(issue);
  // Ours by the account, and of no run in this ledger: the label came along with a transferred issue.
  if (held === "other" || (held === "us" && !isOurs) || anotherIsHeld(world, disk, repo, issue)) return false;
  if (world.threadsMade >= world.threadsPerDay) return false;
  const freeze = (disk.data.get("repo") as RepoRecord | undefined)?.freeze ?? null;
  if (freeze !== null) return false;
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
  return named.some((one) => world.moved.has(one));
}

/** This labelling had its run, and the forge would not let the label go. */
function wasConsumed(disk: Disk, issue: SeenIssue): boolean {
  const record = disk.data.get(`event:${latestLabelling(issue, READY)?.id}`);
  return (record as { consumed: boolean } | undefined)?.consumed === true;
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
  return world.played.needsSights && !world.sights.has(`${repo}#${issue.number} ${labelling.at}`);
}

/** As a person would read it off the page. */
function trunkWord(world: World, repo: string): "none" | "pending" | "red" | "fine" {
  const head = world.git.toJSON()[repo]?.branches.main;
  if (head === undefined) return "none";
  // The page shows what the repo itself ignores, too.
  if (world.ownRules?.ignoresNoise) return wordOf(world, repo, head) === "red" ? "red" : "fine";
  return world.forge.ciWord(repo, head);
}

export function checkEnding(world: World, rules: Rules, people: People): void {
  checkBranches(world, rules);
  for (const [key, disk] of world.ledgerDisks()) {
    const repo = world.repoOf(key);
    if (world.squatted.has(repo)) continue;
    const last = new Map<number, Run>();
    for (const run of [...runsOf(disk)].sort((one, other) => one.startedAt - other.startedAt)) {
      last.set(run.issue.number, run);
      if (run.settledAt === null) continue;
      checkBells(world, rules, run);
      checkPhone(world, rules, run);
      checkBoard(world, rules, run);
      checkWayBack(world, rules, repo, run);
    }
    for (const [number, run] of last) {
      const issue = world.issue(repo, number);
      if (!issue || run.outcome === null || run.settledAt === null) continue;
      checkIssue(world, rules, {
        run,
        issue,
        repo,
        untouched: (people.touched.get(`${repo}#${number}`) ?? 0) < run.outcome.decidedAt,
        excused: world.traffic.isRefused(repo, number),
      });
    }
  }
}

/** The words with which whatever tells of it begins. */
const ENDINGS = {
  closed: "Done:",
  escalated: "Handed over",
  frozen: "Handed over",
  withdrawn: "Withdrawn",
  gone: "The issue is gone",
};

/** What a person must mend at the issue stands on it. */
function isUntold(world: World, rules: Rules, repo: string, issue: SeenIssue): boolean {
  const failing = rules.gates.failing(repo, issue.number);
  if (!["edited", "blocked"].includes(failing[0] ?? "") || world.squatted.has(repo)) return false;
  // What can never be read, or waits for that, or is not even looked at before tomorrow, says nothing.
  if (world.weather.special === "issue-unread" || world.threadsMade >= world.threadsPerDay) return false;
  // Nor whoever was once untrusted: that is remembered by the label event.
  if (isRefused(world, repo, issue, "labeller_untrusted")) return false;
  if (world.traffic.isRefused(repo, issue.number) || world.commentsTaken.has(`${repo}#${issue.number}`)) return false;
  return !issue.comments.some((one) => one.by === US && one.body.includes("**Not started"));
}

interface Ended {
  run: Run;
  issue: SeenIssue;
  repo: string;
  /** No hand was laid on the issue since the decision. */
  untouched: boolean;
  /** The forge refused one of our acts on it for good. */
  excused: boolean;
}

function checkIssue(world: World, rules: Rules, { run, issue, repo, untouched, excused }: Ended): void {
  const { outcome } = run;
  if (outcome === null) return;
  const where = `${repo}#${issue.number} (run ${run.id}, ${outcome.type}: ${outcome.reason.code})`;
  const { labels } = issue;
  const elsewhere = outcome.reason.code === "held_elsewhere" || holder(issue) === "other";
  if (!excused && !elsewhere) {
    if (holder(issue) === "us") rules.broken(6, `the in-progress label is left on ${where}`);
    const sameWish = latestLabelling(issue, READY)?.id === run.labelEvent.id;
    if (labels.includes(READY) && sameWish && !outcome.givenBack && outcome.type !== "gone")
      rules.broken(6, `the ready label is left on ${where}`);
    if (untouched) checkOutcome(rules, run, issue, labels, where);
    if (untouched && issue.state === "closed" && closedByItself(world, repo, run))
      rules.broken(6, `what its own commit closed is not opened again for people: ${where}`);
  }
  if (excused && untouched && outcome.type === "closed" && issue.state !== "closed")
    rules.broken(6, `not closed, though refused for good, and nobody is called: ${where}`);
  if (elsewhere || outcome.type === "gone") return;
  // A transferred issue brings along what was said where it came from.
  const prefix = markerPrefix(String(world.repoIds.get(repo)), issue.number);
  const ours = issue.comments.filter((one) => one.by === US && one.body.startsWith(prefix));
  const stamped = run.acts.find((one) => one.deed.type === "read_back")?.state === "acked";
  if (ours.length > 1) rules.broken(6, `${ours.length} comments of ours on ${where}`);
  if (excused || !stamped || world.commentsTaken.has(`${repo}#${issue.number}`)) return;
  if (ours.length === 0) rules.broken(6, `no comment of ours on ${where}`);
  const mention = issue.comments.find((one) => one.by === US && one.body.includes(`afk-hand-over:${run.id}`));
  if (mention && !mention.body.includes(`@${run.labelEvent.actor.login}`))
    rules.broken(6, `the hand-over mentions nobody on ${where}`);
  for (const one of world.runs(repo))
    if (one.issue.number === issue.number && !one.outcome?.givenBack && !namesRun(ours[0]?.body ?? "", one.id))
      rules.broken(6, `the comment does not tell of run ${one.id} on ${where}`);
  // What is folded tells of earlier runs.
  const [text = ""] = (ours[0]?.body ?? "").split("<details>");
  if (!outcome.givenBack) checkTold(world, rules, repo, run, text);
  // Given back and refused again it waits, and says so.
  const waits = outcome.givenBack && text.includes("Not started");
  if (ours.length === 1 && !waits && !text.includes(ENDINGS[outcome.type]))
    rules.broken(6, `the comment is not final on ${where}`);
}

/** In its marker, for a ledger that has lost it, and in words. */
function namesRun(body: string, id: string): boolean {
  const [mark = "", ...words] = body.split("-->");
  return mark.includes(id) && words.join("").includes(id);
}

/** Handed over, and it was a commit of its own landing that closed it. */
function closedByItself(world: World, repo: string, run: Run): boolean {
  if (run.outcome?.type !== "escalated" && run.outcome?.type !== "frozen") return false;
  const closing = world.records.history(repo, run.issue.number)?.findLast((one) => one.what === "closed")?.commit;
  return closing != null && run.commits.includes(closing);
}

function checkOutcome(rules: Rules, run: Run, issue: SeenIssue, labels: string[], where: string): void {
  switch (run.outcome?.type) {
    case "closed":
      if (issue.state !== "closed") rules.broken(6, `not closed: ${where}`);
      if (labels.includes(FOR_HUMAN)) rules.broken(6, `the label of a former hand-over is left on ${where}`);
      return;
    case "escalated":
    case "frozen":
      if (!labels.includes(FOR_HUMAN)) rules.broken(6, `no ready-for-human label on ${where}`);
      return;
    default:
      return;
  }
}

/** Loud endings ring once at each notifier; more only where an answer was lost or somebody died. */
function checkBells(world: World, rules: Rules, run: Run): void {
  const ring = run.acts.findLast(
    ({ deed }) => deed.type === "ring" && deed.notifier === "slack" && deed.bell.type === "ended",
  );
  if (!ring || ring.state === "refused" || ring.state === "cancelled") return;
  const key = `afk-${run.id}-${ring.key}`;
  const bells = world.slack.messages.filter((one) => JSON.stringify(one.metadata ?? null).includes(`"${key}"`));
  if (bells.length === 0) rules.broken(6, `no bell for run ${run.id} (${run.outcome?.type})`);
  if (bells.length > 1 + world.mishaps.slack + world.crashes)
    rules.broken(6, `${bells.length} bells for run ${run.id}`);
}

/** What rang on the phone is there; a bell that is noted and was never sent would ring nobody. */
function checkPhone(world: World, rules: Rules, run: Run): void {
  const isRung = run.acts.some(
    ({ deed, state }) =>
      deed.type === "ring" && deed.notifier === "ntfy" && deed.bell.type === "ended" && state === "acked",
  );
  if (!isRung || run.outcome === null) return;
  const title = `${run.repo.owner}/${run.repo.name}#${run.issue.number} `;
  const since = Math.floor(run.outcome.decidedAt / 1000);
  const words = ENDINGS[run.outcome.type];
  if (
    !world.ntfy.messages.some((one) => one.title?.startsWith(title) && one.time >= since && one.message.includes(words))
  )
    rules.broken(6, `the phone did not ring for run ${run.id} (${run.outcome.type})`);
}

/** Its message in the channel tells how it ended. */
function checkBoard(world: World, rules: Rules, run: Run): void {
  const board = world.slack.messages.find((one) => run.messages.slack?.endsWith(`/${one.ts}`));
  const show = run.acts.find(({ deed }) => deed.type === "show" && deed.notifier === "slack");
  if (!board || !run.outcome || run.outcome.givenBack || show?.state !== "acked") return;
  if (!JSON.stringify(board).includes(ENDINGS[run.outcome.type]))
    rules.broken(6, `the message in the channel does not tell how run ${run.id} ended (${run.outcome.type})`);
}
