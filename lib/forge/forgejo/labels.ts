/**
 * Labels by id. Forgejo ignores a name it does not know, lets two labels have one name, and keeps an organization's
 * labels apart from the repo's: so the label is looked up first, and made once where there is none.
 */
import { type ActResult, done, type Reading, type RepoName } from "../../core/types.ts";
import { actFailure, failureOf, readingOf } from "../results.ts";
import type { ForgejoClient } from "./client.ts";
import { repoPath } from "./http.ts";
import { optional } from "./optional-reads.ts";
import { entriesOf, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

const COLOUR = "#5319e7";
const DESCRIPTION = "Put on and taken off by the AFK loop";

export interface Labels {
  /** The label's id; made where the repo has none of that name. */
  ensure(name: string): Promise<ActResult<number>>;
}

export function createLabels(client: ForgejoClient, repo: RepoName): Labels {
  async function find(name: string): Promise<Reading<number | null>> {
    const own = entriesOf(await readPages(client.http, `GET ${repoPath(repo, "labels")}`, {}, payloads.labels));
    if (!own.known) return own;
    const found = named(own.value, name);
    if (found !== null) return { known: true, value: found };
    const path = `/orgs/${encodeURIComponent(repo.owner)}/labels`;
    const read = await readPages(client.http, `GET ${path}`, {}, payloads.labels);
    const shared = read.type === "failed" ? optional("org_labels", read.failure, []) : entriesOf(read);
    return shared.known ? { known: true, value: named(shared.value, name) } : shared;
  }

  return {
    async ensure(name) {
      const found = await find(name);
      if (!found.known) return { type: "retry", why: found.why, auth: found.auth, afterMs: null };
      if (found.value !== null) return done(found.value);
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
function named(labels: { id: number; name: string }[], name: string): number | null {
  const folded = name.toLowerCase();
  const found =
    labels.find((label) => label.name === name) ?? labels.find((label) => label.name.toLowerCase() === folded);
  return found?.id ?? null;
}
