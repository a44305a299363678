/** What a 404 or 410 says: a thing that is not there, or a repo that we may not read. */
import { known, type Reading, type RepoName, unread } from "../../core/types.ts";
import { failureOf, type HttpOutcome, messageOf, readingOf, unreadOf } from "../results.ts";
import type { GithubClient } from "./client.ts";
import * as payloads from "./payloads.ts";

export async function readRepo(client: GithubClient, repo: RepoName) {
  return readingOf(await client.request(repo, "GET /repos/{owner}/{repo}"), payloads.repo);
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

export function isSwitchedOff(outcome: HttpOutcome): boolean {
  return outcome.type === "answer" && /disabled/i.test(messageOf(outcome.data));
}
