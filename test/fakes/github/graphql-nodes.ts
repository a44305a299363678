/** What a GraphQL question finds: repositories, issues and pull requests as nodes. */
import type { Args, Node, Resolved } from "./graphql.ts";
import { mutations } from "./graphql-mutations.ts";
import { findPull, type PullPlace, pullsOf } from "./pull-acts.ts";
import { opinionsOf, reviewDecision, standingOf } from "./pull-rules.ts";
import type { Account, Issue, Repo } from "./state.ts";
import { nodeId, repoHtml } from "./views-repo.ts";
import { accountById, findRepo, fullName, isThere, mayPush, mayRead, type World } from "./world.ts";

/** Null with an error beside it. */
export class Unresolved extends Error {
  readonly type: string;

  constructor(type: "NOT_FOUND" | "UNPROCESSABLE" | "FORBIDDEN", message: string) {
    super(message);
    this.type = type;
  }
}

export function rootOf(world: World, viewer: Account, operation: "query" | "mutation"): Node {
  return operation === "mutation"
    ? mutations(world, viewer)
    : { repository: (args) => repository(world, viewer, args) };
}

function repository(world: World, viewer: Account, { owner, name }: Args): Node {
  const repo = findRepo(world, `${owner}/${name}`);
  if (repo === undefined || !mayRead(repo, viewer))
    throw new Unresolved("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  const { methods, auto } = repo.merging;
  return {
    __typename: "Repository",
    id: nodeId("R", repo.id),
    databaseId: repo.id,
    name: repo.name,
    nameWithOwner: fullName(repo),
    squashMergeAllowed: methods.includes("squash"),
    mergeCommitAllowed: methods.includes("merge"),
    rebaseMergeAllowed: methods.includes("rebase"),
    autoMergeAllowed: auto,
    issue: ({ number }) => issueNode(repo, Number(number)),
    pullRequest({ number }) {
      const place = findPull(repo, Number(number));
      if (place !== undefined) return pullNode(world, place);
      throw new Unresolved("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
    },
    pullRequests: (args) => pullConnection(world, repo, args),
  };
}

function issueNode(repo: Repo, number: number): Node {
  const issue = repo.issues.find((each) => each.number === number && isThere(each) && each.pull === undefined);
  if (issue === undefined)
    throw new Unresolved("NOT_FOUND", `Could not resolve to an Issue with the number of ${number}.`);
  return {
    __typename: "Issue",
    id: nodeId("I", issue.id),
    fullDatabaseId: String(issue.id),
    ...textOf(issue),
    closedAt: issue.closedAt,
    lastEditedAt: issue.lastEditedAt,
    state: issue.state.toUpperCase(),
  };
}

function textOf({ id, number, title, body, createdAt, updatedAt }: Issue): Node {
  return { databaseId: id, number, title, body: body ?? "", createdAt, updatedAt };
}

function pullConnection(world: World, repo: Repo, { headRefName, baseRefName, first, orderBy }: Args): Node {
  if (typeof first !== "number")
    throw new Unresolved(
      "UNPROCESSABLE",
      "You must provide a `first` or `last` value to properly paginate the `pullRequests` connection.",
    );
  const found = pullsOf(repo).filter(
    ({ pull }) => (headRefName ?? pull.head) === pull.head && (baseRefName ?? pull.base) === pull.base,
  );
  if (JSON.stringify(orderBy) === JSON.stringify({ field: "CREATED_AT", direction: "DESC" })) found.reverse();
  return {
    nodes: found.slice(0, first).map((place) => pullNode(world, place)),
    pageInfo: { hasNextPage: found.length > first },
    totalCount: found.length,
  };
}

export function pullNode(world: World, place: PullPlace): Node {
  const { repo, issue, pull } = place;
  const standing = () => standingOf(world, repo, issue, pull);
  const { group = null } = pull.queue ?? {};
  return {
    __typename: "PullRequest",
    id: nodeId("PR", issue.id),
    databaseId: issue.id,
    number: issue.number,
    url: `${repoHtml(world, repo)}/pull/${issue.number}`,
    state: pull.merged === null ? issue.state.toUpperCase() : "MERGED",
    isDraft: pull.draft,
    async mergeable() {
      const { state } = await standing();
      return state === "DIRTY" ? "CONFLICTING" : state === "UNKNOWN" ? "UNKNOWN" : "MERGEABLE";
    },
    mergeStateStatus: async () => (await standing()).state,
    reviewDecision: () => reviewDecision(world, repo, pull),
    headRefOid: pull.headSha,
    headRefName: pull.head,
    baseRefName: pull.base,
    isCrossRepository: pull.cross ?? false,
    author: actor(accountById(world, issue.by)),
    mergedAt: pull.merged?.at ?? null,
    mergedBy: pull.merged === null ? null : actor(accountById(world, pull.merged.by)),
    isInMergeQueue: pull.queue !== null,
    isMergeQueueEnabled: repo.branchRules[pull.base]?.queue ?? false,
    mergeCommit: pull.merged === null ? null : { oid: pull.merged.sha },
    autoMergeRequest:
      pull.autoMerge === null
        ? null
        : { enabledAt: pull.autoMerge.at, mergeMethod: pull.autoMerge.method.toUpperCase() },
    mergeQueueEntry:
      pull.queue === null
        ? null
        : { state: "QUEUED", position: 1, headCommit: group === null ? null : { oid: group.sha } },
    latestOpinionatedReviews: (args) => opinions(world, place, args),
  };
}

/** A bot's login is told without the mark it bears in REST. */
function actor({ login, type }: Account): Node {
  return { __typename: type, login: login.replace(/\[bot\]$/, "") };
}

function opinions(world: World, { repo, pull }: PullPlace, { first, writersOnly }: Args): Resolved {
  const all = opinionsOf(pull).filter(({ by }) => writersOnly !== true || mayPush(repo, accountById(world, by)));
  const count = Number(first ?? 0);
  const nodes = all.slice(0, count).map(({ state }): Node => ({ __typename: "PullRequestReview", state }));
  return { nodes, pageInfo: { hasNextPage: all.length > count } };
}
