/** Rule 6, asked when the calm is over: every issue has come to rest, in one of the ways it may. */
import { markerPrefix } from "../../lib/core/markers.ts";
import type { Run } from "../../lib/core/run.ts";
import type { SeenIssue } from "../fakes/forge/stand-in.ts";
import { ENDINGS } from "./bells.ts";
import { checkBoard } from "./board.ts";
import { checkChecklist } from "./checklist-truths.ts";
import { checkWayBack } from "./fault-vigil.ts";
import { checkHands } from "./hands.ts";
import { holder, latestLabelling } from "./issue-records.ts";
import { runsOf } from "./ledger-records.ts";
import { checkLanded } from "./merge-vigil.ts";
import type { People } from "./people.ts";
import { checkTold } from "./proof-vigil.ts";
import type { Rules } from "./rules.ts";
import { FOR_HUMAN, READY, US, type World } from "./world.ts";

export function checkEnding(world: World, rules: Rules, people: People): void {
  checkLanded(world, rules);
  for (const [key, disk] of world.ledgerDisks()) {
    const repo = world.repoOf(key);
    if (world.squatted.has(repo)) continue;
    const last = new Map<number, Run>();
    const runs = [...runsOf(disk)].sort((one, other) => one.startedAt - other.startedAt);
    for (const [n, run] of runs.entries()) {
      last.set(run.issue.number, run);
      if (run.settledAt === null) continue;
      const isSame = (one: Run) => one.issue.number === run.issue.number;
      checkHands(world, rules, repo, run, {
        before: runs.slice(0, n).findLast(isSame),
        next: runs.slice(n + 1).find(isSame),
      });
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
  if (excused || !stamped || world.issueBook.commentsTaken.has(`${repo}#${issue.number}`)) return;
  if (ours.length === 0) rules.broken(6, `no comment of ours on ${where}`);
  const mention = issue.comments.find((one) => one.by === US && one.body.includes(`afk-hand-over:${run.id}`));
  if (!mention && !outcome.givenBack && (outcome.type === "escalated" || outcome.type === "frozen"))
    rules.broken(6, `nobody is called by the hand-over on ${where}`);
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
  if (ours.length !== 1 || waits) return;
  if (!text.includes(ENDINGS[outcome.type])) rules.broken(6, `the comment is not final on ${where}`);
  checkChecklist(world, rules, repo, run, text);
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
