/**
 * Reviews and their comments as the port's Remarks, oldest first. Pure.
 *
 *   PENDING .................. never: nobody has said it yet
 *   DISMISSED ................ left out; its comments stand
 *   COMMENTED without words .. left out: only the envelope of its comments
 *   a comment's time ......... that of its review: written before, it was said with it
 *   a comment's commit ....... the one it was made on, whatever the head is now
 */
import { GHOST } from "../../core/issue-record.ts";
import type { Remark } from "../../core/types.ts";
import type { Review, ReviewComment } from "./pull-payloads.ts";

const TYPES: Record<string, Remark["type"]> = { APPROVED: "approval", CHANGES_REQUESTED: "changes_requested" };
const UNSAID = ["PENDING", "DISMISSED"];

export function toRemarks(reviews: Review[], comments: ReviewComment[]): Remark[] {
  const byId = new Map(reviews.map((review) => [review.id, review]));
  const said = comments.flatMap((comment) => ofComment(comment, byId.get(comment.pull_request_review_id ?? "")));
  const all = [...reviews.flatMap(ofReview), ...said];
  return all.sort((a, b) => Date.parse(a.atIso) - Date.parse(b.atIso));
}

function ofReview({ id, state, user, body, commit_id, html_url, submitted_at }: Review): Remark[] {
  const type = TYPES[state] ?? "comment";
  if (UNSAID.includes(state) || submitted_at === null || (type === "comment" && body === "")) return [];
  return [
    {
      id: `review:${id}`,
      author: user ?? GHOST,
      type,
      commit: commit_id ?? null,
      path: null,
      line: null,
      text: body,
      url: html_url ?? null,
      atIso: submitted_at,
    },
  ];
}

function ofComment(comment: ReviewComment, review: Review | undefined): Remark[] {
  if (review?.state === "PENDING") return [];
  const { created_at, original_commit_id, commit_id, line, original_line } = comment;
  const saidAt = review?.submitted_at ?? created_at;
  return [
    {
      id: `comment:${comment.id}`,
      author: comment.user ?? GHOST,
      type: "comment",
      commit: original_commit_id ?? commit_id ?? null,
      path: comment.path ?? null,
      line: line ?? original_line ?? null,
      text: comment.body,
      url: comment.html_url ?? null,
      atIso: Date.parse(saidAt) > Date.parse(created_at) ? saidAt : created_at,
    },
  ];
}
