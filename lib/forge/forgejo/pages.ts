/**
 * All pages of a list, by counting: a Link points at the server's own idea of its address, which behind a proxy is
 * another one, and no token goes there.
 *
 *   an empty page, or null ............... a whole list is over
 *   X-Total-Count reached ................ over, where that header counts the whole list
 *   a short page ......................... not the last: the server may cap the limit, and filters after it pages
 *
 * Of a thinned list, the timeline, the server takes entries out after it pages, such as references from repos that our
 * account may not read, and nothing tells how many: an empty page may be fifty of them, with a labelling behind.
 *
 *   one short page, then two empty ones .. over: nearly every timeline ends so, and another page is another request
 *   three empty pages in a row ........... over
 */
import { known, type Reading, tooLong } from "../../core/types.ts";
import type * as z from "../../zod.ts";
import { type Failure, failureOf, parsed, unreadOf } from "../results.ts";
import type { ForgejoHttp, Query } from "./http.ts";

/** The most a server gives unless it is told otherwise. */
const LIMIT = 50;
const PAGES_MAX = 40;
const EMPTY_BEHIND_A_SHORT_PAGE = 2;
const EMPTY_IN_A_ROW = 3;

export interface PageOptions<T> {
  pagesMax?: number;
  /** A thinned list's count is of one page. */
  list?: "whole" | "thinned";
  /** Whether the pages after this one are of no use. */
  isEnough?: (page: T[]) => boolean;
}

export type Pages<T> = { type: "entries"; entries: T[]; complete: boolean } | { type: "failed"; failure: Failure };

/** A body that is not what we read is a failed read. */
export async function readPages<T>(
  http: ForgejoHttp,
  route: string,
  query: Query,
  shape: z.core.$ZodType<T[]>,
  options: PageOptions<T> = {},
): Promise<Pages<T>> {
  const { pagesMax = PAGES_MAX, list = "whole" } = options;
  const entries: T[] = [];
  let empty = 0;
  for (let page = 1; page <= pagesMax; page++) {
    const outcome = await http.request(route, { query: { ...query, limit: LIMIT, page } });
    const failure = failureOf(outcome);
    if (failure) return { type: "failed", failure };
    const read = outcome.type === "answer" ? parsed(outcome.data, shape, outcome.route) : parsed(null, shape);
    if (!read.known) return { type: "failed", failure: { type: "fault", status: null, why: read.why, afterMs: null } };
    entries.push(...read.value);
    empty = read.value.length === 0 ? empty + 1 : 0;
    const total = outcome.type === "answer" && list === "whole" ? totalOf(outcome.headers["x-total-count"]) : null;
    const isFew = entries.length > 0 && entries.length < LIMIT && empty === page - 1;
    const enough = list === "whole" ? 1 : isFew ? EMPTY_BEHIND_A_SHORT_PAGE : EMPTY_IN_A_ROW;
    const over = empty >= enough || (total !== null && entries.length >= total);
    if (over || options.isEnough?.(read.value)) return { type: "entries", entries, complete: true };
  }
  return { type: "entries", entries, complete: false };
}

export function entriesOf<T>(read: Pages<T>, length: "whole" | "cut" = "whole"): Reading<T[]> {
  if (read.type === "failed") return unreadOf(read.failure);
  return read.complete || length === "cut" ? known(read.entries) : tooLong();
}

function totalOf(header: string | number | undefined): number | null {
  return header !== undefined && /^\d{1,9}$/.test(String(header)) ? Number(header) : null;
}
