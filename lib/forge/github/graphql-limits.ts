/**
 * GraphQL tells of its limits in a 200: of an empty purse always, of a secondary limit mostly, beside the headers that say
 * for how long. Taken for an answer it would be asked on, which GitHub bans for: so it becomes the 429 that REST gives. Pure.
 */
import * as z from "../../zod.ts";
import type { Answer } from "../results.ts";

const LIMITED = /^RATE_LIMIT(ED)?$/;
/** Named in full: what stands in a merge's way is told with the names of checks, which may be of anything. */
const LIMITED_WORDS = /\b(?:API|secondary) rate limit\b/i;

export function limitTold(answer: Answer, route: string): Answer {
  const body = answer.status === 200 ? told.safeParse(answer.data).data : undefined;
  // A secondary limit may come in REST's words, with no list of errors.
  const problems = body ? [{ message: body.message }, ...(body.errors ?? [])] : [];
  const limit = problems.find((one: Problem) => LIMITED.test(one.type ?? "") || LIMITED_WORDS.test(one.message ?? ""));
  return limit ? { ...answer, route, status: 429, data: { message: limit.message ?? "limited" } } : answer;
}

const problem = z.object({ message: z.nullish(z.string()), type: z.nullish(z.string()) });
const told = z.object({ message: z.nullish(z.string()), errors: z.nullish(z.array(problem)) });
type Problem = z.output<typeof problem>;
