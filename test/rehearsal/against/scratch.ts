/** What a rehearsal asks of a forge beside what the loop does: its issue, labels of the repo, where CI is described. */
import * as z from "zod";
import type { Account, ActResult, Reading } from "../../../lib/core/types.ts";
import { done, known, retryUnread } from "../../../lib/core/types.ts";
import type { AboutRepo } from "../../../lib/doctor/facts.ts";
import * as forgejoDoctor from "../../../lib/doctor/forgejo/payloads.ts";
import * as githubDoctor from "../../../lib/doctor/github/payloads.ts";
import { type Seen, seenOf } from "../../../lib/doctor/seen.ts";
import { listOf, number, text, url } from "../../../lib/forge/fields.ts";
import { forgejoAccount, githubAccount } from "../../../lib/forge/forge.ts";
import { createForgejoClient } from "../../../lib/forge/forgejo/client.ts";
import { repoPath } from "../../../lib/forge/forgejo/http.ts";
import { entriesOf, readPages as forgejoPages } from "../../../lib/forge/forgejo/pages.ts";
import * as forgejo from "../../../lib/forge/forgejo/payloads.ts";
import { createGithubClient } from "../../../lib/forge/github/client.ts";
import { readPages as githubPages, items } from "../../../lib/forge/github/pages.ts";
import * as github from "../../../lib/forge/github/payloads.ts";
import type { HttpSettings } from "../../../lib/forge/http.ts";
import { actFailure, actOf, failureOf, type HttpOutcome, readingOf, removalOf } from "../../../lib/forge/results.ts";
import type { Target } from "./target.ts";

export interface FiledIssue {
  number: number;
  url: string;
  body: string;
  author: Account | null;
}

export interface Scratch {
  whoami(): Promise<Seen<Account>>;
  about(): Promise<Seen<AboutRepo>>;
  /** The newest of whatever state, without pull requests. */
  issues(): Promise<Reading<FiledIssue[]>>;
  open(title: string, body: string): Promise<ActResult<FiledIssue>>;
  writeBody(number: number, body: string): Promise<ActResult>;
  labels(): Promise<Reading<string[]>>;
  /** Absent already is success. */
  deleteLabel(name: string): Promise<ActResult>;
  /** Whether a folder for CI's workflows is on the trunk. */
  hasWorkflow(trunk: string): Promise<Reading<boolean>>;
}

const REPO = "/repos/{owner}/{repo}";
const NEWEST = 50;

type Ask = (method: string, below: string, parameters?: Record<string, unknown>) => Promise<HttpOutcome>;

export function scratchOf(target: Target, http: HttpSettings): Scratch {
  return target.repo.forge === "github" ? onGithub(target, http) : onForgejo(target, http);
}

function onGithub({ repo, personEnv }: Target, http: HttpSettings): Scratch {
  const account = githubAccount(personEnv);
  if (account === null) throw new Error("no account");
  const client = createGithubClient({ ...http, ...account });
  const ask: Ask = (method, below, parameters = {}) => client.request(repo, `${method} ${REPO}${below}`, parameters);
  const label = z.array(z.object({ name: z.string() }));
  return {
    ...common(ask, z.array(filed(github.account)), { per_page: NEWEST, state: "all" }),
    whoami: async () => seenOf(await client.request(repo, "GET /user"), github.account),
    about: async () => seenOf(await ask("GET", ""), githubDoctor.about),
    open: async (title, body) => opened(await ask("POST", "/issues", { title, body }), filed(github.account)),
    labels: async () => named(items(await githubPages(client, repo, `GET ${REPO}/labels`, {}), label)),
    deleteLabel: async (name) => removalOf(await ask("DELETE", "/labels/{name}", { name })),
    hasWorkflow: async (ref) => isThere([await ask("GET", "/contents/{path}", { path: ".github/workflows", ref })]),
  };
}

function onForgejo({ repo, personEnv }: Target, http: HttpSettings): Scratch {
  const account = forgejoAccount(personEnv);
  if (account === null) throw new Error("no account");
  const { http: server } = createForgejoClient({ ...http, ...account });
  const ask: Ask = (method, below, parameters = {}) => {
    const query = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
    const options = method === "GET" ? { query } : { body: parameters };
    return server.request(`${method} ${repoPath(repo)}${below}`, options);
  };
  const label = listOf(z.object({ id: z.int(), name: z.string() }));
  const defined = async () => entriesOf(await forgejoPages(server, `GET ${repoPath(repo, "labels")}`, {}, label));
  return {
    ...common(ask, listOf(filed(forgejo.account)), { limit: NEWEST, state: "all", type: "issues" }),
    whoami: async () => seenOf(await server.request("GET /user"), forgejo.account),
    about: async () => seenOf(await ask("GET", ""), forgejoDoctor.about),
    open: async (title, body) => opened(await ask("POST", "/issues", { title, body }), filed(forgejo.account)),
    labels: async () => named(await defined()),
    async deleteLabel(name) {
      const all = await defined();
      if (!all.known) return retryUnread(all);
      const found = all.value.find((one) => one.name === name);
      return found === undefined ? done(null) : removalOf(await ask("DELETE", `/labels/${found.id}`));
    },
    async hasWorkflow(ref) {
      const folders = [".forgejo", ".gitea", ".github"];
      return isThere(await Promise.all(folders.map((each) => ask("GET", `/contents/${each}/workflows`, { ref }))));
    },
  };
}

function common<T extends z.core.$ZodType<(FiledIssue & { pull_request?: unknown })[]>>(
  ask: Ask,
  list: T,
  newest: Record<string, unknown>,
): Pick<Scratch, "issues" | "writeBody"> {
  return {
    async issues() {
      const all = readingOf(await ask("GET", "/issues", newest), list);
      return all.known ? known(all.value.filter((one) => one.pull_request == null)) : all;
    },
    writeBody: async (issue, body) => actOf(await ask("PATCH", `/issues/${issue}`, { body })),
  };
}

function filed<A extends z.core.$ZodType<Account>>(account: A) {
  return z
    .object({ number, html_url: url, body: text, user: z.nullish(account), pull_request: z.unknown().optional() })
    .transform(({ number, html_url, body, user, pull_request }) => ({
      ...{ number, url: html_url, body, pull_request },
      author: user ?? null,
    }));
}

function opened(outcome: HttpOutcome, schema: z.core.$ZodType<FiledIssue>): ActResult<FiledIssue> {
  const failure = failureOf(outcome);
  if (failure) return actFailure(failure);
  const issue = readingOf(outcome, schema);
  return issue.known ? done(issue.value) : { type: "retry", why: issue.why, auth: false, afterMs: null };
}

function named(labels: Reading<{ name: string }[]>): Reading<string[]> {
  return labels.known ? known(labels.value.map(({ name }) => name)) : labels;
}

/** A folder that is not there is 404; anything else that is no list is not known. */
function isThere(outcomes: HttpOutcome[]): Reading<boolean> {
  const lists = outcomes.map((outcome) =>
    failureOf(outcome)?.status === 404 ? known([]) : readingOf(outcome, z.array(z.unknown())),
  );
  if (lists.some((list) => list.known && list.value.length > 0)) return known(true);
  return lists.find((list) => !list.known) ?? known(false);
}
