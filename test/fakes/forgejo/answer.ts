import type { Page } from "../forge/answers.ts";

export { created, noContent, ok, type Page } from "../forge/answers.ts";

/** What a route gives back, before headers. `total` becomes X-Total-Count, `page` the Link header. */
export type Answer = { status: number; body?: unknown; text?: string; location?: string; total?: number; page?: Page };

const LIMIT_DEFAULT = 30;
const LIMIT_MAX = 50;

/** Forgejo's error body; `url`, its swagger page, is put in where the root URL is known. */
export function refused(status: number, message: string, more: Record<string, unknown> = {}): Answer {
  return { status, body: { message, url: "", ...more } };
}

export const notFound = refused(404, "The target couldn't be found.", { errors: [] });
/** What some handlers give with a bare ctx.Status(403). */
export const forbidden: Answer = { status: 403 };

/** A field that the binding asks for and did not get. */
export function required(field: string): Answer {
  return refused(422, `[${field}]: Required`);
}

/** The stand-in does not play this part of Forgejo: loud, so that no test passes on an answer nobody thought about. */
export function unplayed(what: string): Answer {
  return refused(501, `the Forgejo stand-in does not play ${what}`);
}

/** One page by `page` and `limit`; `per_page` is not read at all, and more than 50 is 50. */
export function pageOf<Item>(items: Item[], query: URLSearchParams): { slice: Item[]; page: Page } {
  const limit = Number(query.get("limit"));
  const size = Number.isInteger(limit) && limit > 0 ? Math.min(limit, LIMIT_MAX) : LIMIT_DEFAULT;
  const asked = Number(query.get("page"));
  const number = Number.isInteger(asked) && asked > 0 ? asked : 1;
  return { slice: items.slice((number - 1) * size, number * size), page: { number, size, total: items.length } };
}

export function paged<Item>(items: Item[], query: URLSearchParams, view: (item: Item) => unknown): Answer {
  const { slice, page } = pageOf(items, query);
  return { status: 200, body: slice.map(view), total: page.total, page };
}

/** Of the root URL, not of the host that was asked; undefined where one page holds all. */
export function linkHeader(rootUrl: string, url: URL, { number, size, total }: Page): string | undefined {
  const last = Math.ceil(total / size);
  const at = (page: number, rel: string): string => {
    const query = new URLSearchParams(url.searchParams);
    query.set("page", String(page));
    return `<${rootUrl}${url.pathname}?${query}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (number < last) links.push(at(number + 1, "next"), at(last, "last"));
  if (number > 1) links.push(at(1, "first"), at(number - 1, "prev"));
  return links.length === 0 ? undefined : links.join(",");
}
