/** What GraphQL alone can do: have GitHub merge by itself, or put a pull request into its merge queue. */

import { isRecord } from "../forge/request-body.ts";
import type { Args, Node } from "./graphql.ts";
import { pullNode, Unresolved } from "./graphql-nodes.ts";
import { type PullPlace, pullsOf } from "./pull-acts.ts";
import { mayBeMerged, standingOf } from "./pull-rules.ts";
import { enqueue, schedule, settle } from "./pull-settling.ts";
import type { Account, MergeMethod } from "./state.ts";
import { nodeId } from "./views-repo.ts";
import { mayPush, mayRead, type World } from "./world.ts";

const METHODS: Record<string, MergeMethod> = { MERGE: "merge", SQUASH: "squash", REBASE: "rebase" };

export function mutations(world: World, viewer: Account): Node {
  return {
    async enablePullRequestAutoMerge({ input }) {
      const { place, given } = target(world, viewer, input);
      await enable(world, viewer, place, given);
      await settle(world, place.repo);
      return { clientMutationId: null, pullRequest: pullNode(world, place) };
    },
    async enqueuePullRequest({ input }) {
      const { place } = target(world, viewer, input);
      const { repo, issue, pull } = place;
      if (repo.branchRules[pull.base]?.queue !== true)
        throw new Unresolved("UNPROCESSABLE", "The merge queue is not enabled for this branch");
      if (pull.queue !== null) throw new Unresolved("UNPROCESSABLE", "Pull request is already in the merge queue");
      const standing = await standingOf(world, repo, issue, pull);
      if (!mayBeMerged(standing)) throw new Unresolved("UNPROCESSABLE", standing.problems.join(", "));
      enqueue(world, place, viewer);
      await settle(world, repo);
      return { clientMutationId: null, mergeQueueEntry: { state: "QUEUED", position: 1, headCommit: null } };
    },
  };
}

function target(world: World, viewer: Account, input: unknown): { place: PullPlace; given: Args } {
  const given = isRecord(input) ? input : {};
  const place = world.state.repos
    .flatMap(pullsOf)
    .find(({ repo, issue }) => nodeId("PR", issue.id) === given.pullRequestId && mayRead(repo, viewer));
  if (place === undefined)
    throw new Unresolved("NOT_FOUND", `Could not resolve to a node with the global id of '${given.pullRequestId}'`);
  if (!mayPush(place.repo, viewer))
    throw new Unresolved("FORBIDDEN", `${viewer.login} does not have the correct permissions`);
  if (place.issue.state === "closed") throw new Unresolved("UNPROCESSABLE", "Pull request is closed");
  if (given.expectedHeadOid !== undefined && given.expectedHeadOid !== place.pull.headSha)
    throw new Unresolved("UNPROCESSABLE", "Head sha didn't match expected head sha");
  return { place, given };
}

/** Only where something is still to be waited for; before a queue also where nothing is. */
async function enable(world: World, viewer: Account, place: PullPlace, given: Args): Promise<void> {
  const { repo, issue, pull } = place;
  const method = METHODS[String(given.mergeMethod ?? "MERGE")] ?? "merge";
  if (!repo.merging.auto) throw new Unresolved("UNPROCESSABLE", "Auto merge is not allowed for this repository");
  if (!repo.merging.methods.includes(method))
    throw new Unresolved("UNPROCESSABLE", `Merge method ${method} merging is not allowed on this repository`);
  const { state } = await standingOf(world, repo, issue, pull);
  const queued = repo.branchRules[pull.base]?.queue === true;
  if (!queued && ["CLEAN", "UNSTABLE", "DIRTY"].includes(state))
    throw new Unresolved("UNPROCESSABLE", `Pull request Pull request is in ${state.toLowerCase()} status`);
  const title = given.commitHeadline === undefined ? null : String(given.commitHeadline);
  const message = given.commitBody === undefined ? null : String(given.commitBody);
  schedule(world, place, viewer, { method, title, message });
}
