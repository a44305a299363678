/**
 * Reviews. Anybody who reads may review, but only the newest verdict of somebody who may write is official, and counts.
 * One webhook tells of a review, whatever comments come with it; none tells that a review was dismissed.
 */
import { told } from "./deliveries.ts";
import type { HookType } from "./hook-events.ts";
import type { PullPlace } from "./pull-rules.ts";
import type { Account, Review, ReviewState } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { pullView } from "./views-pull.ts";
import { accountView } from "./views-repo.ts";
import { accountById, mayPush, newId, timestamp, type World } from "./world.ts";

export type NewReview = {
  state: ReviewState;
  body: string;
  comments: { path: string; line: number; body: string }[];
};

const TYPE_OF: Record<ReviewState, HookType> = {
  APPROVED: "pull_request_review_approved",
  REQUEST_CHANGES: "pull_request_review_rejected",
  COMMENT: "pull_request_review_comment",
};

/** In Forgejo's words; undefined: it may be submitted. */
export function reviewProblem({ issue }: PullPlace, by: Account, review: NewReview): string | undefined {
  const { state } = review;
  const hasBody = review.body.trim() !== "";
  if (state !== "COMMENT" && issue.by === by.id)
    return `${state === "APPROVED" ? "approve" : "reject"} your own pull is not allowed`;
  if (state === "COMMENT" && !hasBody && review.comments.length === 0)
    return "review event COMMENT requires a body or a comment";
  return state === "REQUEST_CHANGES" && !hasBody ? "review event REQUEST_CHANGES requires a body" : undefined;
}

export async function submitReview(world: World, place: PullPlace, by: Account, wanted: NewReview): Promise<Review> {
  const { repo, issue, pull } = place;
  const createdAt = timestamp(world);
  const isVerdict = wanted.state !== "COMMENT";
  if (isVerdict) for (const older of pull.reviews) if (older.by === by.id) older.official = false;
  const comments = [];
  for (const comment of wanted.comments) {
    const commitSha = await lastTouched(world, place, comment.path);
    comments.push({ id: newId(world, "comment"), by: by.id, ...comment, commitSha, createdAt });
  }
  const review: Review = {
    id: newId(world, "review"),
    by: by.id,
    ...{ state: wanted.state, body: wanted.body, commitSha: pull.headSha, comments, createdAt },
    official: isVerdict && mayPush(repo, by),
    stale: false,
    dismissed: false,
  };
  pull.reviews.push(review);
  addEntry(world, issue, by, "review", { body: wanted.body });
  tellReview(world, place, by, review);
  return review;
}

/** The commit that blame shows for a line of the file, as far as commits of the pull request go. */
async function lastTouched(world: World, { repo, pull }: PullPlace, path: string): Promise<string> {
  const comparison = await world.git.compare(repo.git, pull.baseSha, pull.headSha);
  return comparison?.ahead.findLast((commit) => commit.files.includes(path))?.sha ?? pull.mergeBase;
}

function tellReview(world: World, { repo, issue }: PullPlace, by: Account, review: Review): void {
  const type = TYPE_OF[review.state];
  const payload = {
    action: "reviewed",
    number: issue.number,
    pull_request: pullView(world, repo, issue),
    requested_reviewer: accountView(world, by),
    review: { type, content: review.body },
    commit_id: "",
  };
  const who = { repo, viewer: accountById(world, issue.by), sender: by };
  world.emit({ type, repo, payload: told(world, who, payload) });
}
