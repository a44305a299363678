/** What a 404 or 410 says: a thing that is not there, or a repo that we may not read. */
import { known, type Reading, type RepoName, unread } from "../../core/types.ts";
import type * as z from "../../zod.ts";
import { repoPayload } from "../repo-facts.ts";
import { failureOf, type HttpOutcome, messageOf, readingOf, unreadOf } from "../results.ts";
import type { GithubClient } from "./client.ts";

export async function readRepo(client: GithubClient, repo: RepoName) {
  return readingOf(await client.request(repo, "GET /repos/{owner}/{repo}"), repoPayload);
}

/** A 404 or 410 that is an answer about the thing asked for, and not about our access. */
export async function confirmedGone(
  client: GithubClient,
  repo: RepoName,
  outcome: HttpOutcome,
): Promise<Reading<true>> {
  const failure = failureOf(outcome);
  if (failure?.status !== 404 && failure?.status !== 410) return failure ? unreadOf(failure) : unread("not gone");
  if (isSwitchedOff(outcome)) return unreadOf(failure);
  const readable = await readRepo(client, repo);
  return readable.known ? known(true) : readable;
}

/** Null: it is not there. `goneAt`: the statuses that may say so of what was asked. */
export async function foundOrGone<T>(
  client: GithubClient,
  outcome: HttpOutcome,
  repo: RepoName,
  schema: z.core.$ZodType<T>,
  goneAt: readonly number[] = [404, 410],
): Promise<Reading<T | null>> {
  if (!goneAt.some((status) => failureOf(outcome)?.status === status)) return readingOf(outcome, schema);
  const gone = await confirmedGone(client, repo, outcome);
  return gone.known ? known(null) : gone;
}

export function isSwitchedOff(outcome: HttpOutcome): boolean {
  return outcome.type === "answer" && /disabled/i.test(messageOf(outcome.data));
}
