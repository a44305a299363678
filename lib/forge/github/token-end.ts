/**
 * When our token ends, as GitHub tells it in a header of every answer. It is asked of a route that costs no quota. Tokens
 * that do not end carry no such header; an App's tokens are renewed by ourselves and end for nobody.
 */
import { known, type Reading, type RepoName } from "../../core/types.ts";
import { failureOf, header, unreadOf } from "../results.ts";
import type { GithubClient } from "./client.ts";

/** Null: it does not end. */
export async function tokenEnd(client: GithubClient, repo: RepoName): Promise<Reading<number | null>> {
  const outcome = await client.request(repo, "GET /rate_limit");
  const ends = outcome.type === "answer" ? header(outcome, "github-authentication-token-expiration") : null;
  if (ends !== null) return known(parseTokenEnd(ends));
  const failure = failureOf(outcome);
  // A server of one's own may keep no limits and say so; its header would have been there all the same.
  return failure && failure.status !== 404 ? unreadOf(failure) : known(null);
}

/** `2026-12-01 10:00:00 UTC`, and for some tokens an offset in the zone's place. */
export function parseTokenEnd(text: string): number | null {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|([+-]\d\d):?(\d\d))$/.exec(text.trim());
  if (!parts) return null;
  const [, day, time, hours, minutes] = parts;
  const at = Date.parse(`${day}T${time}${hours === undefined ? "Z" : `${hours}:${minutes}`}`);
  return Number.isNaN(at) ? null : at;
}
