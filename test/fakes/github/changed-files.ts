/** What GitHub lists of a change: renames found as such, and no more than 3000 files. */
import type { Change, Commit } from "../git/git-host.ts";
import type { PullPlace } from "./pull-acts.ts";
import type { Repo } from "./state.ts";
import type { World } from "./world.ts";

export const FILES_MAX = 3000;

/** Against its first parent. */
export async function filesOfCommit({ git }: World, repo: Repo, { sha, parents, files }: Commit): Promise<Change[]> {
  const [parent] = parents;
  return parent === undefined ? files.map((path) => ({ path, status: "added" })) : git.changes(repo.git, parent, sha);
}

/** Against where it parted from its base, so that nothing of the base is in it. */
export async function filesOfPull({ git }: World, { repo, pull }: PullPlace): Promise<Change[]> {
  const comparison = await git.compare(repo.git, pull.baseSha, pull.headSha);
  return comparison === undefined ? [] : git.changes(repo.git, comparison.mergeBase, pull.headSha);
}
