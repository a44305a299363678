/**
 * Reads the settings and all that they name, and says what is wrong. It changes nothing anywhere: no request of it
 * writes, and nothing is stored. All systems are asked side by side, each call with its deadline.
 */
import { type Environment, parseSettings } from "../core/config.ts";
import { parseRepoKey, type RepoName, repoKey } from "../core/types.ts";
import type { Fetch } from "../forge/http.ts";
import { judge } from "./checks/checks.ts";
import { Clocks } from "./clocks.ts";
import type { Facts, RulesParser, SettingsFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { readForgejo } from "./forgejo/read-forgejo.ts";
import { readGithub } from "./github/read-github.ts";
import { keyFormat } from "./private-key.ts";
import { type DiskOf, readHost } from "./read-host.ts";
import { readLoop } from "./read-loop.ts";
import { readNtfy, readSlack } from "./read-notifiers.ts";
import { readT3 } from "./read-t3.ts";

export interface DoctorInput {
  /** As `npm start` hands them to the worker. */
  env: Environment;
  warnings: string[];
  exposedFile: string | null;
  dataDir: string;
  /** The newest version of the state that this code reads. */
  stateVersion: number;
  /** Looked at besides the enrolled ones. */
  repos: RepoName[];
  /** The reader of a repo's own rules. */
  parseRules: RulesParser;
  fetch: Fetch;
  now: () => number;
  diskOf?: DiskOf;
}

export async function examine(input: DoctorInput): Promise<Finding[]> {
  return judge(await readFacts(input));
}

async function readFacts(input: DoctorInput): Promise<Facts> {
  const { env, now } = input;
  const settings = settingsOf(input);
  const { callMs } = settings.parsed.config;
  const clocks = new Clocks(now);
  const asking = (system: string) => ({ fetch: clocks.watching(system, input.fetch), callMs, now });
  const of = (forge: RepoName["forge"]) => settings.repos.filter((repo) => repo.forge === forge);
  const publicUrl = env.AFK_PUBLIC_URL && URL.canParse(env.AFK_PUBLIC_URL) ? new URL(env.AFK_PUBLIC_URL) : null;
  const [github, forgejo, t3, slack, ntfy, loop, host] = await Promise.all([
    readGithub(env, of("github"), asking("github")),
    readForgejo(env, of("forgejo"), asking("forgejo")),
    readT3(env, asking("t3")),
    readSlack(env, asking("slack")),
    readNtfy(env, asking("ntfy")),
    readLoop(publicUrl === null ? null : publicUrl.href.replace(/\/+$/, ""), asking("loop")),
    readHost(input.dataDir, input.stateVersion, input.diskOf),
  ]);
  const forges = [github, forgejo].filter((forge) => forge !== null);
  return { settings, forges, t3, slack, ntfy, loop, host, clocks: clocks.facts(), parseRules: input.parseRules };
}

function settingsOf({ env, warnings, exposedFile, repos }: DoctorInput): SettingsFacts {
  // What a forge lacks, and what its key is, are checks of their own.
  const parsed = parseSettings(env);
  const enrolled = parsed.config.allowlist.flatMap((key) => parseRepoKey(key) ?? []);
  const all = new Map([...enrolled, ...repos].map((repo) => [repoKey(repo).toLowerCase(), repo]));
  const set = new Set(Object.keys(env).filter((name) => env[name]?.trim()));
  const privateKey = keyFormat(env.GITHUB_APP_PRIVATE_KEY);
  return { parsed, warnings, exposedFile, set, privateKey, repos: [...all.values()] };
}
