/** The fields we read of pull requests, their reviews and the rules of their base, and nothing else. */
import * as z from "zod";
import { id, listOf, number, sha, state, text, time, url } from "../fields.ts";
import { account } from "./payloads.ts";

/** Empty or null where there is none. */
const maybeSha = z
  .union([sha, z.literal("")])
  .nullish()
  .transform((value) => value || null);

const side = z.object({ label: text, ref: text, repo_id: z.int().nullish() });

export const pull = z.object({
  number,
  html_url: url,
  user: account.nullish(),
  state,
  merged: z.boolean(),
  merged_at: time.nullish(),
  merged_by: account.nullish(),
  merge_commit_sha: maybeSha,
  draft: z.boolean().nullish(),
  mergeable: z.boolean().nullish(),
  merge_base: text,
  head: side.extend({ sha }),
  base: side.extend({ sha: text, repo: z.object({ updated_at: time.nullish() }).nullish() }),
  updated_at: time.nullish(),
});
export const pulls = listOf(pull);
export type Pull = z.output<typeof pull>;

/** What the base branch demands, as anybody who reads it is told. */
export const ground = z.object({
  protected: z.boolean().nullish(),
  required_approvals: z.int().nullish(),
  user_can_push: z.boolean().nullish(),
  /** Told to the repo's admins alone. */
  effective_branch_protection_name: text,
});
export type Ground = z.output<typeof ground>;

/** The rest of it, for the repo's admins. */
export const rule = z.object({
  rule_name: text,
  block_on_outdated_branch: z.boolean().nullish(),
  ignore_stale_approvals: z.boolean().nullish(),
  require_signed_commits: z.boolean().nullish(),
  protected_file_patterns: text,
});
export type Rule = z.output<typeof rule>;
export const rules = z
  .array(rule)
  .nullable()
  .transform((list) => list ?? []);

/** An open set of states: PENDING is a draft of somebody's, REQUEST_REVIEW no review at all. */
const review = z.object({
  id,
  user: account.nullish(),
  state: z.string(),
  body: text,
  commit_id: maybeSha,
  official: z.boolean().nullish(),
  stale: z.boolean().nullish(),
  dismissed: z.boolean().nullish(),
  comments_count: z.int().nullish(),
  submitted_at: time,
  html_url: url.nullish().catch(null),
});
export const reviews = listOf(review);
export type Review = z.output<typeof review>;

/** All of a review's comments at once; what only replies to one stands among them, under its own user. */
export const reviewComments = z
  .array(
    z.object({
      id,
      user: account.nullish(),
      body: text,
      path: text,
      position: z.int().nonnegative().nullish(),
      created_at: time,
      html_url: url.nullish().catch(null),
    }),
  )
  .nullable()
  .transform((list) => list ?? []);
export type ReviewComment = z.output<typeof reviewComments>[number];

export const mergeWays = z.object({
  allow_squash_merge: z.boolean().nullish(),
  allow_merge_commits: z.boolean().nullish(),
  allow_rebase_explicit: z.boolean().nullish(),
  allow_rebase: z.boolean().nullish(),
  allow_fast_forward_only_merge: z.boolean().nullish(),
});

export const changedFile = z.object({ filename: z.string().min(1), previous_filename: text, status: text });
export const changedFiles = listOf(changedFile);
export type ChangedFile = z.output<typeof changedFile>;

export const branchHead = z.object({ commit: z.object({ id: sha }) });
export const opened = z.object({ number });
export const commits = listOf(z.object({ sha }));
