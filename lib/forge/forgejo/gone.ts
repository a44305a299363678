/** What a 404 says: a thing that is not there, or a repo that we may not read. */
import { known, type Reading, type RepoName } from "../../core/types.ts";
import type * as z from "../../zod.ts";
import { failureOf, type HttpOutcome, readingOf } from "../results.ts";
import type { ForgejoClient } from "./client.ts";

/** Null: it is not there. */
export async function foundOrGone<T>(
  client: ForgejoClient,
  outcome: HttpOutcome,
  where: RepoName,
  schema: z.core.$ZodType<T>,
): Promise<Reading<T | null>> {
  if (failureOf(outcome)?.status !== 404) return readingOf(outcome, schema);
  const readable = await client.readable(where);
  return readable.known ? known(null) : readable;
}
