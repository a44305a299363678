/** What a 404 says: a thing that is not there, or a repo that we may not read. */
import { type Reading, type RepoName, unread } from "../../core/types.ts";
import { failureOf, type HttpOutcome, unreadOf } from "../results.ts";
import type { ForgejoClient } from "./client.ts";

export async function goneOrUnread(
  client: ForgejoClient,
  outcome: HttpOutcome,
  where: RepoName,
): Promise<Reading<true>> {
  const failure = failureOf(outcome);
  if (failure?.status !== 404) return failure ? unreadOf(failure) : unread("not gone");
  return client.readable(where);
}
