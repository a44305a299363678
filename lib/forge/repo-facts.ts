/** A repo as every forge shows it, and as ours. */
import type { RepoFacts } from "../core/types.ts";
import * as z from "../zod.ts";
import { id, url, word } from "./fields.ts";

export const repoPayload = z.object({
  id,
  name: word,
  full_name: z.string(),
  owner: z.object({ login: word }),
  default_branch: word,
  clone_url: url,
  html_url: url,
  archived: z.nullish(z.boolean()),
});

export function toRepoFacts(told: z.output<typeof repoPayload>): RepoFacts {
  const { id, name, owner, default_branch, clone_url, html_url, archived } = told;
  return {
    ...{ id, owner: owner.login, name, defaultBranch: default_branch, cloneUrl: clone_url, url: html_url },
    ...(archived ? { archived } : {}),
  };
}
