/** The port Tracker's reads of branches, commits and files, on GitHub. */
import { type Commit, type Comparison, known, type Reading, type RepoName, unread } from "../../core/types.ts";
import type * as z from "../../zod.ts";
import { textOf } from "../contents.ts";
import { readingOf } from "../results.ts";
import type { Code } from "../tracker.ts";
import { commitFacts } from "./changed-files.ts";
import type { GithubClient } from "./client.ts";
import { listed, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

const REPO = "/repos/{owner}/{repo}";

export function createCode(client: GithubClient, repo: RepoName): Code {
  const ask = (route: string, parameters: Record<string, unknown>) => client.request(repo, route, parameters);

  return {
    async head(branch) {
      const reading = readingOf(await ask(`GET ${REPO}/branches/{branch}`, { branch }), payloads.branch);
      return reading.known ? known(reading.value.commit.sha) : reading;
    },

    async compare(base, branch) {
      const read = await readPages(client, repo, `GET ${REPO}/compare/{basehead}`, { basehead: `${base}...${branch}` });
      const parts = listed(read, payloads.comparison, (part) => [part]);
      return parts.known ? joined(parts.value, base) : parts;
    },

    commit: (sha) => commitFacts(client, repo, sha),

    async file(path, branch) {
      const outcome = await ask(`GET ${REPO}/contents/{path}`, { path, ref: branch });
      if (outcome.type !== "answer" || outcome.status !== 404) return textOf(path, outcome);
      // The branch itself may be the one that is not there.
      const there = readingOf(await ask(`GET ${REPO}/branches/{branch}`, { branch }), payloads.branch);
      return there.known ? known(null) : there;
    },
  };
}

function joined(parts: z.output<typeof payloads.comparison>[], base: string): Reading<Comparison> {
  const first = parts[0];
  const commits = parts.flatMap((part) => part.commits.map(toCommit));
  // A push between two pages would leave a gap; only a whole list is an answer.
  if (!first || commits.length !== first.total_commits) return unread("the comparison changed while it was read");
  if (first.status === "identical") return known({ head: base, commits: [] });
  // Behind: the branch was set back, to the very commit where the two meet.
  return known({ head: commits.at(-1)?.sha ?? first.merge_base_commit.sha, commits });
}

function toCommit({ sha, commit, parents }: z.output<typeof payloads.comparison>["commits"][number]): Commit {
  return { sha, message: commit.message, parents: parents.map((parent) => parent.sha) };
}
