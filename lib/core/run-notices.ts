/** What a notifier says of a run, in plain text. Pure. */
import type { Bell } from "./acts.ts";
import { phaseWords } from "./checklist-words.ts";
import { headline } from "./headline.ts";
import { checklist } from "./phase-checklist.ts";
import { proposed } from "./proposal.ts";
import { outcomeLine } from "./reasons.ts";
import type { Run } from "./run.ts";
import { spentLine } from "./spend-text.ts";

export interface Link {
  label: string;
  url: string;
}

type Trouble = Omit<Extract<Bell, { type: "trouble" }>, "type">;

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

/** The bell when something fails that a human can mend, or must do instead. */
export function troubleNotice(repo: string, { system, detail, over }: Trouble): NoticeText {
  const next = over ? "It is not tried again: do it by hand." : "Nothing is lost; it is tried again.";
  return { title: `${repo}: ${system} needs a human`, lines: [detail, next], links: [] };
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

/** Where to see it. */
export function runLinks(run: Run, threadUrl: string | null): Link[] {
  const links: Link[] = [{ label: "issue", url: run.issue.url }];
  if (run.proposal?.last)
    links.push({ label: `pull request #${run.proposal.last.number}`, url: run.proposal.last.url });
  if (threadUrl !== null) links.push({ label: "thread", url: threadUrl });
  return links;
}
