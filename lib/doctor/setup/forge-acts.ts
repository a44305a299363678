/**
 * What setup does on a forge. Each act is one that doing again does no harm to, and each begins with what was read.
 *
 *   a hook on GitHub .... made, or changed in place: what a change does not name stays as it is
 *   a hook on Forgejo ... always made anew, the old one deleted after that: editing one keeps its old secret without a
 *                         word, and resets its events
 */
import type { Environment } from "../../core/config.ts";
import type { ActResult, RepoName } from "../../core/types.ts";
import { forgejoAccount, githubAccount } from "../../forge/forge.ts";
import { createForgejoClient } from "../../forge/forgejo/client.ts";
import { repoPath } from "../../forge/forgejo/http.ts";
import { createGithubClient } from "../../forge/github/client.ts";
import type { HttpSettings } from "../../forge/http.ts";
import { actOf, removalOf } from "../../forge/results.ts";
import type { HookOffer, LabelOffer } from "../offers.ts";

export interface ForgeActs {
  makeLabel(offer: LabelOffer): Promise<ActResult>;
  mendHook(offer: HookOffer, secret: string): Promise<ActResult>;
}

const REPO = "/repos/{owner}/{repo}";
const UNSET: ActResult = { type: "refused", why: "its forge has no credentials" };

export function forgeActs(env: Environment, http: HttpSettings, { forge }: RepoName): ForgeActs {
  switch (forge) {
    case "github":
      return githubActs(env, http);
    case "forgejo":
      return forgejoActs(env, http);
    default:
      return forge satisfies never;
  }
}

function githubActs(env: Environment, http: HttpSettings): ForgeActs {
  const account = githubAccount(env);
  if (account === null) return { makeLabel: async () => UNSET, mendHook: async () => UNSET };
  const client = createGithubClient({ ...http, ...account });
  return {
    async makeLabel({ repo, name, color, description }) {
      return actOf(await client.request(repo, `POST ${REPO}/labels`, { name, color, description }));
    },
    async mendHook({ repo, url, events, wrong, hookId, extra }, secret) {
      const hook = { hook_id: hookId };
      const steps: (() => Promise<ActResult>)[] = [];
      const config = (values: Record<string, string>) => async () =>
        actOf(await client.request(repo, `PATCH ${REPO}/hooks/{hook_id}/config`, { ...hook, ...values }));
      if (wrong === "missing") {
        const made = { name: "web", active: true, events, config: { url, content_type: "json", secret } };
        steps.push(async () => actOf(await client.request(repo, `POST ${REPO}/hooks`, made)));
      }
      if (wrong === "secret") steps.push(config({ secret }));
      if (wrong === "shape") {
        const shape = { ...hook, active: true, events };
        steps.push(async () => actOf(await client.request(repo, `PATCH ${REPO}/hooks/{hook_id}`, shape)));
        steps.push(config({ content_type: "json" }));
      }
      const gone = (id: string) => async () =>
        removalOf(await client.request(repo, `DELETE ${REPO}/hooks/{hook_id}`, { hook_id: id }));
      return inTurn([...steps, ...(wrong === "double" ? extra.map(gone) : [])]);
    },
  };
}

function forgejoActs(env: Environment, http: HttpSettings): ForgeActs {
  const account = forgejoAccount(env);
  if (account === null) return { makeLabel: async () => UNSET, mendHook: async () => UNSET };
  const client = createForgejoClient({ ...http, ...account });
  return {
    async makeLabel({ repo, name, color, description }) {
      const body = { name, color: `#${color}`, description };
      return actOf(await client.http.request(`POST ${repoPath(repo, "labels")}`, { body }));
    },
    async mendHook({ repo, url, events, wrong, hookId, extra }, secret) {
      const config = { url, content_type: "json", secret };
      const body = { type: "forgejo", active: true, config, events };
      const made = async () => actOf(await client.http.request(`POST ${repoPath(repo, "hooks")}`, { body }));
      const gone = (id: string) => async () =>
        removalOf(await client.http.request(`DELETE ${repoPath(repo, "hooks", id)}`));
      if (wrong === "double") return inTurn(extra.map(gone));
      return inTurn([made, ...(hookId === null ? [] : [gone(hookId)])]);
    },
  };
}

/** Each only when the one before it was done: nothing is deleted for what could not be made. */
async function inTurn(steps: (() => Promise<ActResult>)[]): Promise<ActResult> {
  for (const step of steps) {
    const result = await step();
    if (result.type !== "done") return result;
  }
  return { type: "done", value: null };
}
