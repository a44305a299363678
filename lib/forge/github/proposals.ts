/**
 * The port Proposals, on GitHub. Translates and decides nothing. How a head is merged: merging.ts; what refuses a push:
 * rules.ts; what reviews say: remarks.ts; what it changes: changed-files.ts.
 */
import { type ActResult, done, known, type RepoName, retry, retryUnread, unread } from "../../core/types.ts";
import type { Proposals } from "../proposals.ts";
import { actFailure, failureOf, messageOf, readingOf, tidyingOf } from "../results.ts";
import { pullFiles } from "./changed-files.ts";
import type { GithubClient } from "./client.ts";
import { readRepo } from "./gone.ts";
import { askGraphql, graphqlReading } from "./graphql.ts";
import { mergeHead } from "./merging.ts";
import { items, readPages } from "./pages.ts";
import * as payloads from "./pull-payloads.ts";
import * as queries from "./pull-queries.ts";
import { toRemarks } from "./remarks.ts";
import { takesPush } from "./rules.ts";

const REPO = "/repos/{owner}/{repo}";
const PULL = `${REPO}/pulls/{pull_number}`;

export function createGithubProposals(client: GithubClient, repo: RepoName): Proposals {
  const ask = (route: string, parameters: Record<string, unknown>) => client.request(repo, route, parameters);
  const pages = (route: string, number: number) => readPages(client, repo, route, { pull_number: number });

  return {
    takesPush: (trunk) => takesPush(client, repo, trunk),

    async find(branch, trunk) {
      const variables = { owner: repo.owner, name: repo.name, head: branch, base: trunk };
      const read = graphqlReading(await askGraphql(client, repo, queries.FIND, variables), queries.found);
      if (!read.known) return read;
      const { nodes, pageInfo } = read.value.repository.pullRequests;
      // A fork's branch of the same name is somebody else's.
      const ours = nodes.find((pull) => !pull.isCrossRepository);
      if (ours) return known(queries.toProposal(ours));
      return pageInfo.hasNextPage ? unread("too many forks propose a branch of this name") : known(null);
    },

    async target(number) {
      const outcome = await ask(`GET ${PULL}`, { pull_number: number });
      if (failureOf(outcome)?.status === 404) {
        const readable = await readRepo(client, repo);
        return readable.known ? known(null) : readable;
      }
      const read = readingOf(outcome, payloads.pullTarget);
      if (!read.known) return read;
      const { merged, state, base } = read.value;
      return known({ state: merged ? "merged" : state, trunk: base.ref });
    },

    async remarks(number) {
      const reviews = items(await pages(`GET ${PULL}/reviews`, number), payloads.reviews);
      if (!reviews.known) return reviews;
      const comments = items(await pages(`GET ${PULL}/comments`, number), payloads.reviewComments);
      return comments.known ? known(toRemarks(reviews.value, comments.value)) : comments;
    },

    files: (number) => pullFiles(client, repo, number),

    async open({ branch, trunk, title, body }): Promise<ActResult<number>> {
      const outcome = await ask(`POST ${REPO}/pulls`, { head: branch, base: trunk, title, body });
      const failure = failureOf(outcome);
      // Opened since the caller looked: it finds it at its next try.
      if (failure?.status === 422 && /already exists/i.test(failure.why)) return retry(failure.why);
      if (failure) return actFailure(failure);
      const opened = readingOf(outcome, payloads.openedPull);
      if (opened.known) return done(opened.value.number);
      return retryUnread(opened);
    },

    merge: (number, head, message) => mergeHead(client, repo, { number, head, message }),

    async deleteBranch(branch, head): Promise<ActResult> {
      const ref = `heads/${branch}`;
      const outcome = await ask(`GET ${REPO}/git/ref/{ref}`, { ref });
      const failure = failureOf(outcome);
      if (failure?.status === 404) return done(null);
      if (failure) return actFailure(failure);
      const read = readingOf(outcome, payloads.gitRef);
      if (!read.known) return retryUnread(read);
      if (read.value.object.sha !== head)
        return { type: "refused", why: `the branch is at ${read.value.object.sha} by now` };
      const deleted = await ask(`DELETE ${REPO}/git/refs/{ref}`, { ref });
      const gone = deleted.type === "answer" && deleted.status === 422 && /not exist/i.test(messageOf(deleted.data));
      return gone ? done(null) : tidyingOf(deleted);
    },
  };
}
