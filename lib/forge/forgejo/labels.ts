/**
 * Labels by id. Forgejo ignores a name it does not know, lets two labels have one name, and keeps an organization's
 * labels apart from the repo's: so the label is looked up first, and made once where there is none.
 */
import { type ActResult, done, known, type Reading, type RepoName, retryUnread } from "../../core/types.ts";
import { actFailure, failureOf, readingOf } from "../results.ts";
import type { ForgejoClient } from "./client.ts";
import { repoPath } from "./http.ts";
import { optional } from "./optional-reads.ts";
import { entriesOf, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

interface Label {
  id: number;
  name: string;
}

const COLOUR = "#5319e7";
const DESCRIPTION = "Put on and taken off by the AFK loop";

/**
 * How the issues that bear a label are asked for:
 *
 *   one has the name, and it is the repo's ... by its name
 *   several have it .......................... unasked: the filter wants every one of the repo's on an issue
 *   the organization's alone ................. unasked: the filter knows the repo's only
 *   none, and its organization's are not told  unasked: one of them may be called so
 *   none ..................................... not at all
 */
export type Filter = { type: "by name"; name: string } | { type: "unasked" } | { type: "none" };

export interface Labels {
  filter(name: string): Promise<Reading<Filter>>;
  /** The label's id; made where the repo has none of that name. */
  ensure(name: string): Promise<ActResult<number>>;
}

export function createLabels(client: ForgejoClient, repo: RepoName): Labels {
  async function own(name: string): Promise<Reading<Label[]>> {
    const read = entriesOf(await readPages(client.http, `GET ${repoPath(repo, "labels")}`, {}, payloads.labels));
    return read.known ? known(named(read.value, name)) : read;
  }

  /** Null: the token may not read them. */
  async function shared(name: string): Promise<Reading<Label[] | null>> {
    const path = `/orgs/${encodeURIComponent(repo.owner)}/labels`;
    const pages = await readPages(client.http, `GET ${path}`, {}, payloads.labels);
    const read = pages.type === "failed" ? optional("org_labels", pages.failure, null) : entriesOf(pages);
    if (!read.known) return read;
    if (read.value !== null) return known(named(read.value, name));
    const isForbidden = pages.type === "failed" && pages.failure.status === 403;
    return known(isForbidden ? null : []);
  }

  /** The repo's own goes before the organization's. */
  async function find(name: string): Promise<Reading<Label[]>> {
    const found = await own(name);
    if (!found.known || found.value.length > 0) return found;
    const above = await shared(name);
    return above.known ? known(above.value ?? []) : above;
  }

  return {
    async filter(name) {
      const here = await own(name);
      if (!here.known) return here;
      const above = await shared(name);
      if (!above.known) return above;
      const [first, ...others] = [...here.value, ...(above.value ?? [])];
      if (first === undefined) return known({ type: above.value === null ? "unasked" : "none" });
      const isAlone = others.length === 0 && here.value.length === 1;
      return known(isAlone ? { type: "by name", name: first.name } : { type: "unasked" });
    },

    async ensure(name) {
      const found = await find(name);
      if (!found.known) return retryUnread(found);
      const [first] = found.value;
      if (first) return done(first.id);
      const body = { name, color: COLOUR, description: DESCRIPTION };
      const outcome = await client.http.request(`POST ${repoPath(repo, "labels")}`, { body });
      const failure = failureOf(outcome);
      if (failure) return actFailure(failure);
      const made = readingOf(outcome, payloads.label);
      return made.known ? done(made.value.id) : retryUnread(made);
    },
  };
}

/** The very name before one that differs in case; of two the older. */
function named(labels: Label[], name: string): Label[] {
  const folded = name.toLowerCase();
  const alike = labels.filter((label) => label.name.toLowerCase() === folded);
  return [...alike.filter((label) => label.name === name), ...alike.filter((label) => label.name !== name)];
}
