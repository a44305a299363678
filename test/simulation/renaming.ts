/**
 * Repos that a person has given another name. The stand-in keeps the one it began with, and so does everybody who plays
 * here; what goes to the loop, and what the loop asks, goes through this.
 *
 *   asked by its old name ....... a redirect: GitHub to the repo's id, 301 for reads and 307 for the rest; Forgejo 307 to
 *                                 the new name, as its LookupRedirect does
 *   asked by its new name ....... the repo; once the old one is given back, the same redirect, to that
 *   in answers and deliveries ... the new name
 */
import type { Delivery } from "../fakes/forge/stand-in.ts";
import { count } from "./coverage.ts";

/** How a forge leads on from a name that was given up. */
export interface Leads {
  /** The forge's API, to its root. */
  apiUrl: string;
  /** The place below it, and the status, for a repo of this id and name. */
  to(method: string, id: number, name: string): { status: number; place: string };
  /** The loop goes where it is led. */
  areFollowed: boolean;
}

export class Renaming {
  private readonly leads: Leads;
  private readonly idOf: (repo: string) => number;
  /** By the name it began with. */
  private readonly names = new Map<string, string>();
  /** The name it bears again, by the one it bore meanwhile. */
  private readonly givenUp = new Map<string, string>();

  constructor(leads: Leads, idOf: (repo: string) => number) {
    this.leads = leads;
    this.idOf = idOf;
  }

  get areFollowed(): boolean {
    return this.leads.areFollowed;
  }

  /** Whether the repo bears another name than it began with. */
  hasOtherName(repo: string): boolean {
    return this.names.has(repo);
  }

  /** The name it began with, by any that it bears or bore. */
  firstName(name: string): string {
    const renamed = [...this.names].find(([, now]) => now === name);
    return renamed?.[0] ?? this.givenUp.get(name) ?? name;
  }

  rename(repo: string, to: string): void {
    this.names.set(repo, to);
  }

  giveBack(repo: string): void {
    const meanwhile = this.names.get(repo);
    if (meanwhile !== undefined) this.givenUp.set(meanwhile, repo);
    this.names.delete(repo);
  }

  /** In the calm: where nobody follows, all are called as before. */
  calm(): void {
    if (!this.areFollowed) for (const repo of [...this.names.keys()]) this.giveBack(repo);
  }

  delivered<D extends Delivery>(delivery: D): D {
    return this.names.has(delivery.repo) ? { ...delivery, body: this.inPresent(delivery.body) } : delivery;
  }

  /** `path`: below the API's root, with its query. Null: not a name that was given up. */
  redirect(method: string, path: string): Response | null {
    for (const [was, now] of [...this.names, ...this.givenUp]) {
      const rest = below(path, was);
      if (rest === null) continue;
      count("fault", "repo-renamed-asked");
      const { status, place } = this.leads.to(method, this.idOf(this.names.has(was) ? was : now), now);
      const location = `${this.leads.apiUrl}${place}${rest}`;
      return Response.json({ message: "Moved Permanently", url: location }, { status, headers: { location } });
    }
    return null;
  }

  /** The request as whoever began with the old names understands it. What was read under another name is another text. */
  inPast(request: Request, body: string): Request {
    if (this.names.size === 0) return request;
    const { method } = request;
    const place = request.url.slice(this.leads.apiUrl.length);
    const renamed = [...this.names].find(([, now]) => below(place, now) !== null);
    const url = renamed ? request.url.replace(`/repos/${renamed[1]}`, `/repos/${renamed[0]}`) : request.url;
    const headers = new Headers(request.headers);
    headers.delete("if-none-match");
    return new Request(url, { method, headers, ...(method === "GET" ? {} : { body }) });
  }

  async answered(response: Response): Promise<Response> {
    if (this.names.size === 0 || !response.headers.get("content-type")?.includes("json")) return response;
    const { status } = response;
    const headers = new Headers(response.headers);
    headers.delete("etag");
    return new Response(status === 204 ? null : this.inPresent(await response.text()), { status, headers });
  }

  private inPresent(text: string): string {
    let now = text;
    for (const [was, to] of this.names) {
      const name = (full: string) => JSON.stringify(full.split("/")[1]);
      now = now
        .replace(new RegExp(`${was}(?![\\w-])`, "g"), to)
        .replaceAll(`"name":${name(was)}`, `"name":${name(to)}`);
    }
    return now;
  }
}

/** What follows the repo's name in a path; null: it is another's. */
function below(path: string, repo: string): string | null {
  const start = `/repos/${repo}`;
  return path.startsWith(start) && /^(?:[/?]|$)/.test(path.slice(start.length)) ? path.slice(start.length) : null;
}
