/** The texts of a run's turns, from facts read at the very try that sends them. */
import { tighter } from "../core/config.ts";
import { faultSubject } from "../core/fault.ts";
import { GATES } from "../core/gate-table.ts";
import { unreadOf } from "../core/gates.ts";
import { type FailingCheck, firstTurn, fixForwardTurn, LOG_LINES } from "../core/issue-implementer-prompt.ts";
import { failedDeploy } from "../core/live.ts";
import { reviewTurn, updateTurn } from "../core/proposal-prompts.ts";
import { isDropped, REVIEW_ROUNDS_MAX } from "../core/proposal-rows.ts";
import type { Run, Turn } from "../core/run.ts";
import type { Look } from "../core/run-facts.ts";
import { deployText } from "./deploy-text.ts";
import { gather } from "./gate-facts.ts";
import { noFacts, occupation } from "./gathered.ts";
import { glanceAt, isStillOurs, openNow, verdictNow } from "./glance.ts";
import { newestOf } from "./look.ts";
import type { Loop } from "./loop.ts";
import { whyStopped } from "./stopped.ts";
import { notYet, type Text } from "./turn-text.ts";

/** More failing checks than these are named without a log. */
const LOGS_READ_MAX = 5;

/** What a turn says, read and decided anew at every try. */
export async function turnText(loop: Loop, run: Run, turn: Turn): Promise<Text> {
  if (turn.purpose === "first") return firstText(loop, run);
  const stopped = await whyStopped(loop);
  if (stopped !== null) return { type: "refused", why: stopped };
  const seen = await glanceAt(loop, run);
  const ours = isStillOurs(run, seen);
  if (!ours.known) return notYet("forge", ours);
  if (!ours.value) return { type: "moot", why: "the issue was taken back" };
  switch (turn.purpose) {
    case "fix":
      return fixText(loop, run, turn, seen);
    case "update":
      return updateText(loop, run, turn);
    case "review":
      return reviewText(loop, run, turn);
    default:
      return turn.purpose satisfies never;
  }
}

/** Every gate, read live, at this very try; the text is the one the gates saw. */
async function firstText(loop: Loop, run: Run): Promise<Text> {
  const gathered = await noFacts(loop);
  gathered.facts.ledger = { ...gathered.facts.ledger, ownRun: true, ...occupation(loop, run.id) };
  const ruling = await gather(loop, gathered, run.issue.number, GATES, run.id);
  if (ruling.type === "refused") return { type: "refused", why: ruling.refusal.reason };
  const wish = gathered.facts.wish?.known ? gathered.facts.wish.value : null;
  if (ruling.type !== "start" || !wish?.issue) {
    const [missing] = unreadOf(gathered.facts);
    return missing
      ? notYet(...missing)
      : { type: "later", why: "why" in ruling ? ruling.why : "not read yet", unread: null };
  }
  if (wish.labelEvent?.id !== run.labelEvent.id) return { type: "refused", why: "labelled again meanwhile" };
  return { type: "text", text: firstTurn(run, wish.issue) };
}

async function fixText(loop: Loop, run: Run, turn: Turn, seen: Look): Promise<Text> {
  const sha = turn.sha ?? "";
  const { firstRedAt } = run;
  const { fixMs, fixAttempts } = tighter(run.limits, loop.settings.config.limits);
  if (firstRedAt !== null && loop.now() - firstRedAt >= fixMs)
    return { type: "moot", why: "the time to fix it is over" };
  // What lies on top may have mended it. One too long to be listed is judged by ours, as a look judges it.
  if (!seen.trunk.known && !seen.trunk.tooLong) return notYet("forge", seen.trunk);
  const newest = newestOf(loop, run, seen);
  if (newest?.ours === sha && failedDeploy(run)) return deployText(loop, run, newest, fixAttempts);
  const verdict = await verdictNow(loop, run, newest, sha);
  if (!verdict.known) return notYet("forge", verdict);
  if (verdict.value === null) return { type: "moot", why: "another commit is judged by now" };
  const { word, because } = verdict.value;
  if (word !== "red" && !isDropped(run, sha))
    return { type: "moot", why: `CI of ${sha.slice(0, 12)} is ${word} by now` };
  const failing: FailingCheck[] = [];
  for (const check of word === "red" ? because : []) {
    const failure = failing.length < LOGS_READ_MAX ? await loop.ci.failure(check, LOG_LINES) : null;
    failing.push({ check, ...(failure?.known ? failure.value : { step: null, logTail: null }) });
  }
  const before = run.redBefore?.of === faultSubject(run, sha) ? run.redBefore.checks : [];
  return { type: "text", text: fixForwardTurn(run, sha, failing, before, fixAttempts, loop.held) };
}

async function updateText(loop: Loop, run: Run, { sha }: Turn): Promise<Text> {
  const open = await openNow(loop, run);
  if (!open.known) return notYet("forge", open);
  if (open.value?.head !== sha) return { type: "moot", why: "it is another head by now, or open no more" };
  const { fixAttempts } = tighter(run.limits, loop.settings.config.limits);
  return { type: "text", text: updateTurn(run, fixAttempts) };
}

/** What people wrote, as it stands now: edited words are heeded, deleted ones are not. */
async function reviewText(loop: Loop, run: Run, turn: Turn): Promise<Text> {
  const open = await openNow(loop, run);
  if (!open.known) return notYet("forge", open);
  if (open.value === null) return { type: "moot", why: "its pull request is open no more" };
  const remarks = await loop.proposals.remarks(open.value.number);
  if (!remarks.known) return notYet("forge", remarks);
  const left = remarks.value.filter((remark) => turn.remarks?.includes(remark.id));
  if (left.length === 0) return { type: "refused", why: "what it would answer was taken back" };
  return { type: "text", text: reviewTurn(run, left, REVIEW_ROUNDS_MAX, loop.held) };
}
