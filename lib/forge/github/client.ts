/**
 * GitHub's REST and GraphQL API for one set of credentials. A call never throws: it ends in an HttpOutcome.
 * No throttling and no retry in here: reads are asked again by the next look, acts are retried by their own record.
 *
 * A write to a repo that was renamed follows it; one that GitHub would send to another repo (a transferred issue)
 * comes back as the redirect it is, so that nothing is ever written where nobody enrolled us.
 */
import { Octokit } from "@octokit/core";
import { known, type Reading, type RepoName } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { heed, heldBack } from "../brake.ts";
import { id } from "../fields.ts";
import type { HttpSettings, OwnAccount } from "../http.ts";
import { type Answer, type HttpOutcome, readingOf } from "../results.ts";
import {
  createCredentials,
  type GithubCredentials,
  type Identity,
  type Installations,
  noInstallations,
  type Parameters,
} from "./credentials.ts";
import type { SuiteOrigins } from "./events.ts";
import { limitTold } from "./graphql-limits.ts";
import { createGithubFetch, isRedirect } from "./http.ts";

export interface GithubSettings extends HttpSettings {
  apiUrl: string;
  credentials: GithubCredentials;
  /** Kept by whoever outlives this client; without it each client finds and fetches its own. */
  installations?: Installations;
  account?: OwnAccount<Identity>;
  suites?: SuiteOrigins;
}

export interface GithubClient {
  /** `route` as GitHub's documentation writes it; `{owner}` and `{repo}` are filled in. */
  request(repo: RepoName, route: string, parameters?: Record<string, unknown>): Promise<HttpOutcome>;
  /** The same, but a success that is not JSON stays a stream of bytes. */
  stream(repo: RepoName, route: string, parameters?: Record<string, unknown>): Promise<HttpOutcome>;
  /** Fetches another host's URL, without any credential. */
  download(url: string): Promise<HttpOutcome>;
  /** Read once and kept: an account does not change under its token. Null: GitHub does not tell this kind of token. */
  identity(): Promise<Reading<Identity | null>>;
  readonly suites: SuiteOrigins;
  /** A route of the App's own, as the App itself and not as its installation in a repo. */
  asApp(route: string, parameters?: Record<string, unknown>): Promise<HttpOutcome>;
}

export const GRAPHQL = "POST /graphql";
const API_VERSION = "2026-03-10";

export function createGithubClient(settings: GithubSettings): GithubClient {
  const octokit = new Octokit({
    baseUrl: settings.apiUrl,
    userAgent: "afk-loop",
    request: { fetch: createGithubFetch(settings) },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const credentials = createCredentials(settings.credentials, call, {
    now: settings.now ?? Date.now,
    installations: settings.installations ?? noInstallations(),
  });
  const account = settings.account ?? { identity: null };
  const graphql = graphqlRoute(settings.apiUrl);

  async function call(authorization: string | null, route: string, parameters: Parameters): Promise<HttpOutcome> {
    const held = heldBack(settings, route);
    if (held) return held;
    const outcome = await answered(authorization, route, parameters);
    heed(settings, outcome);
    return outcome;
  }

  async function answered(authorization: string | null, route: string, parameters: Parameters): Promise<HttpOutcome> {
    try {
      const { status, headers, data } = await octokit.request(route === GRAPHQL ? graphql : route, {
        ...parameters,
        headers: { "x-github-api-version": API_VERSION, ...(authorization ? { authorization } : {}) },
      });
      const answer: Answer = { type: "answer", status, headers, data };
      return route === GRAPHQL ? limitTold(answer, route) : answer;
    } catch (error) {
      const outcome = outcomeOf(error);
      return outcome.type === "answer" ? { ...outcome, route } : outcome;
    }
  }

  async function send(repo: RepoName, route: string, parameters: Parameters): Promise<HttpOutcome> {
    const authorization = await credentials.forRepo(repo);
    if (!authorization.known) {
      const { why, auth, cause } = authorization;
      return { type: "no_answer", why, auth, cause };
    }
    // What a route does not use would go into its body or query.
    const names = { owner: repo.owner, repo: repo.name };
    const addressed = route.includes("{owner}") ? { ...names, ...parameters } : parameters;
    const outcome = await call(authorization.value, route, addressed);
    if (outcome.type === "answer" && outcome.status === 401) credentials.forget(repo);
    if (route.startsWith("GET ") || outcome.type !== "answer" || !isRedirect(outcome.status)) return outcome;
    const now = readingOf(await call(authorization.value, "GET /repos/{owner}/{repo}", names), repoIdentity);
    if (!now.known || !isWithin(now.value, outcome)) return outcome;
    const [owner, name] = now.value.full_name.split("/");
    return call(authorization.value, route, { ...addressed, owner, repo: name });
  }

  return {
    suites: settings.suites ?? new Map(),
    request: (repo, route, parameters = {}) => send(repo, route, parameters),
    stream: (repo, route, parameters = {}) =>
      send(repo, route, { ...parameters, request: { parseSuccessResponseBody: false } }),
    asApp: (route, parameters = {}) => credentials.asApp(route, parameters),
    async download(url) {
      try {
        const response = await settings.fetch(url, { signal: AbortSignal.timeout(settings.callMs) });
        return { type: "answer", status: response.status, headers: {}, data: response.body };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    async identity() {
      if (account.identity) return known(account.identity);
      const reading = await credentials.identity();
      if (reading.known) account.identity = reading.value;
      return reading;
    },
  };
}

/** A server of one's own has its REST API under /api/v3, and GraphQL beside that, not below. */
function graphqlRoute(apiUrl: string): string {
  const rest = /\/api\/v3\/?$/;
  return rest.test(apiUrl) ? GRAPHQL.replace("/graphql", apiUrl.replace(rest, "/api/graphql")) : GRAPHQL;
}

const ignore = () => {};
const repoIdentity = z.object({ id, full_name: z.string() });

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
function outcomeOf(error: unknown): HttpOutcome {
  const { data } = requestError.safeParse(error);
  if (data) return { type: "answer", ...data.response };
  return { type: "no_answer", why: `no answer: ${error instanceof Error ? error.message : "unknown"}`, auth: false };
}
