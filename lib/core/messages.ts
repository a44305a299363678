/**
 * What stands on an issue: its one comment, and the short new one of a hand-over. Pure: the comment's text is a function of
 * state without a clock, so that it is written only when something changed. Policy and state machine return values; the
 * words are here.
 */
import { checklistLines } from "./checklist-words.ts";
import { type Said, saidLine } from "./commands.ts";
import type { Refusal } from "./gates.ts";
import { headline } from "./headline.ts";
import { handOverMarker, type MarkedRun, marker } from "./markers.ts";
import { outcomeLine } from "./reasons.ts";
import { undoWords } from "./red-trunk.ts";
import type { Run } from "./run.ts";
import { runLinks } from "./run-notices.ts";
import { spentLine } from "./spend-text.ts";
import { firstFew, inline, newestThatFit } from "./text.ts";

/** Forges refuse one of more than 65,536; the word for a secret that is taken out may be longer than the secret. */
const COMMENT_CHARACTERS_MAX = 60_000;
/** What stands around the earlier runs, and how many are not told. */
const PAST_FRAME_CHARACTERS = 100;
const PARAGRAPH = "\n\n";

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

/** The issue's one comment; null when there is nothing to say. */
export function comment(state: CommentState): string | null {
  const last = state.runs.at(-1);
  // Given back and refused again, the issue waits as if that run had never been.
  const current = last?.outcome?.givenBack && state.refusal ? undefined : last;
  if (!current && !state.refusal && !state.said) return null;
  // A run that was given back used its label event up as little as if it had never been.
  const kept = state.runs.filter((run) => !run.outcome?.givenBack);
  const ran = kept.map((run) => ({ run: run.id, labelEvent: run.labelEvent.id }));
  const parts: string[] = [];
  if (state.refusal) parts.push(refusalParagraph(state.refusal));
  const said = state.said ? saidLine(state.said) : "";
  if (said !== "") parts.push(said);
  if (current) parts.push(runSection(current, state));
  const past = kept.filter((run) => run !== current);
  const bells: string[] = [];
  if (current && state.notifiers === 0) bells.push("No notifier is set: this issue is the only bell.");
  if (state.deaf.length > 0) bells.push(`Could not be told elsewhere: ${state.deaf.join(", ")} cannot be reached.`);
  // What is told now has its room first, then what proves that a label event ran, then the past.
  const room = COMMENT_CHARACTERS_MAX - joined([...parts, ...bells]).length - 2 * PARAGRAPH.length;
  const mark = marker(state.repoId, state.number, [...(state.elsewhere ?? []), ...ran], room);
  if (past.length > 0) parts.push(pastRuns(past, room - mark.length));
  return joined([mark, ...parts, ...bells]);
}

function joined(paragraphs: string[]): string {
  return paragraphs.join(PARAGRAPH);
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
    const names = firstFew(checks.map((name) => inline(name, 80)));
    return `Flaky: ${names || "CI"} was red on \`${commit.slice(0, 12)}\` and turned green with no new commit; no attempt was spent.`;
  });
}

/** One line each; the oldest are counted where they do not all fit into `room` characters. */
function pastRuns(runs: Run[], room: number): string {
  const whole = runs.map((run) => `- \`${run.id}\`: ${headline(run)}`);
  const lines = newestThatFit(whole, room - PAST_FRAME_CHARACTERS);
  const folded = runs.length - lines.length;
  if (folded > 0) lines.push(`- … and ${folded} earlier ${folded === 1 ? "run" : "runs"}`);
  return ["<details><summary>Earlier runs</summary>", "", ...lines, "", "</details>"].join("\n");
}

/** Refusals a person can mend at the issue, and how; the others show on the why-page and pass by themselves. */
const MENDS: Partial<Record<Refusal["code"], string>> = {
  repo_config: "It starts by itself when the file is mended on the default branch.",
  edited: "Read it as it is now and label again to confirm.",
  blocked: "It starts by itself when the blockers are closed.",
  held_elsewhere: "If nobody is at work on it, remove the in-progress label.",
  repo_frozen: "Repair the trunk, or label an issue again as the order to repair it.",
  trunk_red: "It starts by itself when the trunk is green.",
};

export function isSaidOnIssue(refusal: Refusal): boolean {
  return MENDS[refusal.code] !== undefined;
}

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

function mention(login: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(\[bot\])?$/.test(login) ? `@${login}` : inline(login);
}
