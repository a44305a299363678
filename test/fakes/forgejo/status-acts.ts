/** Commit statuses, from whoever posts them. There is no webhook for a status. */
import type { Account, CommitStatus, Repo, StatusState } from "./state.ts";
import { newId, timestamp, type World } from "./world.ts";

export type NewStatus = { sha: string; context: string; state: StatusState; description?: string; targetUrl?: string };

export function addStatus(world: World, repo: Repo, by: Account, status: NewStatus): CommitStatus {
  const { sha, context, state, description = "", targetUrl = "" } = status;
  const id = newId(world, "status");
  const added = { id, sha, state, context, description, targetUrl, by: by.id, createdAt: timestamp(world) };
  repo.statuses.push(added);
  void world.settle(repo);
  return added;
}

/** The newest status of each context, the newest context first. */
export function latestOfEachContext(repo: Repo, sha: string): CommitStatus[] {
  const newest = new Map<string, CommitStatus>();
  for (const status of repo.statuses) if (status.sha === sha) newest.set(status.context, status);
  return [...newest.values()].sort((one, other) => other.id - one.id);
}
