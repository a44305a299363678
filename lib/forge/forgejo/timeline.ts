/**
 * An issue's timeline as the port's record. Pure.
 *
 *   label, body "1" ............ the label event: its id, its user, its time
 *   label, body "" ............. taken off
 *   close, reopen, change_title  as they are
 *   commit_ref just before close by the same person within a second, its message closing this issue by a keyword
 *     .......................... the commit closed it: a close names none itself
 *   any other .................. not read
 */
import type { IssueEvent } from "../../core/types.ts";
import type { TimelineEntry } from "./payloads.ts";

/** Both entries are written one after the other, and a second may turn between them. */
const APART_MS_MAX = 1000;

/** Forgejo's own words for it; a server set to others tells no cause, and the close is its person's. */
const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?#(\d+)\b/gi;

/**
 * The commits that may have closed the issue, going by the timeline alone. Its entries cannot tell a push that closed it
 * from a person who closed it by hand right after a push of theirs: the messages can.
 */
export function suspectsOf(entries: TimelineEntry[]): string[] {
  return [...new Set(entries.flatMap((entry, index) => suspect(entry, entries[index - 1] ?? null) ?? []))];
}

/** `closers`: those of the suspects whose message closes this issue. */
export function recordOf(entries: TimelineEntry[], closers: ReadonlySet<string>): IssueEvent[] {
  return entries.flatMap((entry, index) => {
    if (entry === null || entry.type === "mention") return [];
    const commit = suspect(entry, entries[index - 1] ?? null);
    return [commit !== null && closers.has(commit) ? { ...entry, commit } : entry];
  });
}

export function closesIssue(message: string, number: number): boolean {
  return [...message.matchAll(CLOSING)].some(([, named]) => Number(named) === number);
}

function suspect(close: TimelineEntry, before: TimelineEntry): string | null {
  if (close?.type !== "closed" || before?.type !== "mention" || before.actor?.id !== close.actor?.id) return null;
  const apartMs = Date.parse(close.atIso) - Date.parse(before.atIso);
  return apartMs >= 0 && apartMs <= APART_MS_MAX ? before.commit : null;
}
