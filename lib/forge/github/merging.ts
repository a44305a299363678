/**
 * The merge of exactly one head, on GitHub. What it is allowed to bypass GitHub may well let an account do whose token asks
 * for a merge: so a merge is asked for only where GitHub says that every rule holds. Auto-merge is never switched on: it
 * would land whatever head comes after the one that was judged, and stay on when the run is over. First match:
 *
 *   another head by now, or closed .......... refused
 *   merged .................................. merged
 *   in the queue, or a person's auto-merge .. scheduled
 *   conflict, draft, GitHub finds out ....... tried again
 *   every rule holds, a queue is in force ... into the queue
 *   every rule holds ........................ merged, by squash, merge or rebase, whichever the repo and its rules allow
 *                                             first; a rule that stands in the way after all: as the next line
 *   otherwise ............................... tried again
 */
import { type ActResult, done, known, type Reading, type RepoName, retry, retryUnread } from "../../core/types.ts";
import type { MergeMessage } from "../proposals.ts";
import { actFailure, failureOf, readingOf } from "../results.ts";
import type { GithubClient } from "./client.ts";
import { askGraphql, graphqlProblem, graphqlReading, graphqlRetry } from "./graphql.ts";
import * as payloads from "./pull-payloads.ts";
import * as queries from "./pull-queries.ts";
import { readRules } from "./rules.ts";

type Merged = ActResult<"merged" | "scheduled">;
type Method = "squash" | "merge" | "rebase";

export interface PinnedMerge {
  number: number;
  head: string;
  message: MergeMessage;
}

const MERGEABLE = ["CLEAN", "HAS_HOOKS", "UNSTABLE"];

export async function mergeHead(client: GithubClient, repo: RepoName, wish: PinnedMerge): Promise<Merged> {
  const asked = { owner: repo.owner, name: repo.name, number: wish.number };
  const outcome = await askGraphql(client, repo, queries.STANDING, asked);
  const read = graphqlReading(outcome, queries.standing);
  if (!read.known) return retryUnread(read);
  const standing = read.value.repository;
  const { pullRequest: pull } = standing;
  if (pull.headRefOid !== wish.head) return refused(`its head is ${pull.headRefOid} by now`);
  if (pull.state === "MERGED") return done("merged");
  if (pull.state === "CLOSED") return refused("it is closed");
  if (pull.isInMergeQueue || pull.autoMergeRequest !== null) return done("scheduled");
  if (pull.isDraft) return retry("it is a draft");
  if (pull.mergeable !== "MERGEABLE") return retry(`it cannot be merged: ${pull.mergeable.toLowerCase()}`);
  const holds = MERGEABLE.includes(pull.mergeStateStatus) && [null, "APPROVED"].includes(pull.reviewDecision);
  if (holds && pull.isMergeQueueEnabled) return enqueue(client, repo, pull);
  if (!holds) return inTheWay(pull.mergeStateStatus.toLowerCase());
  const method = await methodOf(client, repo, standing);
  if (!method.known) return retryUnread(method);
  return method.value === null ? retry("no way of merging is allowed") : mergeNow(client, repo, wish, method.value);
}

function inTheWay(why: string): ActResult<never> {
  return retry(`a rule stands in the way: ${why}`);
}

function refused(why: string): ActResult<never> {
  return { type: "refused", why };
}

/** What the repo allows, its rules may forbid on this branch. */
async function methodOf(
  client: GithubClient,
  repo: RepoName,
  standing: queries.PullStanding,
): Promise<Reading<Method | null>> {
  const rules = await readRules(client, repo, standing.pullRequest.baseRefName);
  if (!rules.known) return rules;
  const allowed: Record<Method, boolean> = {
    squash: standing.squashMergeAllowed,
    merge: standing.mergeCommitAllowed && !rules.value.some(({ type }) => type === "required_linear_history"),
    rebase: standing.rebaseMergeAllowed,
  };
  const methods: Method[] = ["squash", "merge", "rebase"];
  const fits = (method: Method) => rules.value.every((rule) => rule.methods?.includes(method) ?? true);
  return known(methods.find((method) => allowed[method] && fits(method)) ?? null);
}

async function mergeNow(client: GithubClient, repo: RepoName, wish: PinnedMerge, method: Method): Promise<Merged> {
  const { number, head, message } = wish;
  const outcome = await client.request(repo, "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
    pull_number: number,
    sha: head,
    merge_method: method,
    commit_title: message.title,
    commit_message: message.body,
  });
  const failure = failureOf(outcome);
  if (failure?.status === 405) return inTheWay(failure.why);
  if (failure?.status === 409) return refused(failure.why);
  if (failure) return actFailure(failure);
  const result = readingOf(outcome, payloads.mergeResult);
  return result.known ? done("merged") : retryUnread(result);
}

async function enqueue(
  client: GithubClient,
  repo: RepoName,
  pull: queries.PullStanding["pullRequest"],
): Promise<Merged> {
  const input = { pullRequestId: pull.id, expectedHeadOid: pull.headRefOid };
  const outcome = await askGraphql(client, repo, queries.ENQUEUE, { input });
  if (graphqlReading(outcome, queries.enqueued).known) return done("scheduled");
  return graphqlProblem(outcome)?.why.match(OTHER_HEAD)
    ? refused("its head is another by now")
    : graphqlRetry(outcome, "it was not put into the queue");
}

const OTHER_HEAD = /head.*(match|expected)|expected head/i;
