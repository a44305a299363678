/** The port Tracker's reads of branches, commits and files, on Forgejo. */
import { known, type RepoName } from "../../core/types.ts";
import { textOf } from "../contents.ts";
import { failureOf, readingOf } from "../results.ts";
import type { Code } from "../tracker.ts";
import type { ForgejoClient } from "./client.ts";
import { compared, factsOf } from "./commits.ts";
import { branchPath, repoPath } from "./http.ts";
import * as payloads from "./payloads.ts";

export function createCode(client: ForgejoClient, repo: RepoName): Code {
  const { http } = client;

  return {
    async head(branch) {
      const reading = readingOf(await http.request(`GET ${branchPath(repo, branch)}`), payloads.branch);
      return reading.known ? known(reading.value.commit.id) : reading;
    },

    compare: (base, branch) => compared(client, repo, base, branch),

    commit: (sha) => factsOf(client, repo, sha),

    async file(path, branch) {
      const where = `${repoPath(repo, "contents")}/${path.split("/").map(encodeURIComponent).join("/")}`;
      const outcome = await http.request(`GET ${where}`, { query: { ref: branch } });
      if (failureOf(outcome)?.status !== 404) return textOf(path, outcome);
      // The branch itself may be the one that is not there.
      const there = readingOf(await http.request(`GET ${branchPath(repo, branch)}`), payloads.branch);
      return there.known ? known(null) : there;
    },
  };
}
