/**
 * GitHub's REST and GraphQL API for one set of credentials. A call never throws: it ends in an Outcome.
 * No throttling and no retry in here: reads are asked again by the next look, acts are retried by their own record.
 *
 * A write to a repo that was renamed follows it; one that GitHub would send to another repo (a transferred issue)
 * comes back as the redirect it is, so that nothing is ever written where nobody enrolled us.
 */
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import * as z from "zod";
import { known, type Reading, type RepoName, unread } from "../../core/types.ts";
import { createGithubFetch, type HttpSettings, isRedirect } from "./http.ts";
import { type Answer, failureOf, type Outcome, readingOf } from "./results.ts";

export type GithubCredentials =
  | { type: "token"; token: string }
  /** The private key as PKCS#8; see `privateKeyProblem`. */
  | { type: "app"; appId: string; privateKey: string };

export interface GithubSettings extends HttpSettings {
  apiUrl: string;
  credentials: GithubCredentials;
}

/** Who we are on GitHub. */
export type Identity = { type: "user"; id: string } | { type: "app"; id: string; slug: string };

export interface GithubClient {
  /** `route` as GitHub's documentation writes it; `{owner}` and `{repo}` are filled in. */
  request(repo: RepoName, route: string, parameters?: Record<string, unknown>): Promise<Outcome>;
  /** The same, but a success that is not JSON stays a stream of bytes. */
  stream(repo: RepoName, route: string, parameters?: Record<string, unknown>): Promise<Outcome>;
  /** Fetches another host's URL, without any credential. */
  download(url: string): Promise<Outcome>;
  /** Read once and kept: an account does not change under its token. Null: GitHub does not tell this kind of token. */
  identity(): Promise<Reading<Identity | null>>;
}

const API_VERSION = "2026-03-10";
/** An installation token lives an hour; a fresh one is fetched this long before it ends. */
const TOKEN_MARGIN_MS = 5 * 60_000;

/** Why this key cannot sign, in words for a person; null when it can. Workers have WebCrypto alone, which reads PKCS#8. */
export function privateKeyProblem(privateKey: string): string | null {
  if (privateKey.includes("-----BEGIN PRIVATE KEY-----")) return null;
  if (privateKey.includes("-----BEGIN RSA PRIVATE KEY-----"))
    return "is PKCS#1, as GitHub hands it out; convert it: openssl pkcs8 -topk8 -inform PEM -outform PEM -nocrypt -in key.pem";
  return "is not a PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)";
}

export function createGithubClient(settings: GithubSettings): GithubClient {
  const octokit = new Octokit({
    baseUrl: settings.apiUrl,
    userAgent: "afk-loop",
    request: { fetch: createGithubFetch(settings) },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const credentials = createCredentials(settings, call);
  let identity: Identity | null = null;

  async function call(authorization: string | null, route: string, parameters: Parameters): Promise<Outcome> {
    try {
      const { status, headers, data } = await octokit.request(route, {
        ...parameters,
        headers: { "x-github-api-version": API_VERSION, ...(authorization ? { authorization } : {}) },
      });
      return { type: "answer", status, headers, data };
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async function send(repo: RepoName, route: string, parameters: Parameters): Promise<Outcome> {
    const authorization = await credentials.forRepo(repo);
    if (!authorization.known) return { type: "no_answer", why: authorization.why, auth: authorization.auth };
    // What a route does not use would go into its body or query.
    const names = { owner: repo.owner, repo: repo.name };
    const addressed = route.includes("{owner}") ? { ...names, ...parameters } : parameters;
    const outcome = await call(authorization.value, route, addressed);
    if (route.startsWith("GET ") || outcome.type !== "answer" || !isRedirect(outcome.status)) return outcome;
    const now = readingOf(await call(authorization.value, "GET /repos/{owner}/{repo}", names), repoIdentity);
    if (!now.known || !isWithin(now.value, outcome)) return outcome;
    const [owner, name] = now.value.full_name.split("/");
    return call(authorization.value, route, { ...addressed, owner, repo: name });
  }

  return {
    request: (repo, route, parameters = {}) => send(repo, route, parameters),
    stream: (repo, route, parameters = {}) =>
      send(repo, route, { ...parameters, request: { parseSuccessResponseBody: false } }),
    async download(url) {
      try {
        const response = await settings.fetch(url, { signal: AbortSignal.timeout(settings.callMs) });
        return { type: "answer", status: response.status, headers: {}, data: response.body };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async identity() {
      if (identity) return known(identity);
      const reading = await credentials.identity();
      if (reading.known) identity = reading.value;
      return reading;
    },
  };
}

type Parameters = Record<string, unknown>;
type Call = (authorization: string | null, route: string, parameters: Parameters) => Promise<Outcome>;

interface Credentials {
  /** The value of the authorization header. */
  forRepo(repo: RepoName): Promise<Reading<string>>;
  identity(): Promise<Reading<Identity | null>>;
}

const ignore = () => {};
const id = z.union([z.number(), z.bigint(), z.string()]).transform(String);
const userIdentity = z.object({ id });
const appIdentity = z.object({ id, slug: z.string() });
const repoIdentity = z.object({ id, full_name: z.string() });
const installation = z.object({ id });
const installationToken = z.object({ token: z.string(), expires_at: z.string() });

function createCredentials(settings: GithubSettings, call: Call): Credentials {
  const { credentials } = settings;
  if (credentials.type === "app") return appCredentials(credentials, call, settings.now ?? Date.now);
  const authorization = `token ${credentials.token}`;
  return {
    forRepo: async () => known(authorization),
    async identity() {
      const outcome = await call(authorization, "GET /user", {});
      const failure = failureOf(outcome);
      // An installation's token, handed in as if it were a person's, has no user.
      if ((failure?.type === "auth" && failure.status === 403) || failure?.status === 404) return known(null);
      const user = readingOf(outcome, userIdentity);
      return user.known ? known({ type: "user", id: user.value.id }) : user;
    },
  };
}

/**
 * auth-app signs the app's own token; the installation's token is fetched here, because auth-app keeps its pending
 * fetches in module scope, where one Durable Object would wait for another's request, which workerd never ends.
 */
function appCredentials(
  { appId, privateKey }: { appId: string; privateKey: string },
  call: Call,
  now: () => number,
): Credentials {
  const tokens = new Map<string, { authorization: string; until: number }>();

  async function asApp(route: string, parameters: Parameters): Promise<Outcome> {
    const problem = privateKeyProblem(privateKey);
    if (problem) return { type: "no_answer", why: `GITHUB_APP_PRIVATE_KEY ${problem}`, auth: true };
    try {
      const { token } = await createAppAuth({ appId, privateKey })({ type: "app" });
      return await call(`bearer ${token}`, route, parameters);
    } catch {
      return { type: "no_answer", why: "GITHUB_APP_PRIVATE_KEY cannot be read", auth: true };
    }
  }

  return {
    async forRepo(repo) {
      const key = `${repo.owner}/${repo.name}`.toLowerCase();
      const held = tokens.get(key);
      if (held && now() < held.until) return known(held.authorization);
      const names = { owner: repo.owner, repo: repo.name };
      const found = await asApp("GET /repos/{owner}/{repo}/installation", names);
      if (found.type === "answer" && found.status === 404)
        return unread(`the app is not installed in ${repo.owner}/${repo.name}`, "auth");
      const where = readingOf(found, installation);
      if (!where.known) return where;
      const route = "POST /app/installations/{installation_id}/access_tokens";
      const token = readingOf(await asApp(route, { installation_id: where.value.id }), installationToken);
      if (!token.known) return token;
      const authorization = `token ${token.value.token}`;
      tokens.set(key, { authorization, until: Date.parse(token.value.expires_at) - TOKEN_MARGIN_MS });
      return known(authorization);
    },
    async identity() {
      const app = readingOf(await asApp("GET /app", {}), appIdentity);
      return app.known ? known({ type: "app", ...app.value }) : app;
    },
  };
}

function isWithin(repo: { id: string; full_name: string }, redirect: Answer): boolean {
  const location = String(redirect.headers.location ?? "").toLowerCase();
  return location.includes(`/repositories/${repo.id}/`) || location.includes(`/repos/${repo.full_name.toLowerCase()}/`);
}

const requestError = z.object({
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.union([z.string(), z.number(), z.undefined()])),
    data: z.unknown(),
  }),
});

/** Octokit throws for every status of 400 and above, with the answer, and for every call without one. */
function outcomeOf(error: unknown): Outcome {
  const { data } = requestError.safeParse(error);
  if (data) return { type: "answer", ...data.response };
  return { type: "no_answer", why: `no answer: ${error instanceof Error ? error.message : "unknown"}`, auth: false };
}
