/** The fields we read of pull requests, their reviews and the rules of their base, and nothing else. */
import * as z from "../../zod.ts";
import { id, listOf, number, sha, state, text, time, url, word } from "../fields.ts";
import { account } from "./payloads.ts";

/** Empty or null where there is none. */
const maybeSha = z.pipe(
  z.nullish(z.union([sha, z.literal("")])),
  z.transform((value) => value || null),
);

const side = z.object({ label: text, ref: text, repo_id: z.nullish(z.int()) });

export const pull = z.object({
  number,
  html_url: url,
  user: z.nullish(account),
  state,
  merged: z.boolean(),
  merged_at: z.nullish(time),
  merged_by: z.nullish(account),
  merge_commit_sha: maybeSha,
  draft: z.nullish(z.boolean()),
  mergeable: z.nullish(z.boolean()),
  merge_base: text,
  head: z.extend(side, { sha }),
  base: z.extend(side, { sha: text, repo: z.nullish(z.object({ updated_at: z.nullish(time) })) }),
  updated_at: z.nullish(time),
});
export const pulls = listOf(pull);
export type Pull = z.output<typeof pull>;

/** What the base branch demands, as anybody who reads it is told. */
export const ground = z.object({
  protected: z.nullish(z.boolean()),
  required_approvals: z.nullish(z.int()),
  user_can_push: z.nullish(z.boolean()),
  /** Told to the repo's admins alone. */
  effective_branch_protection_name: text,
});
export type Ground = z.output<typeof ground>;

/** The rest of it, for the repo's admins. */
export const rule = z.object({
  rule_name: text,
  block_on_outdated_branch: z.nullish(z.boolean()),
  ignore_stale_approvals: z.nullish(z.boolean()),
  require_signed_commits: z.nullish(z.boolean()),
  protected_file_patterns: text,
});
export type Rule = z.output<typeof rule>;
export const rules = listOf(rule);

/** An open set of states: PENDING is a draft of somebody's, REQUEST_REVIEW no review at all. */
const review = z.object({
  id,
  user: z.nullish(account),
  state: z.string(),
  body: text,
  commit_id: maybeSha,
  official: z.nullish(z.boolean()),
  stale: z.nullish(z.boolean()),
  dismissed: z.nullish(z.boolean()),
  comments_count: z.nullish(z.int()),
  submitted_at: time,
  html_url: z.catch(z.nullish(url), null),
});
export const reviews = listOf(review);
export type Review = z.output<typeof review>;

/** All of a review's comments at once; what only replies to one stands among them, under its own user. */
export const reviewComments = listOf(
  z.object({
    id,
    user: z.nullish(account),
    body: text,
    path: text,
    position: z.nullish(z.int().check(z.nonnegative())),
    created_at: time,
    html_url: z.catch(z.nullish(url), null),
  }),
);
export type ReviewComment = z.output<typeof reviewComments>[number];

export const mergeWays = z.object({
  allow_squash_merge: z.nullish(z.boolean()),
  allow_merge_commits: z.nullish(z.boolean()),
  allow_rebase_explicit: z.nullish(z.boolean()),
  allow_rebase: z.nullish(z.boolean()),
  allow_fast_forward_only_merge: z.nullish(z.boolean()),
});

export const changedFile = z.object({
  filename: word,
  previous_filename: text,
  status: text,
});
export const changedFiles = listOf(changedFile);
export type ChangedFile = z.output<typeof changedFile>;

export const branchHead = z.object({ commit: z.object({ id: sha }) });
export const opened = z.object({ number });
export const commits = listOf(z.object({ sha }));
