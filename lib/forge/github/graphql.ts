/** Questions and deeds of GitHub's GraphQL API, which answers 200 whatever becomes of them. */
import { type ActResult, type Reading, type RepoName, retry, type Unread, unread } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { actFailure, clip, failureOf, type HttpOutcome, readingOf } from "../results.ts";
import { type GithubClient, GRAPHQL } from "./client.ts";

export function askGraphql(
  client: GithubClient,
  repo: RepoName,
  query: string,
  variables: Record<string, unknown>,
): Promise<HttpOutcome> {
  return client.request(repo, GRAPHQL, { query, variables });
}

/** An answer holds this under `data`. Made once a question: to build a schema costs more than to read an answer by it. */
export function underData<T>(data: z.core.$ZodType<T>): z.core.$ZodType<{ data: T }> {
  return z.object({ data });
}

/** Beside an error nothing of what stands under `data` counts. */
export function graphqlReading<T>(outcome: HttpOutcome, schema: z.core.$ZodType<{ data: T }>): Reading<T> {
  const problem = graphqlProblem(outcome);
  if (problem) return problem;
  const reading = readingOf(outcome, schema);
  return reading.known ? { known: true, value: reading.value.data } : reading;
}

/** What GitHub says went wrong, in its words; null: nothing, or the call itself failed. */
export function graphqlProblem(outcome: HttpOutcome): Unread | null {
  if (outcome.type !== "answer" || failureOf(outcome)) return null;
  const first = problems.safeParse(outcome.data).data?.errors[0];
  if (!first) return null;
  return unread(clip(first.message), DENIED.test(first.type ?? "") ? "auth" : "fault");
}

/** What a deed left that was not done: tried again, since a rule may stand in its way and go. */
export function graphqlRetry(outcome: HttpOutcome, otherwise: string): ActResult<never> {
  const failure = failureOf(outcome);
  if (failure) return actFailure(failure);
  const problem = graphqlProblem(outcome);
  return retry(problem?.why || otherwise, problem?.auth);
}

const DENIED = /^(FORBIDDEN|INSUFFICIENT_SCOPES)$/;
const problems = z.object({
  errors: z.array(z.object({ message: z.string(), type: z.nullish(z.string()) })).check(z.minLength(1)),
});
