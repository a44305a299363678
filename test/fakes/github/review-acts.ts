/** What can happen to a review, with its webhooks. A reply to a comment comes in a review of its own, without a word. */

import type { PullPlace } from "./pull-acts.ts";
import type { Account, Review, ReviewComment } from "./state.ts";
import { reviewCommentView, reviewView, simplePullView } from "./views-pull.ts";
import { newId, timestamp, type World } from "./world.ts";

export type NewReview = {
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED";
  body: string;
  comments: { path: string; line: number; body: string; replyTo?: number }[];
};

export function submitReview(
  world: World,
  place: PullPlace,
  by: Account,
  { state, body, comments }: NewReview,
): Review {
  const { issue, pull } = place;
  const at = timestamp(world);
  const review: Review = { id: newId(world), by: by.id, state, body, commit: pull.headSha, submittedAt: at };
  pull.reviews.push(review);
  issue.updatedAt = at;
  const added = comments.map(({ replyTo = null, ...comment }): ReviewComment => {
    const whole = { id: newId(world), review: review.id, by: by.id, commit: pull.headSha, createdAt: at, replyTo };
    return { ...whole, ...comment };
  });
  pull.reviewComments.push(...added);
  tellReview(world, place, by, "submitted", review);
  for (const comment of added)
    world.emit("pull_request_review_comment", place.repo, by, {
      action: "created",
      comment: reviewCommentView(world, place, comment),
      pull_request: simplePullView(world, place),
    });
  return review;
}

export function reply(
  world: World,
  place: PullPlace,
  by: Account,
  { to, body }: { to: ReviewComment; body: string },
): ReviewComment {
  const { path, line } = to;
  const comments = [{ path, line, body, replyTo: to.replyTo ?? to.id }];
  submitReview(world, place, by, { state: "COMMENTED", body: "", comments });
  const added = place.pull.reviewComments.at(-1);
  if (added === undefined) throw new Error("a reply that was just made is gone");
  return added;
}

export function dismissReview(world: World, place: PullPlace, by: Account, review: Review): void {
  review.state = "DISMISSED";
  tellReview(world, place, by, "dismissed", review);
}

function tellReview(world: World, place: PullPlace, by: Account, action: string, review: Review): void {
  const view = reviewView(world, place, review);
  world.emit("pull_request_review", place.repo, by, {
    action,
    // A webhook tells it in small letters, the API in capitals.
    review: { ...view, state: review.state.toLowerCase() },
    pull_request: simplePullView(world, place),
  });
}
