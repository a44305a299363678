/** The fields we read of pull requests, their reviews and their branches, where REST tells them. */
import * as z from "zod";
import { id, number, sha, state, text, time, url } from "../fields.ts";
import { account } from "./payloads.ts";

const reviewFields = { id, user: account.nullish(), body: text, commit_id: sha.nullish(), html_url: url.nullish() };
const review = z.union([
  z
    .object({ ...reviewFields, state: z.literal("PENDING") })
    .transform((pending) => ({ ...pending, state: "PENDING", submitted_at: null })),
  z.object({ ...reviewFields, state: z.string().refine((state) => state !== "PENDING"), submitted_at: time }),
]);
export const reviews = z.array(review);
export type Review = z.output<typeof review>;

const reviewComment = z.object({
  id,
  pull_request_review_id: id.nullish(),
  user: account.nullish(),
  body: text,
  path: z.string().nullish(),
  line: number.nullish(),
  original_line: number.nullish(),
  commit_id: sha.nullish(),
  original_commit_id: sha.nullish(),
  html_url: url.nullish(),
  created_at: time,
});
export const reviewComments = z.array(reviewComment);
export type ReviewComment = z.output<typeof reviewComment>;

export const pullTarget = z.object({ state, merged: z.boolean(), base: z.object({ ref: text }) });
export const openedPull = z.object({ number });
export const mergeResult = z.object({ merged: z.literal(true), sha });
export const gitRef = z.object({ object: z.object({ sha }) });
