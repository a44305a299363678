/** What the port Proposals reads of a Forgejo repo: its pull requests, and what the trunk demands of them. */
import { known, type Reading, type RepoName } from "../../core/types.ts";
import { dateOf, failureOf, readingOf } from "../results.ts";
import type { ForgejoClient } from "./client.ts";
import { foundOrGone } from "./gone.ts";
import { branchPath, repoPath } from "./http.ts";
import { optional } from "./optional-reads.ts";
import { entriesOf, readPages } from "./pages.ts";
import { isOf, stateOf } from "./proposal.ts";
import * as payloads from "./pull-payloads.ts";

/** How many pull requests may have been opened since the one that is over: 50 a page. */
const NEWER_PAGES_MAX = 10;

/** With Forgejo's time of saying so. */
type Found = { pull: payloads.Pull; atIso: string | null };

export interface PullReads {
  /** By the pair of its branches. Null: there is none. */
  newest(branch: string, trunk: string): Promise<Reading<Found | null>>;
  reviews(number: number): Promise<Reading<payloads.Review[]>>;
  ground(trunk: string): Promise<Reading<payloads.Ground>>;
  /** Null: the branch has none, or it is not ours to see. */
  rule(ground: payloads.Ground): Promise<Reading<payloads.Rule | null>>;
}

export function createPullReads(client: ForgejoClient, repo: RepoName): PullReads {
  const { http } = client;

  async function pairOf(branch: string, trunk: string): Promise<Reading<Found | null>> {
    const head = branch.split("/").map(encodeURIComponent).join("/");
    const outcome = await http.request(`GET ${repoPath(repo, "pulls", trunk)}/${head}`);
    const pull = await foundOrGone(client, outcome, repo, payloads.pull);
    if (!pull.known) return pull;
    return known(pull.value && { pull: pull.value, atIso: dateOf(outcome) });
  }

  return {
    async newest(branch, trunk) {
      const pair = await pairOf(branch, trunk);
      if (!pair.known || pair.value === null || stateOf(pair.value.pull) === "open") return pair;
      const { pull, atIso } = pair.value;
      const { number } = pull;
      const isIt = (one: payloads.Pull) => one.number >= number && isOf(one, branch, trunk);
      const read = await readPages(http, `GET ${repoPath(repo, "pulls")}`, { state: "all" }, payloads.pulls, {
        pagesMax: NEWER_PAGES_MAX,
        isEnough: (page) => page.some((one) => one.number <= number || isIt(one)),
      });
      const listed = entriesOf(read);
      return listed.known ? known({ pull: listed.value.find(isIt) ?? pull, atIso }) : listed;
    },

    async reviews(number) {
      return entriesOf(
        await readPages(http, `GET ${repoPath(repo, "pulls", number, "reviews")}`, {}, payloads.reviews),
      );
    },

    async ground(trunk) {
      return readingOf(await http.request(`GET ${branchPath(repo, trunk)}`), payloads.ground);
    },

    async rule({ effective_branch_protection_name: name }) {
      if (name === "") return known(null);
      const outcome = await http.request(`GET ${repoPath(repo, "branch_protections")}`);
      const failure = failureOf(outcome);
      if (failure) return optional("branch_protections", failure, null);
      const rules = readingOf(outcome, payloads.rules);
      return rules.known ? known(rules.value.find((rule) => rule.rule_name === name) ?? null) : rules;
    },
  };
}
