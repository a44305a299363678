/** The fields we read of pull requests, their reviews and their branches, where REST tells them. */
import * as z from "../../zod.ts";
import { id, number, sha, state, text, time, url } from "../fields.ts";
import { account } from "./payloads.ts";

const reviewFields = { id, user: z.nullish(account), body: text, commit_id: z.nullish(sha), html_url: z.nullish(url) };
const review = z.union([
  z.pipe(
    z.object({ ...reviewFields, state: z.literal("PENDING") }),
    z.transform((pending) => ({ ...pending, state: "PENDING", submitted_at: null })),
  ),
  z.object({ ...reviewFields, state: z.string().check(z.refine((state) => state !== "PENDING")), submitted_at: time }),
]);
export const reviews = z.array(review);
export type Review = z.output<typeof review>;

const reviewComment = z.object({
  id,
  pull_request_review_id: z.nullish(id),
  user: z.nullish(account),
  body: text,
  path: z.nullish(z.string()),
  line: z.nullish(number),
  original_line: z.nullish(number),
  commit_id: z.nullish(sha),
  original_commit_id: z.nullish(sha),
  html_url: z.nullish(url),
  created_at: time,
});
export const reviewComments = z.array(reviewComment);
export type ReviewComment = z.output<typeof reviewComment>;

export const pullTarget = z.object({ state, merged: z.boolean(), base: z.object({ ref: text }) });
export const openedPull = z.object({ number });
export const mergeResult = z.object({ merged: z.literal(true), sha });
export const gitRef = z.object({ object: z.object({ sha }) });
