/**
 * An issue's timeline as the port's record. Pure.
 *
 *   label, body "1" ............ the label event: its id, its user, its time
 *   label, body "" ............. taken off
 *   close, reopen, change_title  as they are
 *   commit_ref before close, none between, by the same person, its message closing this issue by a keyword
 *     .......................... the commit closed it: a close names none itself. It may be much older, as a commit is
 *                                told of at its first push, to whatever branch, and closes when it reaches the trunk
 *   any other .................. not read
 */
import type { IssueEvent } from "../../core/types.ts";
import type { TimelineEntry } from "./payloads.ts";

/** Each costs a request at every look. An older one closes nothing: the close is then its person's. */
const SUSPECTS_MAX = 20;

/** Forgejo's own words for it; a server set to others tells no cause, and the close is its person's. */
const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?#(\d+)\b/gi;

/**
 * The commits that may have closed the issue, going by the timeline alone. Its entries cannot tell a push that closed it
 * from a person who closed it by hand after a push of theirs: the messages can, and whether they landed.
 */
export function suspectsOf(entries: TimelineEntry[]): string[] {
  return [...new Set(entries.flatMap((_, index) => suspects(entries, index)))];
}

/** `closers`: those of the suspects whose message closes this issue. */
export function recordOf(entries: TimelineEntry[], closers: ReadonlySet<string>): IssueEvent[] {
  return entries.flatMap((entry, index) => {
    if (entry === null || entry.type === "mention") return [];
    const commit = suspects(entries, index).find((suspect) => closers.has(suspect));
    return [commit === undefined ? entry : { ...entry, commit }];
  });
}

export function closesIssue(message: string, number: number): boolean {
  return [...message.matchAll(CLOSING)].some(([, named]) => Number(named) === number);
}

/** Newest first. What was told of before an earlier close has had its turn. */
function suspects(entries: TimelineEntry[], index: number): string[] {
  const close = entries[index];
  if (close?.type !== "closed") return [];
  const before = entries.slice(0, index);
  const since = before.slice(before.findLastIndex((entry) => entry?.type === "closed") + 1);
  return since
    .flatMap((entry) => (entry?.type === "mention" && entry.actor?.id === close.actor?.id ? entry.commit : []))
    .reverse()
    .slice(0, SUSPECTS_MAX);
}
