import type { Page } from "../forge/answers.ts";

export { created, noContent, ok, type Page } from "../forge/answers.ts";

/** What a route gives back, before headers: a status, a body, and rarely a place to go. */
export type Answer = { status: number; body?: unknown; text?: string; location?: string; page?: Page };

const DOCS = "https://docs.github.com/rest";

export function refused(status: number, message: string): Answer {
  return { status, body: { message, documentation_url: DOCS, status: String(status) } };
}

/** What is asked beyond a limit, GraphQL's or REST's. */
export function usedUp(path: string, message: string): Answer {
  return path === "/graphql"
    ? { status: 200, body: { errors: [{ type: "RATE_LIMITED", message }] } }
    : refused(403, message);
}

export const notFound = refused(404, "Not Found");

/** GitHub's 422, with the one error it found. */
export function invalid(resource: string, field: string, code: string, message?: string): Answer {
  const error = { resource, field, code, ...(message === undefined ? {} : { message }) };
  return {
    status: 422,
    body: { message: "Validation Failed", errors: [error], documentation_url: DOCS, status: "422" },
  };
}

/** The stand-in does not play this part of GitHub: loud, so that no test passes on an answer nobody thought about. */
export function unplayed(what: string): Answer {
  return refused(501, `the GitHub stand-in does not play ${what}`);
}

const PER_PAGE_DEFAULT = 30;
const PER_PAGE_MAX = 100;

/** One page of a list; wrong numbers fall back to the defaults, as GitHub does. */
export function paged<Item>(items: Item[], query: URLSearchParams, view: (item: Item) => unknown): Answer {
  const { slice, page } = pageOf(items, query);
  return { status: 200, body: slice.map(view), page };
}

/** The same for GitHub's lists that are wrapped with a total. */
export function pagedWithTotal<Item>(
  key: string,
  items: Item[],
  query: URLSearchParams,
  view: (item: Item) => unknown,
): Answer {
  const { slice, page } = pageOf(items, query);
  return { status: 200, body: { total_count: items.length, [key]: slice.map(view) }, page };
}

export function pageOf<Item>(
  items: Item[],
  query: URLSearchParams,
  sizeUnasked = PER_PAGE_DEFAULT,
): { slice: Item[]; page: Page } {
  const asked = positive(query.get("per_page"));
  const size = asked === undefined ? sizeUnasked : Math.min(asked, PER_PAGE_MAX);
  const number = positive(query.get("page")) ?? 1;
  return { slice: items.slice((number - 1) * size, number * size), page: { number, size, total: items.length } };
}

function positive(text: string | null): number | undefined {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

/** `<…?page=2>; rel="next", …`, or undefined where one page holds all. */
export function linkHeader(url: URL, { number, size, total }: Page): string | undefined {
  const last = Math.max(1, Math.ceil(total / size));
  if (last === 1 && number === 1) return undefined;
  const at = (page: number, rel: string): string => {
    const target = new URL(url);
    target.searchParams.set("page", String(page));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (number > 1) links.push(at(Math.min(number - 1, last), "prev"));
  if (number < last) links.push(at(number + 1, "next"), at(last, "last"));
  if (number > 1) links.push(at(1, "first"));
  return links.join(", ");
}
