/** Who we are on GitHub, and what proves it: a token, or an App whose installation tokens are fetched and kept. */
import { createAppAuth } from "@octokit/auth-app";
import { known, type Reading, type RepoName, unread } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { id } from "../fields.ts";
import { type Cause, failureOf, type HttpOutcome, readingOf } from "../results.ts";

export type GithubCredentials =
  | { type: "token"; token: string }
  /** The private key as PKCS#8; see `privateKeyProblem`. */
  | { type: "app"; appId: string; privateKey: string };

/** Who we are on GitHub. */
export type Identity = { type: "user"; id: string } | { type: "app"; id: string; slug: string };

/**
 * An App is installed once for an account, and one token serves all its repos: the same token keeps their answers' ETags
 * alive, too.
 */
export interface Installations {
  /** By repo, in small letters: its installation, and until when, in milliseconds, that is believed. */
  ids: Record<string, { id: string; until: number }>;
  /** By installation: an authorization and until when it is used. */
  tokens: Record<string, { authorization: string; until: number }>;
}

export function noInstallations(): Installations {
  return { ids: {}, tokens: {} };
}

export type Parameters = Record<string, unknown>;
export type Call = (authorization: string | null, route: string, parameters: Parameters) => Promise<HttpOutcome>;

export type Authorization = Reading<string> & { cause?: Cause };

export interface Credentials {
  /** The value of the authorization header. */
  forRepo(repo: RepoName): Promise<Authorization>;
  /** What was told is no longer accepted: ask anew. */
  forget(repo: RepoName): void;
  identity(): Promise<Reading<Identity | null>>;
  /** A route of an app's own, which takes no other credential; a token has none. */
  asApp(route: string, parameters: Parameters): Promise<HttpOutcome>;
}

interface Kept {
  now: () => number;
  installations: Installations;
}

/** An installation token lives an hour; a fresh one is fetched this long before it ends. */
const TOKEN_MARGIN_MS = 5 * 60_000;

/** A repo may be taken out of an installation, and an installation be made anew. */
const INSTALLATION_MS = 3_600_000;

const userIdentity = z.object({ id });
const appIdentity = z.object({ id, slug: z.string() });
const installation = z.object({ id });
const installationToken = z.object({ token: z.string(), expires_at: z.string() });

/** A key pasted into one line of a settings file holds its line ends as \n. */
export function unfoldedKey(key: string): string {
  return key.includes("\n") ? key : key.replaceAll("\\n", "\n");
}

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
  { now, installations: { ids, tokens } }: Kept,
): Credentials {
  const keyOf = (repo: RepoName) => `${repo.owner}/${repo.name}`.toLowerCase();

  async function asApp(route: string, parameters: Parameters): Promise<HttpOutcome> {
    const problem = privateKeyProblem(privateKey);
    if (problem) return { type: "no_answer", why: `GITHUB_APP_PRIVATE_KEY ${problem}`, auth: true };
    try {
      const { token } = await createAppAuth({ appId, privateKey })({ type: "app" });
      return await call(`bearer ${token}`, route, parameters);
    } catch {
      return { type: "no_answer", why: "GITHUB_APP_PRIVATE_KEY cannot be read", auth: true };
    }
  }

  async function installationOf(repo: RepoName): Promise<Authorization> {
    const kept = ids[keyOf(repo)];
    if (kept && now() < kept.until) return known(kept.id);
    const found = await asApp("GET /repos/{owner}/{repo}/installation", { owner: repo.owner, repo: repo.name });
    if (found.type === "answer" && found.status === 404)
      return { ...unread(`the app is not installed in ${repo.owner}/${repo.name}`, "auth"), cause: "not_installed" };
    const where = readingOf(found, installation);
    if (!where.known) return where;
    ids[keyOf(repo)] = { id: where.value.id, until: now() + INSTALLATION_MS };
    return known(where.value.id);
  }

  return {
    asApp,
    async forRepo(repo) {
      const id = await installationOf(repo);
      if (!id.known) return id;
      const held = tokens[id.value];
      if (held && now() < held.until) return known(held.authorization);
      const route = "POST /app/installations/{installation_id}/access_tokens";
      const token = readingOf(await asApp(route, { installation_id: id.value }), installationToken);
      if (!token.known) {
        delete ids[keyOf(repo)];
        return token;
      }
      const authorization = `token ${token.value.token}`;
      tokens[id.value] = { authorization, until: Date.parse(token.value.expires_at) - TOKEN_MARGIN_MS };
      return known(authorization);
    },
    forget: (repo) => {
      const found = ids[keyOf(repo)];
      if (found) delete tokens[found.id];
      delete ids[keyOf(repo)];
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
