/**
 * Reads that a token, a plan, a setting or an older server may not allow, and what a 403 and a 404 on each then means:
 * each adapter has one table of them, so that nobody decides it twice. A 401, a rate limit or a failed call is never one
 * of these: that is unread.
 *
 *   nothing ... read as the empty answer
 *   unread .... nobody can say; fail closed and look again
 */
import { known, type Reading } from "../core/types.ts";
import { type Failure, unreadOf } from "./results.ts";

export type Meaning = "nothing" | "unread";

export interface OptionalRow {
  forbidden: Meaning;
  missing: Meaning;
}

/** `empty` where the row lets this failure mean nothing; else unread. */
export function emptyWhere<T>(row: OptionalRow, failure: Failure, empty: T): Reading<T> {
  return meaningOf(row, failure) === "nothing" ? known(empty) : unreadOf(failure);
}

function meaningOf(row: OptionalRow, failure: Failure): Meaning {
  if (failure.type === "auth" && failure.status === 403) return row.forbidden;
  // An expired log is 410; nothing else here answers it.
  if (failure.status === 404 || failure.status === 410) return row.missing;
  return "unread";
}
