/** Who we are on GitHub, and what proves it: a token, or an App whose installation tokens are fetched and kept. */
import { createAppAuth } from "@octokit/auth-app";
import * as z from "zod";
import { known, type Reading, type RepoName, unread } from "../../core/types.ts";
import { id } from "../fields.ts";
import { failureOf, type Outcome, readingOf } from "../results.ts";

export type GithubCredentials =
  | { type: "token"; token: string }
  /** The private key as PKCS#8; see `privateKeyProblem`. */
  | { type: "app"; appId: string; privateKey: string };

/** Who we are on GitHub. */
export type Identity = { type: "user"; id: string } | { type: "app"; id: string; slug: string };

/** By repo: an authorization and until when, in milliseconds, it is used. */
export type InstallationTokens = Map<string, { authorization: string; until: number }>;

export type Parameters = Record<string, unknown>;
export type Call = (authorization: string | null, route: string, parameters: Parameters) => Promise<Outcome>;

export interface Credentials {
  /** The value of the authorization header. */
  forRepo(repo: RepoName): Promise<Reading<string>>;
  /** What was told is no longer accepted: ask anew. */
  forget(repo: RepoName): void;
  identity(): Promise<Reading<Identity | null>>;
  /** A route of an app's own, which takes no other credential; a token has none. */
  asApp(route: string, parameters: Parameters): Promise<Outcome>;
}

interface Kept {
  now: () => number;
  tokens: InstallationTokens;
}

/** An installation token lives an hour; a fresh one is fetched this long before it ends. */
const TOKEN_MARGIN_MS = 5 * 60_000;

const userIdentity = z.object({ id });
const appIdentity = z.object({ id, slug: z.string() });
const installation = z.object({ id });
const installationToken = z.object({ token: z.string(), expires_at: z.string() });

/** Why this key cannot sign, in words for a person; null when it can. Workers have WebCrypto alone, which reads PKCS#8. */
export function privateKeyProblem(privateKey: string): string | null {
  if (privateKey.includes("-----BEGIN PRIVATE KEY-----")) return null;
  if (privateKey.includes("-----BEGIN RSA PRIVATE KEY-----"))
    return "is PKCS#1, as GitHub hands it out; convert it: openssl pkcs8 -topk8 -inform PEM -outform PEM -nocrypt -in key.pem";
  return "is not a PKCS#8 PEM (-----BEGIN PRIVATE KEY-----)";
}

export function createCredentials(credentials: GithubCredentials, call: Call, kept: Kept): Credentials {
  if (credentials.type === "app") return appCredentials(credentials, call, kept);
  const authorization = `token ${credentials.token}`;
  return {
    forRepo: async () => known(authorization),
    forget: () => {},
    asApp: async () => ({ type: "no_answer", why: "a token is no App", auth: true }),
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
  { now, tokens }: Kept,
): Credentials {
  const keyOf = (repo: RepoName) => `${repo.owner}/${repo.name}`.toLowerCase();

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
    asApp,
    async forRepo(repo) {
      const held = tokens.get(keyOf(repo));
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
      tokens.set(keyOf(repo), { authorization, until: Date.parse(token.value.expires_at) - TOKEN_MARGIN_MS });
      return known(authorization);
    },
    forget: (repo) => {
      tokens.delete(keyOf(repo));
    },
    async identity() {
      const app = readingOf(await asApp("GET /app", {}), appIdentity);
      return app.known ? known({ type: "app", ...app.value }) : app;
    },
  };
}

/** An app's own account has an id the app is not told; its login is reserved for it. */
export function isAccount(account: { id: string; login: string }, identity: Identity): boolean {
  if (identity.type === "user") return account.id === identity.id;
  return account.login.toLowerCase() === `${identity.slug}[bot]`.toLowerCase();
}
