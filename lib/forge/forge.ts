/** Which adapter serves which forge. A new forge is added here, in its own folder, and to the routes. */
import type { Environment } from "../core/config.ts";
import { type Forge, known, type Reading, type RepoName } from "../core/types.ts";
import type { CiWatcher } from "./ci-watcher.ts";
import { createForgejoCiWatcher } from "./forgejo/ci-watcher.ts";
import { createForgejoClient } from "./forgejo/client.ts";
import { createForgejoProposals } from "./forgejo/proposals.ts";
import { createForgejoTracker } from "./forgejo/tracker.ts";
import { createGithubCiWatcher } from "./github/ci-watcher.ts";
import { createGithubClient } from "./github/client.ts";
import { type GithubCredentials, privateKeyProblem, unfoldedKey } from "./github/credentials.ts";
import { createGithubProposals } from "./github/proposals.ts";
import { tokenEnd } from "./github/token-end.ts";
import { createGithubTracker } from "./github/tracker.ts";
import type { HttpSettings } from "./http.ts";
import { emptyMemory, type ForgeMemory } from "./memory.ts";
import type { Proposals } from "./proposals.ts";
import type { Tracker } from "./tracker.ts";

export type { Brake } from "./brake.ts";
export type { CachedAnswer, HttpCache, HttpSettings } from "./http.ts";
export { emptyMemory, type ForgeMemory } from "./memory.ts";

/** How requests leave, and what is kept of their answers. */
export type ForgeHttp = HttpSettings & { memory?: ForgeMemory };

export interface ForgePorts {
  tracker: Tracker;
  ci: CiWatcher;
  proposals: Proposals;
}

/** The ports of one repo; null where its forge has no credentials set. */
export function forgePorts(
  repo: RepoName,
  env: Environment,
  { memory = emptyMemory(), ...http }: ForgeHttp,
): ForgePorts | null {
  const { installations, accounts, suites } = memory;
  switch (repo.forge) {
    case "github": {
      const server = githubAccount(env);
      if (!server) return null;
      const client = createGithubClient({ ...http, ...server, installations, suites, account: accounts.github });
      return {
        tracker: createGithubTracker(client, repo),
        ci: createGithubCiWatcher(client, repo),
        proposals: createGithubProposals(client, repo),
      };
    }
    case "forgejo": {
      const server = forgejoAccount(env);
      if (!server) return null;
      const client = createForgejoClient({ ...http, ...server, account: accounts.forgejo });
      return {
        tracker: createForgejoTracker(client, repo),
        ci: createForgejoCiWatcher(client, repo),
        proposals: createForgejoProposals(client, repo),
      };
    }
    default:
      return repo.forge satisfies never;
  }
}

/** When our token for this repo's forge ends; null: it does not, or the forge does not tell. */
export async function forgeTokenEnd(
  repo: RepoName,
  env: Environment,
  http: HttpSettings,
): Promise<Reading<number | null>> {
  switch (repo.forge) {
    case "github": {
      const credentials = githubCredentials(env);
      if (credentials?.type !== "token") return known(null);
      return tokenEnd(createGithubClient({ ...http, apiUrl: githubApiUrl(env), credentials }), repo);
    }
    case "forgejo":
      // No answer and no route of Forgejo's tells when a token ends.
      return known(null);
    default:
      return repo.forge satisfies never;
  }
}

/** Settings of a forge that can be read but not used, as (setting, reason). */
export function forgeSettingErrors(env: Environment, enrolled: Forge[]): { setting: string; reason: string }[] {
  const errors: { setting: string; reason: string }[] = [];
  const key = env.GITHUB_APP_PRIVATE_KEY;
  const problem = key ? privateKeyProblem(unfoldedKey(key)) : null;
  if (problem !== null) errors.push({ setting: "GITHUB_APP_PRIVATE_KEY", reason: problem });
  if (enrolled.includes("github") && !githubCredentials(env))
    errors.push({
      setting: "GITHUB_TOKEN",
      reason: "a github repo is enrolled, but neither a token nor an App is set",
    });
  for (const setting of ["FORGEJO_URL", "FORGEJO_TOKEN"] as const)
    if (enrolled.includes("forgejo") && !env[setting])
      errors.push({ setting, reason: "a forgejo repo is enrolled, but this is not set" });
  return errors;
}

/** Where GitHub is and what we show it; null: no credentials are set. */
export function githubAccount(env: Environment): { apiUrl: string; credentials: GithubCredentials } | null {
  const credentials = githubCredentials(env);
  return credentials && { apiUrl: githubApiUrl(env), credentials };
}

export function githubApiUrl(env: Environment): string {
  return (env.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
}

/** The same of Forgejo. */
export function forgejoAccount(env: Environment): { url: string; token: string } | null {
  const { FORGEJO_URL: url, FORGEJO_TOKEN: token } = env;
  return !url || !URL.canParse(url) || !token ? null : { url: forgejoRoot(url), token };
}

function githubCredentials(env: Environment): GithubCredentials | null {
  const { GITHUB_TOKEN: token, GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey } = env;
  if (token) return { type: "token", token };
  return appId && privateKey ? { type: "app", appId, privateKey: unfoldedKey(privateKey) } : null;
}

/** The server's root, also where somebody set the address of its API. */
function forgejoRoot(url: string): string {
  return url
    .trim()
    .replace(/\/+$/, "")
    .replace(/\/api\/v1$/, "");
}
