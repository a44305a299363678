/** Everything a doctor reads of Forgejo. The repos are read a few at a time; without an accepted credential none is. */
import type { Environment } from "../../core/config.ts";
import type { RepoName } from "../../core/types.ts";
import { listOf } from "../../forge/fields.ts";
import { type ForgeHttp, forgejoAccount, forgePorts } from "../../forge/forge.ts";
import { createForgejoClient, type ForgejoClient } from "../../forge/forgejo/client.ts";
import { repoPath } from "../../forge/forgejo/http.ts";
import { type Pages, readPages } from "../../forge/forgejo/pages.ts";
import { actionRuns } from "../../forge/forgejo/payloads.ts";
import { failureOf } from "../../forge/results.ts";
import { inBatches } from "../batches.ts";
import type { AboutRepo, ForgeFacts, LabelFacts, Lack, RepoFacts } from "../facts.ts";
import { inside, rulesText } from "../inside.ts";
import { mapped, type Seen, saw, seen, seenOf, unseen } from "../seen.ts";
import * as payloads from "./payloads.ts";

const SCOPE = /required scope/;

export async function readForgejo(env: Environment, repos: RepoName[], http: ForgeHttp): Promise<ForgeFacts | null> {
  const account = forgejoAccount(env);
  if (account === null) return null;
  const client = createForgejoClient({ ...http, ...account });
  const [unfit, who] = await Promise.all([client.unfit(), client.http.request("GET /user")]);
  const status = failureOf(who)?.status;
  const server = mapped(seen(unfit), (error) => error?.reason ?? null);
  const isServed = server.known && server.value === null;
  const isAccepted = isServed && (failureOf(who) === null || status === 403);
  return {
    forge: "forgejo",
    way: "token",
    server,
    account: status === 403 ? saw(null) : mapped(seenOf(who, payloads.user), ({ login }) => login),
    ends: saw("never"),
    seesPrivate: true,
    hooks: null,
    repos: await inBatches(isAccepted ? repos : [], (repo) => readRepo(client, repo, env, http)),
  };
}

async function readRepo(client: ForgejoClient, repo: RepoName, env: Environment, http: ForgeHttp): Promise<RepoFacts> {
  const about = seenOf(await client.http.request(`GET ${repoPath(repo)}`), payloads.about);
  const ports = forgePorts(repo, env, http);
  if (!about.known || ports === null) return { repo, about, inside: null };
  const { defaultBranch: trunk } = about.value;
  const labels = readPages(client.http, `GET ${repoPath(repo, "labels")}`, {}, listOf(payloads.label)).then(listed);
  const hooks = readPages(client.http, `GET ${repoPath(repo, "hooks")}`, {}, listOf(payloads.hook)).then(listed);
  const read = await inside(ports, trunk, {
    lacking: Promise.all([labels, hooks]).then((reads) => saw(lackingOf(about.value, reads))),
    hooks,
    labels: Promise.all([labels, readPages(client.http, `GET ${orgLabels(repo)}`, {}, listOf(payloads.label))]).then(
      ([own, above]) => mapped(own, (named) => withShared(named, listed(above))),
    ),
    runs: client.http.request(`GET ${repoPath(repo, "actions", "runs")}`, { query: { limit: 50 } }).then((outcome) =>
      // A repo without Actions, or a server without the list, knows of no run.
      failureOf(outcome)?.status === 404
        ? saw([])
        : mapped(seenOf(outcome, actionRuns), (runs) =>
            runs.map(({ prettyref, event }) => ({ branch: prettyref, event })),
          ),
    ),
    heads: client.http
      .request(`GET ${repoPath(repo, "pulls")}`, { query: { state: "all", limit: 5 } })
      .then((outcome) => seenOf(outcome, payloads.heads)),
    actions: Promise.resolve(
      about.value.hasActions === null
        ? unseen("this Forgejo does not say whether the repo has Actions")
        : saw({ enabled: about.value.hasActions, allowed: null }),
    ),
    rules: client.http
      .request(`GET ${repoPath(repo, "contents", ".afk.yml")}`, { query: { ref: trunk } })
      .then(rulesText),
  });
  return { repo, about, inside: read };
}

function orgLabels({ owner }: RepoName): string {
  return `/orgs/${encodeURIComponent(owner)}/labels`;
}

/** An organization's label serves as the repo's own does, as far as this token may see it. */
function withShared(own: LabelFacts[], above: Seen<LabelFacts[]>): LabelFacts[] {
  const names = own.map(({ name }) => name.toLowerCase());
  return [...own, ...(above.known ? above.value.filter(({ name }) => !names.includes(name.toLowerCase())) : [])];
}

/** A token's scopes are told by what is refused for the lack of one. */
function lackingOf(about: AboutRepo, reads: Seen<unknown>[]): Lack[] {
  const scopes = reads.flatMap((read) => (!read.known && SCOPE.test(read.why) ? [read.why] : []));
  const rights = about.may.admin ? scopes : ["Administrator rights in the repo", ...scopes];
  return rights.map((right) => ({ right, onlyTo: null }));
}

function listed<T>(read: Pages<T>): Seen<T[]> {
  if (read.type === "failed") return unseen(read.failure.why, read.failure.status);
  return read.complete ? saw(read.entries) : unseen("the list is too long to read");
}
