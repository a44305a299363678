/**
 * Every sentence a person reads. Pure: the comment's text is a function of state without a clock, so that it is
 * written only when something changed. Policy and state machine return values; the words are here.
 */

import { checklistLines, phaseWords } from "./checklist-words.ts";
import { type Said, saidLine } from "./commands.ts";
import { asksDeploy } from "./deploy-rule.ts";
import type { Refusal } from "./gates.ts";
import { failedDeploy, liveCommit } from "./live.ts";
import { checklist } from "./phase-checklist.ts";
import { proposed } from "./proposal.ts";
import { outcomeLine } from "./reasons.ts";
import { undoWords } from "./red-trunk.ts";
import { owedTurn, type Run } from "./run.ts";
import { spentLine } from "./spend-text.ts";
import { inline } from "./text.ts";
import type { Proposal } from "./types.ts";

export interface CommentState {
  repoId: string;
  number: number;
  /** All runs of this issue, oldest first. */
  runs: Run[];
  /** Runs that our comment named and the ledger does not know: it was lost, or is an older copy. */
  elsewhere?: MarkedRun[];
  refusal: Refusal | null;
  /** What came of the last command on it. */
  said?: Said;
  /** Notifiers that could not be reached, for the issue to say so. */
  deaf: string[];
  /** How many notifiers are set. */
  notifiers: number;
  threadUrl(run: Run): string | null;
}

/** What `marker` begins with on one issue: how our comment is found again. */
export function markerPrefix(repoId: string, number: number): string {
  return `<!-- afk:${repoId}#${number} `;
}

export interface MarkedRun {
  run: string;
  labelEvent: string;
}

/** `run/label event` pairs named in a comment of ours: label events that ran, whoever's ledger knows them. */
export function markedRuns(body: string, repoId: string, number: number): MarkedRun[] {
  const prefix = markerPrefix(repoId, number);
  const start = body.indexOf(prefix);
  if (start < 0) return [];
  const marker = body.slice(start + prefix.length, body.indexOf("-->", start));
  return [...marker.matchAll(/([0-9a-f]{8,64})\/([\w-]{1,64})/g)].map((match) => ({
    run: match[1] ?? "",
    labelEvent: match[2] ?? "",
  }));
}

function marker(repoId: string, number: number, ran: MarkedRun[]): string {
  return `${markerPrefix(repoId, number)}runs=${ran.map(({ run, labelEvent }) => `${run}/${labelEvent}`).join(",")} -->`;
}

/** The issue's one comment; null when there is nothing to say. */
export function comment(state: CommentState): string | null {
  const last = state.runs.at(-1);
  // Given back and refused again, the issue waits as if that run had never been.
  const current = last?.outcome?.givenBack && state.refusal ? undefined : last;
  if (!current && !state.refusal && !state.said) return null;
  // A run that was given back used its label event up as little as if it had never been.
  const kept = state.runs.filter((run) => !run.outcome?.givenBack);
  const ran = kept.map((run) => ({ run: run.id, labelEvent: run.labelEvent.id }));
  const parts = [marker(state.repoId, state.number, [...(state.elsewhere ?? []), ...ran])];
  if (state.refusal) parts.push(refusalParagraph(state.refusal));
  if (state.said) parts.push(saidLine(state.said));
  if (current) parts.push(runSection(current, state));
  const past = kept.filter((run) => run !== current);
  if (past.length > 0) parts.push(pastRuns(past));
  if (current && state.notifiers === 0) parts.push("No notifier is set: this issue is the only bell.");
  if (state.deaf.length > 0) parts.push(`Could not be told elsewhere: ${state.deaf.join(", ")} cannot be reached.`);
  return parts.join("\n\n");
}

/** What is left of a refusal when the wish was withdrawn. */
export function noLongerWaiting(repoId: string, number: number, elsewhere: MarkedRun[] = []): string {
  return `${marker(repoId, number, elsewhere)}\n\nNo longer waiting for that: it was mended, or the label was removed before anything started.`;
}

function runSection(run: Run, state: CommentState): string {
  const lines = [`**${headline(run)}**`, "", ...checklistLines(run)];
  const attempts = run.attempts > 0 ? [`Fix-forward attempt ${run.attempts} of ${run.limits.fixAttempts}.`] : [];
  const links = runLinks(run, state.threadUrl(run)).map((link) => `[${link.label}](${link.url})`);
  const spent = spentLine(run);
  const tail = [
    ...attempts,
    ...flakyLines(run),
    ...(spent === null ? [] : [spent]),
    `Run \`${run.id}\`${links.length > 0 ? ` · ${links.join(" · ")}` : ""}`,
  ];
  return [...lines, "", ...tail].join("\n");
}

/** Reds that nobody had to answer. */
function flakyLines(run: Run): string[] {
  return (run.flaky ?? []).map(({ commit, checks }) => {
    const names = checks.slice(0, 5).map((name) => inline(name, 80));
    return `Flaky: ${names.join(", ") || "CI"} was red on \`${commit.slice(0, 12)}\` and turned green with no new commit; no attempt was spent.`;
  });
}

function pastRuns(runs: Run[]): string {
  const lines = runs.map((run) => `- \`${run.id}\`: ${headline(run)}`);
  return ["<details><summary>Earlier runs</summary>", "", ...lines, "", "</details>"].join("\n");
}

/** One line on where a run stands. */
export function headline(run: Run): string {
  if (run.outcome) return outcomeLine(run.outcome);
  const pull = proposed(run);
  if (run.commits.length > 0 && pull) return `${landedWords(run)}. What mends it ${proposalWords(run, pull)}.`;
  if (run.commits.length > 0) return `${landedWords(run)}.`;
  if (pull) return `${isAtWork(run) ? "An agent is at work; its change" : "The change"} ${proposalWords(run, pull)}.`;
  if (run.turns.some((turn) => turn.startedTurnId !== null)) return "An agent is at work.";
  return "Claimed; an agent is about to start.";
}

/** A turn was decided since people were last waited for. */
function isAtWork(run: Run): boolean {
  return run.proposal?.waitingSince === null && owedTurn(run) !== null;
}

/** Where the landed commit stands: with CI and, once that has passed, on its way to being live. */
function landedWords(run: Run): string {
  const verdict = verdictWords(run.seen.verdict, fixWords(run));
  if (!asksDeploy(run.rules) || run.seen.passed === null) return `Landed; ${verdict}`;
  const passed = run.rules?.ci === "none" ? "Landed" : "Landed, CI is green";
  if (liveCommit(run)) return `${passed}; live`;
  return `${passed}; ${failedDeploy(run) ? `the deploy failed${fixWords(run)}` : "not live yet"}`;
}

function fixWords(run: Run): string {
  return run.attempts > 0 ? `, and attempt ${run.attempts} of ${run.limits.fixAttempts} to fix it has begun` : "";
}

function verdictWords(verdict: string | null, fixing: string): string {
  switch (verdict) {
    case "pending":
      return "CI is running";
    case "red":
      return `CI is red${fixing}`;
    case "infra":
      return "CI failed for reasons of its own";
    case "human":
      return "CI waits for a person's approval";
    case "green":
      return "CI is green";
    default:
      return "CI has not reported yet";
  }
}

/** Proposed, reviewed, landed: where a pull request stands. */
export function proposalWords(run: Run, pull: Proposal): string {
  const memory = run.proposal;
  const what = `is proposed as #${pull.number}`;
  if (pull.draft) return `${what}, a draft`;
  if (pull.merges === "conflict") return `${what} and in conflict with the trunk`;
  if (pull.queued) return `${what} and in the merge queue`;
  if (memory?.verdict !== "green") return `${what}; ${verdictWords(memory?.verdict ?? null, "")}`;
  if (memory.wantsRepo) return `${what} and waits for the repo, to be worked on again`;
  return `${what}, green, and ${REVIEW_WORDS[pull.review]}${pull.scheduled ? "; the forge merges it by itself" : ""}`;
}

const REVIEW_WORDS: Record<Proposal["review"], string> = {
  required: "waits for a review",
  changes_requested: "waits for the reviewers, who asked for changes",
  approved: "is approved: it waits for its merge",
  none: "waits for a person to merge it",
};

/** Refusals a person can mend at the issue; the others show on the why-page and pass by themselves. */
export function isSaidOnIssue(refusal: Refusal): boolean {
  return ["repo_config", "edited", "blocked", "held_elsewhere", "repo_frozen", "trunk_red"].includes(refusal.code);
}

const MENDS: Partial<Record<Refusal["code"], string>> = {
  repo_config: "It starts by itself when the file is mended on the default branch.",
  edited: "Read it as it is now and label again to confirm.",
  blocked: "It starts by itself when the blockers are closed.",
  held_elsewhere: "If nobody is at work on it, remove the in-progress label.",
  repo_frozen: "Repair the trunk, or label an issue again as the order to repair it.",
  trunk_red: "It starts by itself when the trunk is green.",
};

function refusalParagraph(refusal: Refusal): string {
  const parts = [
    `**Not started: ${inline(refusal.reason, 500)}.**`,
    MENDS[refusal.code] ?? "",
    undoWords(refusal.undo),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** The new short comment of a hand-over: edits notify nobody, a mention does. `red`: what the trunk is left with, in words. */
export function handOver(run: Run, red: string | null = null): string {
  const told = [run.outcome ? outcomeLine(run.outcome) : "", red ?? "", passedWords(run)];
  const text = told.filter((part) => part !== "").join("\n\n");
  return `${handOverMarker(run)}\n${mention(run.labelEvent.actor.login)} ${text}\n\nLabel it \`${run.labels.ready}\` again, or comment \`/afk retry\`, to retry.`;
}

/** What is left to do with a change that nothing speaks against, and that a person must see. */
function passedWords({ outcome, commits }: Run): string {
  if (outcome?.reason.code !== "protected_path" && outcome?.reason.code !== "unproven") return "";
  return commits.length > 0
    ? "It is on the trunk: if it is as it should be, close the issue."
    : "If it is as it should be, merge its pull request and close the issue.";
}

/** How a hand-over comment is found again after an answer that never came. */
export function handOverMarker(run: Run): string {
  return `<!-- afk-hand-over:${run.id} -->`;
}

function mention(login: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(\[bot\])?$/.test(login) ? `@${login}` : inline(login);
}

export interface Link {
  label: string;
  url: string;
}

export interface NoticeText {
  title: string;
  lines: string[];
  links: Link[];
}

/** The run's message at a notifier, in plain text. */
export function runNotice(run: Run, threadUrl: string | null): NoticeText {
  const lines = [
    plain(headline(run)),
    ...checklist(run)
      .filter((line) => line.evidence !== "skipped")
      .map((line) => `${phaseWords(run, line.phase)}: ${line.evidence}`),
  ];
  if (run.attempts > 0) lines.push(`fix-forward attempt ${run.attempts} of ${run.limits.fixAttempts}`);
  const spent = spentLine(run);
  if (spent !== null) lines.push(plain(spent));
  return { title: noticeTitle(run), lines, links: runLinks(run, threadUrl) };
}

/** The bell when a run has ended. */
export function endNotice(run: Run, threadUrl: string | null): NoticeText {
  const line = run.outcome ? plain(outcomeLine(run.outcome)) : "";
  const spent = spentLine(run);
  const lines = spent === null ? [line] : [line, plain(spent)];
  return { title: noticeTitle(run), lines, links: runLinks(run, threadUrl) };
}

/** The bell when a proposal has waited for people for long. */
export function reviewNotice(run: Run, threadUrl: string | null): NoticeText | null {
  const pull = proposed(run);
  if (pull === null) return null;
  return { title: noticeTitle(run), lines: [plain(headline(run))], links: runLinks(run, threadUrl) };
}

/** The bell when something fails that a human can mend. */
export function troubleNotice(repo: string, system: string, detail: string): NoticeText {
  return {
    title: `${repo}: ${system} needs a human`,
    lines: [detail, "Nothing is lost; it is tried again."],
    links: [],
  };
}

function noticeTitle(run: Run): string {
  return `${run.repo.owner}/${run.repo.name}#${run.issue.number} ${run.issue.title}`;
}

/** Our Markdown sentences hold entities for the comment; a plain text wants the characters. */
function plain(text: string): string {
  return text
    .replace(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll("\u200b", "");
}

function runLinks(run: Run, threadUrl: string | null): Link[] {
  const links: Link[] = [{ label: "issue", url: run.issue.url }];
  if (run.proposal?.last)
    links.push({ label: `pull request #${run.proposal.last.number}`, url: run.proposal.last.url });
  if (threadUrl !== null) links.push({ label: "thread", url: threadUrl });
  return links;
}
