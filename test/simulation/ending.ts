/** Rule 6, asked when the calm is over: every issue has come to rest, in one of the ways it may. */
import { markerPrefix } from "../../lib/core/messages.ts";
import type { Run } from "../../lib/core/run.ts";
import type { Issue } from "../fakes/github/state.ts";
import { fullName } from "../fakes/github/world.ts";
import type { People } from "./people.ts";
import type { Disk } from "./platform.ts";
import { holder, inFlight, type Rules, runsOf } from "./rules.ts";
import { FOR_HUMAN, READY, US, type World } from "./world.ts";

interface RepoRecord {
  dirty: number;
  done: number;
  freeze: unknown;
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
  for (const repo of world.github.state.repos) {
    for (const issue of repo.issues) {
      const name = fullName(repo);
      if (world.issue(name, issue.number) && waitsForNothing(world, rules, name, issue))
        open.push(`${name}#${issue.number} is ready and nothing stands in its way`);
    }
  }
  return open;
}

/** A ready issue that no gate refuses and no run has taken. */
function waitsForNothing(world: World, rules: Rules, repo: string, issue: Issue): boolean {
  // Our in-progress label may be one that the forge would not let go, and a named blocker one that moved away.
  if (world.refusedActs.has(`${repo}#${issue.number}`) || namesOneThatMoved(world, repo, issue)) return false;
  if (world.squatted.has(repo) || world.special.excuses(issue.number)) return false;
  if (rules.gates(repo, issue.number).length > 0 || wasUntrusted(world, repo, issue)) return false;
  const disk = world.ledgers.disk(`github:${repo}`);
  if (wasConsumed(disk, issue)) return false;
  const isOurs = runsOf(disk).some((run) => run.issue.number === issue.number);
  const held = holder(world, repo, issue);
  // Ours by the account, and of no run in this ledger: the label came along with a transferred issue.
  if (held === "other" || (held === "us" && !isOurs)) return false;
  const freeze = (disk.data.get("repo") as RepoRecord | undefined)?.freeze ?? null;
  if (freeze !== null) return false;
  return trunkWord(world, repo) !== "red" && trunkWord(world, repo) !== "pending";
}

function namesOneThatMoved(world: World, repo: string, issue: Issue): boolean {
  const moved = world.repo(repo).issues.filter((one) => one.transferredTo !== null);
  return moved.some((one) => new RegExp(`Blocked by #${one.number}\\b`).test(issue.body ?? ""));
}

/** This labelling had its run, and the forge would not let the label go. */
function wasConsumed(disk: Disk, issue: Issue): boolean {
  const record = disk.data.get(`event:${latestReady(issue)?.id}`);
  return (record as { consumed: boolean } | undefined)?.consumed === true;
}

function latestReady(issue: Issue): Issue["events"][number] | undefined {
  return issue.events.findLast((one) => one.event === "labeled" && one.label?.name === READY);
}

/** Whose labelling was once refused stays refused, whatever he may do by now: it is remembered by the label event. */
function wasUntrusted(world: World, repo: string, issue: Issue): boolean {
  const record = world.ledgers.disk(`github:${repo}`).data.get(`issue:${issue.number}`);
  const refusal = (record as { refusal: { code: string; labelEventId: string | null } | null } | undefined)?.refusal;
  return refusal?.code === "labeller_untrusted" && refusal.labelEventId === String(latestReady(issue)?.id);
}

/** As a person would read it off the page. */
function trunkWord(world: World, name: string): "red" | "pending" | "fine" {
  const repo = world.repo(name);
  const head = world.git.toJSON()[repo.git]?.branches.main;
  const newest = new Map<string, (typeof repo.checkRuns)[number]>();
  for (const check of repo.checkRuns.filter((one) => one.headSha === head))
    newest.set(`${check.suite} ${check.name}`, check);
  const words = [...newest.values()].map((check) => (check.status === "completed" ? check.conclusion : "pending"));
  const status = repo.statuses.findLast((one) => one.sha === head)?.state;
  if (words.includes("failure") || status === "failure") return "red";
  return words.includes("pending") || status === "pending" ? "pending" : "fine";
}

export function checkEnding(world: World, rules: Rules, people: People): void {
  for (const [key, disk] of world.ledgerDisks()) {
    const repo = key.replace("github:", "");
    if (world.squatted.has(repo)) continue;
    const last = new Map<number, Run>();
    for (const run of [...runsOf(disk)].sort((one, other) => one.startedAt - other.startedAt)) {
      last.set(run.issue.number, run);
      if (run.settledAt !== null) checkBells(world, rules, run);
    }
    for (const [number, run] of last) {
      const issue = world.issue(repo, number);
      if (!issue || run.outcome === null || run.settledAt === null) continue;
      checkIssue(world, rules, {
        run,
        issue,
        repo,
        untouched: (people.touched.get(`${repo}#${number}`) ?? 0) < run.outcome.decidedAt,
        excused: world.refusedActs.has(`${repo}#${number}`),
      });
    }
  }
}

interface Ended {
  run: Run;
  issue: Issue;
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
  const labels = world.labels(repo, issue);
  const elsewhere = outcome.reason.code === "held_elsewhere" || holder(world, repo, issue) === "other";
  if (!excused && !elsewhere) {
    if (holder(world, repo, issue) === "us") rules.broken(6, `the in-progress label is left on ${where}`);
    const sameWish = String(latestReady(issue)?.id) === run.labelEvent.id;
    if (labels.includes(READY) && sameWish && !outcome.givenBack && outcome.type !== "gone")
      rules.broken(6, `the ready label is left on ${where}`);
    if (untouched) checkOutcome(rules, run, issue, labels, where);
  }
  if (excused && untouched && outcome.type === "closed" && issue.state !== "closed")
    rules.broken(6, `not closed, though refused for good, and nobody is called: ${where}`);
  if (elsewhere || outcome.type === "gone") return;
  // A transferred issue brings along what was said where it came from.
  const prefix = markerPrefix(String(world.repo(repo).id), issue.number);
  const ours = issue.comments.filter((one) => world.login(one.by) === US && one.body.startsWith(prefix));
  const stamped = run.acts.find((one) => one.deed.type === "read_back")?.state === "acked";
  if (ours.length > 1) rules.broken(6, `${ours.length} comments of ours on ${where}`);
  if (excused || !stamped || world.commentsTaken.has(`${repo}#${issue.number}`)) return;
  if (ours.length === 0) rules.broken(6, `no comment of ours on ${where}`);
  const text = ours[0]?.body ?? "";
  const words = { closed: "Done:", escalated: "Handed over", frozen: "Handed over", withdrawn: "Withdrawn", gone: "" };
  if (ours.length === 1 && !text.includes(words[outcome.type])) rules.broken(6, `the comment is not final on ${where}`);
}

function checkOutcome(rules: Rules, run: Run, issue: Issue, labels: string[], where: string): void {
  switch (run.outcome?.type) {
    case "closed":
      if (issue.state !== "closed") rules.broken(6, `not closed: ${where}`);
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
  const ring = run.acts.find((one) => one.deed.type === "ring" && one.deed.notifier === "slack");
  if (!ring || ring.state === "refused" || ring.state === "cancelled") return;
  const key = `afk-${run.id}-${ring.key}`;
  const bells = world.slack.messages.filter((one) => JSON.stringify(one.metadata ?? null).includes(`"${key}"`));
  if (bells.length === 0) rules.broken(6, `no bell for run ${run.id} (${run.outcome?.type})`);
  if (bells.length > 1 + world.mishaps.slack + world.crashes)
    rules.broken(6, `${bells.length} bells for run ${run.id}`);
}
