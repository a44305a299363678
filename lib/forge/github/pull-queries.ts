/** What GraphQL is asked about pull requests, with the shape of its answers, and what it is told to do with them. */
import type { Proposal } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { number, sha, time, url, word } from "../fields.ts";
import { underData } from "./graphql.ts";

/** More than any branch of ours has: forks may propose branches of the same name. */
const PULLS_MAX = 50;
const REVIEWERS_MAX = 50;

export const FIND = `query($owner: String!, $name: String!, $head: String!, $base: String!) {
  repository(owner: $owner, name: $name) {
    pullRequests(
      headRefName: $head, baseRefName: $base, first: ${PULLS_MAX}, orderBy: { field: CREATED_AT, direction: DESC }
    ) {
      pageInfo { hasNextPage }
      nodes {
        number url state isDraft isCrossRepository headRefOid mergeable mergeStateStatus reviewDecision isInMergeQueue
        author { __typename login }
        mergedAt
        mergedBy { __typename login }
        mergeCommit { oid }
        autoMergeRequest { enabledAt }
        mergeQueueEntry { headCommit { oid } }
        latestOpinionatedReviews(first: ${REVIEWERS_MAX}, writersOnly: true) { nodes { state } }
      }
    }
  }
}`;

export const STANDING = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    squashMergeAllowed mergeCommitAllowed rebaseMergeAllowed
    pullRequest(number: $number) {
      id state isDraft headRefOid baseRefName mergeable mergeStateStatus reviewDecision
      isInMergeQueue isMergeQueueEnabled
      autoMergeRequest { enabledAt }
    }
  }
}`;

export const ENQUEUE = `mutation($input: EnqueuePullRequestInput!) {
  enqueuePullRequest(input: $input) { mergeQueueEntry { state } }
}`;

const state = z.enum(["OPEN", "CLOSED", "MERGED"]);
const commit = z.nullable(z.object({ oid: sha }));
/** Words of its own may be new to us: what none of ours says is none of what we act on. */
const autoMergeRequest = z.nullable(z.object({ enabledAt: z.nullish(z.string()) }));

/** REST calls a bot by another name than GraphQL does. */
const login = z.pipe(
  z.object({ __typename: z.string(), login: word }),
  z.transform(({ __typename, login }) => (__typename === "Bot" ? `${login}[bot]` : login)),
);

const pull = z.object({
  number,
  url,
  state,
  isDraft: z.boolean(),
  isCrossRepository: z.boolean(),
  headRefOid: sha,
  mergeable: word,
  mergeStateStatus: word,
  reviewDecision: z.nullable(word),
  isInMergeQueue: z.boolean(),
  author: z.nullable(login),
  mergedAt: z.nullable(time),
  mergedBy: z.nullable(login),
  mergeCommit: commit,
  autoMergeRequest,
  mergeQueueEntry: z.nullable(z.object({ headCommit: commit })),
  latestOpinionatedReviews: z.nullable(z.object({ nodes: z.array(z.object({ state: word })) })),
});
type Pull = z.output<typeof pull>;

export const found = underData(
  z.object({
    repository: z.object({
      pullRequests: z.object({ pageInfo: z.object({ hasNextPage: z.boolean() }), nodes: z.array(pull) }),
    }),
  }),
);

const standingOf = z.object({
  repository: z.object({
    squashMergeAllowed: z.boolean(),
    mergeCommitAllowed: z.boolean(),
    rebaseMergeAllowed: z.boolean(),
    pullRequest: z.object({
      id: word,
      state,
      isDraft: z.boolean(),
      headRefOid: sha,
      baseRefName: word,
      mergeable: word,
      mergeStateStatus: word,
      reviewDecision: z.nullable(word),
      isInMergeQueue: z.boolean(),
      isMergeQueueEnabled: z.boolean(),
      autoMergeRequest,
    }),
  }),
});
export const standing = underData(standingOf);
export type PullStanding = z.output<typeof standingOf>["repository"];

/** A deed was done where GitHub tells what it did it to. */
export const enqueued = underData(
  z.object({ enqueuePullRequest: z.object({ mergeQueueEntry: z.object({ state: word }) }) }),
);

const STATES: Record<z.output<typeof state>, Proposal["state"]> = { OPEN: "open", CLOSED: "closed", MERGED: "merged" };

export function toProposal(told: Pull): Proposal {
  return {
    number: told.number,
    url: told.url,
    state: STATES[told.state],
    author: told.author,
    head: told.headRefOid,
    draft: told.isDraft,
    merges: mergesOf(told),
    review: reviewOf(told),
    queued: told.isInMergeQueue ? { commit: told.mergeQueueEntry?.headCommit?.oid ?? null } : null,
    scheduled: told.autoMergeRequest !== null || told.isInMergeQueue,
    mergeCommit: told.mergeCommit?.oid ?? null,
    merged: told.mergedAt === null || told.mergedBy === null ? null : { by: told.mergedBy, atIso: told.mergedAt },
  };
}

function mergesOf({ mergeable, mergeStateStatus }: Pull): Proposal["merges"] {
  if (mergeable === "CONFLICTING" || mergeStateStatus === "DIRTY") return "conflict";
  if (mergeable === "UNKNOWN" || mergeStateStatus === "UNKNOWN") return "unknown";
  return mergeStateStatus === "BEHIND" ? "behind" : "clean";
}

/** Where no review is required GitHub decides nothing, whoever asked for changes. */
function reviewOf({ reviewDecision, latestOpinionatedReviews }: Pull): Proposal["review"] {
  if (reviewDecision === "APPROVED") return "approved";
  if (reviewDecision === "CHANGES_REQUESTED") return "changes_requested";
  // A word nobody knows is no approval.
  if (reviewDecision !== null) return "required";
  const opinions = latestOpinionatedReviews?.nodes.map((review) => review.state) ?? [];
  if (opinions.includes("CHANGES_REQUESTED")) return "changes_requested";
  return opinions.includes("APPROVED") ? "approved" : "none";
}
