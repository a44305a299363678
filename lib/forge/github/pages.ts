/** All pages of a list, up to a bound, and the entries in them. */
import { known, type Reading, type RepoName, tooLong } from "../../core/types.ts";
import type * as z from "../../zod.ts";
import { type Failure, failureOf, type HttpOutcome, parsed, unreadOf } from "../results.ts";
import type { GithubClient } from "./client.ts";

export const PER_PAGE = 100;
/** GitHub itself ends a list of comments at 2,500. */
const PAGES_MAX = 25;

export type Pages = { type: "pages"; bodies: unknown[]; complete: boolean } | { type: "failed"; failure: Failure };

export async function readPages(
  client: GithubClient,
  repo: RepoName,
  route: string,
  parameters: Record<string, unknown>,
  pagesMax = PAGES_MAX,
): Promise<Pages> {
  const bodies: unknown[] = [];
  for (let page = 1; page <= pagesMax; page++) {
    const outcome = await client.request(repo, route, { ...parameters, per_page: PER_PAGE, page });
    const failure = failureOf(outcome);
    if (failure) return { type: "failed", failure };
    if (outcome.type === "answer") bodies.push(outcome.data);
    if (!hasNext(outcome)) return { type: "pages", bodies, complete: true };
  }
  return { type: "pages", bodies, complete: false };
}

function hasNext(outcome: HttpOutcome): boolean {
  return outcome.type === "answer" && /rel="next"/.test(String(outcome.headers.link ?? ""));
}

/** The entries of all pages, `pick`ed out of each. `cut`: the first pages are an answer too. */
export function listed<P, T>(
  read: Pages,
  schema: z.core.$ZodType<P>,
  pick: (page: P) => T[],
  length: "whole" | "cut" = "whole",
): Reading<T[]> {
  if (read.type === "failed") return unreadOf(read.failure);
  if (!read.complete && length === "whole") return tooLong();
  const entries: T[] = [];
  for (const body of read.bodies) {
    const page = parsed(body, schema);
    if (!page.known) return page;
    entries.push(...pick(page.value));
  }
  return known(entries);
}

/** The same, where a page is the bare list. */
export function items<T>(read: Pages, schema: z.core.$ZodType<T[]>, length: "whole" | "cut" = "whole"): Reading<T[]> {
  return listed(read, schema, (page) => page, length);
}

export function mapped<T, U>(reading: Reading<T[]>, map: (value: T) => U): Reading<U[]> {
  return reading.known ? known(reading.value.map((value) => map(value))) : reading;
}
