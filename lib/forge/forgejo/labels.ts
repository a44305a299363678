/**
 * Labels by id. Forgejo ignores a name it does not know, lets two labels have one name, and keeps an organization's
 * labels apart from the repo's: so the label is looked up first, and made once where there is none.
 */
import { type ActResult, done, known, type Reading, type RepoName } from "../../core/types.ts";
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
 *   one label of the repo's own has the name ..... by its name
 *   several have it .............................. unasked: the filter wants every one of them on an issue
 *   the organization's alone ..................... unasked: the filter knows the repo's own
 *   none ......................................... not at all
 */
export type Filter = { type: "by name"; name: string } | { type: "unasked" } | { type: "none" };

export interface Labels {
  filter(name: string): Promise<Reading<Filter>>;
  /** The label's id; made where the repo has none of that name. */
  ensure(name: string): Promise<ActResult<number>>;
}

export function createLabels(client: ForgejoClient, repo: RepoName): Labels {
  /** The repo's own of that name; the organization's where it has none. */
  async function find(name: string): Promise<Reading<{ of: "repo" | "organization"; labels: Label[] }>> {
    const own = entriesOf(await readPages(client.http, `GET ${repoPath(repo, "labels")}`, {}, payloads.labels));
    if (!own.known) return own;
    const found = named(own.value, name);
    if (found.length > 0) return known({ of: "repo", labels: found });
    const path = `/orgs/${encodeURIComponent(repo.owner)}/labels`;
    const read = await readPages(client.http, `GET ${path}`, {}, payloads.labels);
    const shared = read.type === "failed" ? optional("org_labels", read.failure, []) : entriesOf(read);
    return shared.known ? known({ of: "organization", labels: named(shared.value, name) }) : shared;
  }

  return {
    async filter(name) {
      const found = await find(name);
      if (!found.known) return found;
      const { of, labels } = found.value;
      const [first] = labels;
      if (first === undefined) return known({ type: "none" });
      return known(of === "repo" && labels.length === 1 ? { type: "by name", name: first.name } : { type: "unasked" });
    },

    async ensure(name) {
      const found = await find(name);
      if (!found.known) return { type: "retry", why: found.why, auth: found.auth, afterMs: null };
      const [first] = found.value.labels;
      if (first) return done(first.id);
      const body = { name, color: COLOUR, description: DESCRIPTION };
      const outcome = await client.http.request(`POST ${repoPath(repo, "labels")}`, { body });
      const failure = failureOf(outcome);
      if (failure) return actFailure(failure);
      const made = readingOf(outcome, payloads.label);
      return made.known ? done(made.value.id) : { type: "retry", why: made.why, auth: made.auth, afterMs: null };
    },
  };
}

/** The very name before one that differs in case; of two the older. */
function named(labels: Label[], name: string): Label[] {
  const folded = name.toLowerCase();
  const alike = labels.filter((label) => label.name.toLowerCase() === folded);
  return [...alike.filter((label) => label.name === name), ...alike.filter((label) => label.name !== name)];
}
