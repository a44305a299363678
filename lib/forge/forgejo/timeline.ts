/**
 * An issue's timeline as the port's record. Pure.
 *
 *   label, body "1" ............ the label event: its id, its user, its time
 *   label, body "" ............. taken off
 *   close, reopen, change_title  as they are
 *   commit_ref just before close by the same person within a second ... the commit closed it: a close names none itself
 *   any other .................. not read
 */
import type { IssueEvent } from "../../core/types.ts";
import type { TimelineEntry } from "./payloads.ts";

/** Both entries are written one after the other, and a second may turn between them. */
const APART_MS_MAX = 1000;

export function recordOf(entries: TimelineEntry[]): IssueEvent[] {
  return entries.flatMap((entry, index) => {
    if (entry === null || entry.type === "mention") return [];
    if (entry.type !== "closed") return [entry];
    return [{ ...entry, commit: closingCommit(entry, entries[index - 1] ?? null) }];
  });
}

function closingCommit(close: IssueEvent, before: TimelineEntry): string | null {
  if (before?.type !== "mention" || before.actor?.id !== close.actor?.id) return null;
  const apartMs = Date.parse(close.atIso) - Date.parse(before.atIso);
  return apartMs >= 0 && apartMs <= APART_MS_MAX ? before.commit : null;
}
