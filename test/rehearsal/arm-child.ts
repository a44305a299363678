/**
 * The one place where code arms a loop, and only a child that can reach nothing but this machine.
 *
 *   GITHUB_API_URL ........................ must be set: unset, it means the real one
 *   SLACK_API_URL ......................... must be set where a Slack token is, for the same reason
 *   any other URL the loop talks to ....... may be absent
 *   each that is set ...................... must be loopback, else it throws
 *
 * Every setting not given is handed on empty, so that neither our own environment nor a `.dev.vars` can fill it.
 *
 * A child of a rehearsal against a forge of somebody's own (`armedAgainst`) may reach that one forge besides. It is armed for
 * one repo alone, whose name must say that it is there for this: with "scratch" or "rehearsal" in it.
 */
import { SETTING_NAMES } from "../../lib/core/config.ts";
import { type Forge, type RepoName, repoKey } from "../../lib/core/types.ts";
import { LAUNCHER_NAMES } from "../../scripts/start/settings.ts";

type Given = Record<string, string | undefined>;

/** Links for people: the loop never asks them anything. */
const neverAsked: readonly string[] = ["AFK_PUBLIC_URL"];
const outbound = SETTING_NAMES.filter((name) => /_(URL|ORIGINS)$/.test(name) && !neverAsked.includes(name));

/** Where each forge is; a rehearsal against one of them leaves loopback for that address alone. */
const ADDRESSES: Record<Forge, string> = { github: "GITHUB_API_URL", forgejo: "FORGEJO_URL" };

export function armedEnv(env: Given, allowlist: string[]): Record<string, string> {
  return armed(env, allowlist, null);
}

export function armedAgainst(env: Given, repo: RepoName): Record<string, string> {
  if (!isForRehearsals(repo)) throw new Error(`not armed: ${repo.name} is not named as a repo for rehearsals`);
  return armed(env, [repoKey(repo)], ADDRESSES[repo.forge]);
}

/** By its own name: its owner's says nothing. */
export function isForRehearsals({ name }: Pick<RepoName, "name">): boolean {
  return /scratch|rehearsal/i.test(name);
}

/** `beyond`: the one setting that may name another machine. */
function armed(env: Given, allowlist: string[], beyond: string | null): Record<string, string> {
  if (!env.GITHUB_API_URL) throw new Error("not armed: GITHUB_API_URL is not set, which means the real GitHub");
  if (env.SLACK_BOT_TOKEN && !env.SLACK_API_URL)
    throw new Error("not armed: SLACK_API_URL is not set, which means the real Slack");
  for (const name of outbound) {
    if (name === beyond) continue;
    for (const url of (env[name] ?? "").split(",").map((part) => part.trim())) {
      if (url !== "" && !isLoopback(url)) throw new Error(`not armed: ${name} is not loopback (${url})`);
    }
  }
  if (allowlist.length === 0) throw new Error("not armed: the allowlist is empty");
  const given = Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const blank = Object.fromEntries([...SETTING_NAMES, ...LAUNCHER_NAMES].map((name) => [name, ""]));
  return { ...blank, ...given, AFK_KILL_SWITCH: "false", AFK_ALLOWLIST: allowlist.join(",") };
}

export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const isWeb = protocol === "http:" || protocol === "https:";
  return isWeb && (hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname));
}
