/**
 * Which forge an address is, by the settings that know of it, and who acts there:
 *
 *   the loop ..... by the credentials of the settings, as `npm start` would
 *   the person ... files and labels the issue, and is whose pushes the agent's are: by AFK_REHEARSE_TOKEN, else by the
 *                  loop's own token. An App is nobody whose label counts, and need not be allowed to push
 */
import type { Environment } from "../../../lib/core/config.ts";
import type { Forge, RepoName } from "../../../lib/core/types.ts";
import { htmlUrl } from "../../../lib/doctor/setup/manifest.ts";
import { forgejoAccount, githubAccount, githubApiUrl } from "../../../lib/forge/forge.ts";
import { refuse } from "./refuse.ts";

export interface Target {
  repo: RepoName;
  /** The forge's settings alone, as the loop is given them. */
  env: Record<string, string>;
  /** The same, of the person. */
  personEnv: Record<string, string>;
  personToken: string;
}

/** Left out, GITHUB_API_URL would mean the real one: a loop on Forgejo that asks GitHub meets nobody. */
const NOBODY = "http://127.0.0.1:9";
const GITHUB_NAMES = ["GITHUB_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"] as const;

export function targetOf(address: string, repoText: string, env: Environment, personToken: string | null): Target {
  const [, owner = "", name = ""] = /^([\w.-]+)\/([\w.-]+)$/.exec(repoText) ?? [];
  if (name === "") refuse("--repo", `${JSON.stringify(repoText)} is not owner/name`, "name one repo of that forge");
  const repo: RepoName = { forge: forgeAt(address, env), owner, name };
  return repo.forge === "github" ? onGithub(repo, env, personToken) : onForgejo(repo, env, personToken);
}

function forgeAt(address: string, env: Environment): Forge {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    return refuse("--against", "that is not a forge's address", "give it as https://github.com");
  if (url.username !== "" || url.password !== "")
    return refuse("--against", "it holds a credential", "put the token into .dev.vars, and only there");
  const asked = placeOf(url.href);
  const api = githubApiUrl(env);
  const ofGithub = [api, htmlUrl(api)].map(placeOf);
  if (ofGithub.includes(asked) || (ofGithub.includes("github.com") && asked === "www.github.com")) return "github";
  const forgejo = env.FORGEJO_URL && URL.canParse(env.FORGEJO_URL) ? placeOf(env.FORGEJO_URL) : null;
  if (asked === forgejo) return "forgejo";
  return refuse(
    "--against",
    `${url.origin} is no forge that the settings know: GitHub is at ${htmlUrl(api)}, Forgejo ${forgejo === null ? "is not set" : `at ${forgejo}`}`,
    "set FORGEJO_URL and FORGEJO_TOKEN, or GITHUB_API_URL and GITHUB_TOKEN, in .dev.vars or the environment",
  );
}

/** Host and path, however it was written. */
function placeOf(address: string): string {
  const { host, pathname } = new URL(address);
  return `${host}${pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "")}`.toLowerCase();
}

function onGithub(repo: RepoName, env: Environment, personToken: string | null): Target {
  const account = githubAccount(env);
  if (account === null)
    return refuse("GITHUB_TOKEN", "neither a token nor an App is set", "set one, in .dev.vars or the environment");
  const own = account.credentials.type === "token" ? account.credentials.token : null;
  const token =
    personToken ??
    own ??
    refuse(
      "AFK_REHEARSE_TOKEN",
      "it is not set, and an App's own label starts nothing",
      "set it to a token of a person with write access to the repo",
    );
  const address = { GITHUB_API_URL: account.apiUrl };
  const set = GITHUB_NAMES.flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return {
    repo,
    env: { ...address, ...Object.fromEntries(set) },
    personEnv: { ...address, GITHUB_TOKEN: token },
    personToken: token,
  };
}

function onForgejo(repo: RepoName, env: Environment, personToken: string | null): Target {
  const account = forgejoAccount(env);
  if (account === null) return refuse("FORGEJO_TOKEN", "it is not set", "set it, in .dev.vars or the environment");
  const address = { GITHUB_API_URL: NOBODY, FORGEJO_URL: account.url };
  const token = personToken ?? account.token;
  return {
    repo,
    env: { ...address, FORGEJO_TOKEN: account.token },
    personEnv: { ...address, FORGEJO_TOKEN: token },
    personToken: token,
  };
}
