/** The texts of a run's turns, from facts read at the very try that sends them. */
import { judgeCommit, latestAttempts, meaningOf, underRules } from "../core/ci-verdict.ts";
import { tighter } from "../core/config.ts";
import { faultSubject } from "../core/fault.ts";
import { GATES } from "../core/gate-table.ts";
import { type System, unreadOf } from "../core/gates.ts";
import { type FailingCheck, firstTurn, fixForwardTurn, LOG_LINES } from "../core/issue-implementer-prompt.ts";
import { failedDeploy } from "../core/live.ts";
import { reviewTurn, updateTurn } from "../core/proposal-prompts.ts";
import { REVIEW_ROUNDS_MAX } from "../core/proposal-rows.ts";
import { DEFAULT_RULES } from "../core/repo-rules.ts";
import { landed, type Run, type Turn } from "../core/run.ts";
import type { Unread } from "../core/types.ts";
import { deployText } from "./deploy-text.ts";
import { gather, noFacts, occupation } from "./gate-facts.ts";
import type { Loop } from "./loop.ts";
import { whyStopped } from "./stopped.ts";

/** More failing checks than these are named without a log. */
const LOGS_READ_MAX = 5;

/** `unread`: what it waits for is a system that could not be read; null: it was read, and is to change. */
export interface Later {
  type: "later";
  why: string;
  unread: { system: System; auth: boolean } | null;
}

/** `moot`: what it would answer is not so any more, and the turn is as if it had never been decided. */
export type Text =
  | { type: "text"; text: string }
  | { type: "refused"; why: string }
  | Later
  | { type: "moot"; why: string };

/** What a turn says, read and decided anew at every try. */
export async function turnText(loop: Loop, run: Run, turn: Turn): Promise<Text> {
  if (turn.purpose === "first") return firstText(loop, run);
  const stopped = await whyStopped(loop);
  if (stopped !== null) return { type: "refused", why: stopped };
  switch (turn.purpose) {
    case "fix":
      return fixText(loop, run, turn);
    case "update":
      return { type: "text", text: updateTurn(run, attemptsMax(loop, run)) };
    case "review":
      return reviewText(loop, run, turn);
    default:
      return turn.purpose satisfies never;
  }
}

export function notYet(system: System, { why, auth }: Unread): Later {
  return { type: "later", why, unread: { system, auth } };
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

async function fixText(loop: Loop, run: Run, turn: Turn): Promise<Text> {
  const sha = turn.sha ?? "";
  if (sha === landed(run) && failedDeploy(run)) return deployText(loop, run, sha, attemptsMax(loop, run));
  const { dropped } = run.proposal ?? {};
  const branch = run.commits.includes(sha) ? run.trunk : run.branch;
  // What the merge queue tested is another commit than the head it put out.
  const checks =
    dropped?.head === sha ? await loop.ci.queueChecks(dropped.commit, run.trunk) : await loop.ci.checks(sha, branch);
  if (!checks.known) return notYet("forge", checks);
  const failing: FailingCheck[] = [];
  const { checks: own } = underRules(checks.value, [], run.rules ?? DEFAULT_RULES);
  for (const check of latestAttempts(own).filter((one) => meaningOf(one.word, "over") === "red")) {
    const failure = failing.length < LOGS_READ_MAX ? await loop.ci.failure(check, LOG_LINES) : null;
    failing.push({ check, ...(failure?.known ? failure.value : { step: null, logTail: null }) });
  }
  const green = judgeCommit(own, { required: [], awaited: [] }, "over").word === "green";
  if (green && dropped?.head !== sha) return { type: "moot", why: `CI of ${sha.slice(0, 12)} turned green by itself` };
  const before = run.redBefore?.of === faultSubject(run, sha) ? run.redBefore.checks : [];
  return { type: "text", text: fixForwardTurn(run, sha, failing, before, attemptsMax(loop, run), loop.held) };
}

/** What people wrote, as it stands now: edited words are heeded, deleted ones are not. */
async function reviewText(loop: Loop, run: Run, turn: Turn): Promise<Text> {
  const number = run.proposal?.last?.number;
  if (number === undefined) return { type: "refused", why: "there is no pull request" };
  const remarks = await loop.proposals.remarks(number);
  if (!remarks.known) return notYet("forge", remarks);
  const left = remarks.value.filter((remark) => turn.remarks?.includes(remark.id));
  if (left.length === 0) return { type: "refused", why: "what it would answer was taken back" };
  return { type: "text", text: reviewTurn(run, left, REVIEW_ROUNDS_MAX, loop.held) };
}

function attemptsMax(loop: Loop, run: Run): number {
  return tighter(run.limits, loop.settings.config.limits).fixAttempts;
}
