/** What the platform hands in: the two Durable Object namespaces, and every setting as a text. */
import { type Environment, parseSettings, SETTING_NAMES, type Settings } from "../lib/core/config.ts";
import { secretsIn } from "../lib/core/held-secrets.ts";
import { type Forge, parseRepoKey, type RepoName, repoKey } from "../lib/core/types.ts";
import { forgeSettingErrors } from "../lib/forge/forge.ts";
import type { Fleet } from "./fleet.ts";
import type { RepoLedger } from "./repo-ledger.ts";

export type Env = {
  LEDGERS: DurableObjectNamespace<RepoLedger>;
  FLEET: DurableObjectNamespace<Fleet>;
} & Environment;

/** Asked many times for each delivery and look; parsed again only when a setting has another value. */
export const settingsOf: (env: Env) => Settings = remembered(readSettings);

function readSettings(env: Env): Settings {
  const settings = parseSettings(env);
  const forges = [
    ...new Set(settings.config.allowlist.flatMap((key): Forge[] => [parseRepoKey(key)?.forge ?? []].flat())),
  ];
  return { ...settings, errors: [...settings.errors, ...forgeSettingErrors(env, forges)] };
}

export function ledgerOf(env: Env, repo: RepoName | string): DurableObjectStub<RepoLedger> {
  return env.LEDGERS.getByName(typeof repo === "string" ? repo : repoKey(repo));
}

export function fleetOf(env: Env): DurableObjectStub<Fleet> {
  return env.FLEET.getByName("fleet");
}

/** The values that must never be written anywhere. */
export const secretsOf: (env: Env) => string[] = remembered(secretsIn);

/** The last answer, for as long as every setting is what it was: an environment may change in place, and the stories' does. */
function remembered<T>(read: (env: Env) => T): (env: Env) => T {
  let last: { asked: Environment; answer: T } | null = null;
  return (env) => {
    const before = last;
    if (before !== null && SETTING_NAMES.every((name) => env[name] === before.asked[name])) return before.answer;
    const asked = Object.fromEntries(SETTING_NAMES.map((name) => [name, env[name]]));
    last = { asked, answer: read(env) };
    return last.answer;
  };
}
