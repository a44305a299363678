/**
 * Reviews and their comments as the port's Remarks, oldest first. Pure.
 *
 *   APPROVED, REQUEST_CHANGES ... a verdict, also without a word; dismissed by an admin it is a comment
 *   COMMENT ..................... a comment; without a text of its own it only holds others
 *   PENDING, REQUEST_REVIEW ..... not submitted
 *   a comment of a review ....... a comment by whoever wrote it: replies hang on the review they reply to
 *
 * A comment speaks of its review's head. Its own `commit_id` is another matter: the commit that last touched the line.
 */
import type { Account, Remark } from "../../core/types.ts";
import type { Review, ReviewComment } from "./pull-payloads.ts";

const TYPES: Record<string, Remark["type"]> = {
  APPROVED: "approval",
  REQUEST_CHANGES: "changes_requested",
  COMMENT: "comment",
};
/** Whom a deleted account's words belong to. */
const GHOST: Account = { id: "-1", login: "Ghost", kind: "unknown" };

export function isSubmitted(review: Review): boolean {
  return Object.hasOwn(TYPES, review.state);
}

export function toRemarks(read: { review: Review; comments: ReviewComment[] }[]): Remark[] {
  return read
    .flatMap(({ review, comments }) => [...ofReview(review), ...comments.map((comment) => ofComment(review, comment))])
    .sort((one, other) => Date.parse(one.atIso) - Date.parse(other.atIso));
}

function ofReview(review: Review): Remark[] {
  const type = review.dismissed === true ? "comment" : (TYPES[review.state] ?? "comment");
  if (type === "comment" && review.body.trim() === "") return [];
  return [
    {
      id: `review:${review.id}`,
      author: review.user ?? GHOST,
      type,
      commit: review.commit_id,
      path: null,
      line: null,
      text: review.body,
      url: review.html_url ?? null,
      atIso: review.submitted_at,
    },
  ];
}

function ofComment(review: Review, comment: ReviewComment): Remark {
  return {
    id: `comment:${comment.id}`,
    author: comment.user ?? GHOST,
    type: "comment",
    commit: review.commit_id,
    path: comment.path || null,
    // 0 for a line that the change took away.
    line: comment.position || null,
    text: comment.body,
    url: comment.html_url ?? null,
    atIso: comment.created_at,
  };
}
