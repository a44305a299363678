/**
 * A repo's commits, on Forgejo.
 *
 *   compared .... what a branch has that its base has not
 *   facts ....... parents, and the files against the first of them: all of them, a rename as both its names. What became a
 *                 link, or was one, Forgejo does not list
 *   closers ..... those whose message closes the issue
 */
import { type CommitFacts, known, type Reading, type RepoName } from "../../core/types.ts";
import { readingOf } from "../results.ts";
import type { Tracker } from "../tracker.ts";
import type { ForgejoClient } from "./client.ts";
import { foundOrGone } from "./gone.ts";
import { repoPath } from "./http.ts";
import { entriesOf, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";
import { closesIssue } from "./timeline.ts";

/** Leaves out of commits what costs the server most. */
const BARE = { stat: "false", verification: "false", files: "false" };
const FILES_ONLY = { stat: "false", verification: "false" };

export async function factsOf(client: ForgejoClient, repo: RepoName, sha: string): Promise<Reading<CommitFacts>> {
  const route = `GET ${repoPath(repo, "git", "commits", sha)}`;
  return readingOf(await client.http.request(route, { query: FILES_ONLY }), payloads.commitFacts);
}

export async function closersOf(
  client: ForgejoClient,
  repo: RepoName,
  suspects: string[],
  number: number,
): Promise<Reading<ReadonlySet<string>>> {
  const closers = new Set<string>();
  for (const sha of suspects) {
    const message = await messageOf(client, repo, sha);
    if (!message.known) return message;
    if (closesIssue(message.value, number)) closers.add(sha);
  }
  return known(closers);
}

/** Empty for a commit that this repo does not hold: another's may name the issue. */
async function messageOf(client: ForgejoClient, repo: RepoName, sha: string): Promise<Reading<string>> {
  const outcome = await client.http.request(`GET ${repoPath(repo, "git", "commits", sha)}`, { query: BARE });
  const read = await foundOrGone(client, outcome, repo, payloads.commit);
  return read.known ? known(read.value?.commit.message ?? "") : read;
}

/** What `git log base..branch` shows, newest first as Forgejo lists it, turned round. */
export async function compared(
  client: ForgejoClient,
  repo: RepoName,
  base: string,
  branch: string,
): ReturnType<Tracker["compare"]> {
  const query = { ...BARE, sha: branch, not: base };
  const read = await readPages(client.http, `GET ${repoPath(repo, "commits")}`, query, payloads.commits, {
    isEnough: (page) => page.some((commit) => commit.sha === base),
  });
  const listed = entriesOf(read);
  if (!listed.known) return listed;
  const at = listed.value.findIndex((commit) => commit.sha === base);
  const fresh = at < 0 ? listed.value : listed.value.slice(0, at);
  const commits = fresh
    .map(({ sha, commit, parents }) => ({ sha, message: commit.message, parents: parents.map((one) => one.sha) }))
    .reverse();
  return known({ head: commits.at(-1)?.sha ?? base, commits });
}
