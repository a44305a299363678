/** Everything a doctor reads of GitHub. The repos are read a few at a time; without an accepted credential none is. */
import type { Environment } from "../../core/config.ts";
import type { RepoName } from "../../core/types.ts";
import { type ForgeHttp, type ForgePorts, forgePorts, githubAccount } from "../../forge/forge.ts";
import { createGithubClient, type GithubClient } from "../../forge/github/client.ts";
import type { GithubCredentials } from "../../forge/github/credentials.ts";
import { items, readPages } from "../../forge/github/pages.ts";
import { parseTokenEnd } from "../../forge/github/token-end.ts";
import type { HttpOutcome } from "../../forge/results.ts";
import * as z from "../../zod.ts";
import { inBatches } from "../batches.ts";
import type { ForgeFacts, HookFacts, InsideRepo, RepoFacts } from "../facts.ts";
import { isHookOf } from "../hook-address.ts";
import { inside, rulesText } from "../inside.ts";
import { isForbidden, mapped, type Seen, saw, seen, seenOf, unseen, unseenFor } from "../seen.ts";
import * as payloads from "./payloads.ts";
import { lackingOfApp, lackingOfToken, lacksScope } from "./rights.ts";

const REPO = "/repos/{owner}/{repo}";
/** A token asks as itself, whatever the repo. */
const NO_REPO: RepoName = { forge: "github", owner: "", name: "" };
const PAGE = { per_page: 100 };
const NEWEST_PULLS = { state: "all", sort: "created", direction: "desc", per_page: 5 };
const DELIVERIES = { per_page: 20 };

export async function readGithub(env: Environment, repos: RepoName[], http: ForgeHttp): Promise<ForgeFacts | null> {
  const account = githubAccount(env);
  if (account === null) return null;
  const client = createGithubClient({ ...http, ...account });
  const { type } = account.credentials;
  const who = type === "app" ? await client.asApp("GET /app") : await client.request(NO_REPO, "GET /user");
  const answered = seenOf(who, z.unknown());
  const isAccepted = answered.known || isForbidden(answered);
  const [hooks, read] = await Promise.all([
    type === "app" && isAccepted ? readAppHook(client, who) : null,
    inBatches(isAccepted ? repos : [], (repo) => readRepo(client, repo, { env, http, credentials: type, who })),
  ]);
  return {
    forge: "github",
    way: type,
    // Without a key that signs, nobody was asked.
    server: who.type === "answer" ? saw(who.status === 404 ? NO_API : null) : unseen(who.why),
    account: type === "app" ? appAccount(who) : userAccount(who),
    ends: type === "app" ? saw("never") : endOf(who),
    seesPrivate: !lacksScope(who),
    hooks,
    repos: read,
  };
}

/** GitHub's own API has both on its root. A server of one's own has it below /api/v3. */
const NO_API = "no API of GitHub's answers there: it knows no account";

function userAccount(who: HttpOutcome): Seen<string | null> {
  // An installation's token, handed in as if it were a person's, has no user.
  const user = seenOf(who, payloads.user);
  return isForbidden(user) ? saw(null) : mapped(user, ({ login }) => login);
}

function appAccount(who: HttpOutcome): Seen<string> {
  if (who.type === "no_answer" && who.auth) return unseen(who.why, UNSIGNED);
  return mapped(seenOf(who, payloads.app), ({ slug, id }) => `the App ${slug} (id ${id})`);
}

/** Some fine-grained tokens were told the present moment instead. */
function endOf(who: HttpOutcome): ForgeFacts["ends"] {
  if (who.type === "no_answer") return unseen(who.why);
  const header = who.headers["github-authentication-token-expiration"];
  if (header === undefined) return saw("never");
  const atMs = parseTokenEnd(String(header));
  const nowMs = Date.parse(String(who.headers.date ?? ""));
  if (atMs === null || Number.isNaN(nowMs)) return unseen("GitHub's time of its end could not be understood");
  if (Math.abs(atMs - nowMs) < MOMENT_MS) return unseen("GitHub told the present moment as its end");
  return saw({ atMs, nowMs });
}

const MOMENT_MS = 5000;
/** As if the request had been bad, which it was: it could not be signed. */
const UNSIGNED = 400;

async function readAppHook(client: GithubClient, who: HttpOutcome): Promise<Seen<HookFacts[]>> {
  const [config, deliveries] = await Promise.all([
    client.asApp("GET /app/hook/config"),
    client.asApp("GET /app/hook/deliveries", DELIVERIES),
  ]);
  const app = seenOf(who, payloads.app);
  return mapped(seenOf(config, payloads.hookConfig), ({ url, content_type, secret }): HookFacts[] => {
    const hook = { id: "app", url, active: null, contentType: content_type || "form", kind: null, branchFilter: "" };
    const events = app.known ? app.value.events : null;
    const told = seenOf(deliveries, payloads.deliveries);
    return url === "" ? [] : [{ ...hook, events, hasSecret: secret !== "", deliveries: told }];
  });
}

interface Access {
  env: Environment;
  http: ForgeHttp;
  credentials: GithubCredentials["type"];
  who: HttpOutcome;
}

async function readRepo(client: GithubClient, repo: RepoName, access: Access): Promise<RepoFacts> {
  const about = seenOf(await client.request(repo, `GET ${REPO}`), payloads.about);
  const ports = forgePorts(repo, access.env, access.http);
  if (!about.known || ports === null) return { repo, about, inside: null };
  const ask = <T>(route: string, schema: z.core.$ZodType<T>, parameters: Record<string, unknown> = {}) =>
    client.request(repo, route, parameters).then((outcome) => seenOf(outcome, schema));
  const isApp = access.credentials === "app";
  const labels = readPages(client, repo, `GET ${REPO}/labels`, {}).then((read) =>
    read.type === "failed" ? unseenFor(read.failure) : seen(items(read, payloads.labels)),
  );
  const runs = ask(`GET ${REPO}/actions/runs`, payloads.runs, PAGE);
  const pulls = ask(`GET ${REPO}/pulls`, payloads.heads, NEWEST_PULLS);
  const trunk = about.value.defaultBranch;
  const statuses = ask(`GET ${REPO}/commits/{ref}/status`, payloads.anything, { ref: trunk, per_page: 1 });
  const rules = client.request(repo, `GET ${REPO}/contents/{path}`, { path: ".afk.yml", ref: trunk }).then(rulesText);
  const read: InsideRepo = await inside(ports satisfies ForgePorts, trunk, {
    lacking: isApp
      ? client.asApp(`GET ${REPO}/installation`, { owner: repo.owner, repo: repo.name }).then(lackingOfApp)
      : Promise.all([labels, runs, rules, statuses, pulls]).then(([labels, runs, rules, statuses, pulls]) =>
          lackingOfToken(access.who, about.value, { labels, runs, rules, statuses, pulls }),
        ),
    hooks: isApp ? null : readHooks(client, repo),
    labels,
    runs: runs.then((read) =>
      mapped(read, ({ workflow_runs }) => workflow_runs.map((run) => ({ branch: run.head_branch ?? "", ...run }))),
    ),
    heads: pulls,
    actions: ask(`GET ${REPO}/actions/permissions`, payloads.actions),
    rules,
  });
  return { repo, about, inside: read };
}

async function readHooks(client: GithubClient, repo: RepoName): Promise<Seen<HookFacts[]>> {
  const hooks = seenOf(await client.request(repo, `GET ${REPO}/hooks`, PAGE), payloads.hooks);
  if (!hooks.known) return hooks;
  const read = hooks.value.map(async (hook): Promise<HookFacts> => {
    if (!isHookOf("github", hook.url)) return hook;
    const route = `GET ${REPO}/hooks/{hook_id}/deliveries`;
    const deliveries = await client.request(repo, route, { hook_id: hook.id, ...DELIVERIES });
    const told = seenOf(deliveries, payloads.deliveries);
    const isEmpty = told.known && told.value.length === 0;
    return { ...hook, deliveries: isEmpty ? (hook.deliveries ?? told) : told };
  });
  return saw(await Promise.all(read));
}
