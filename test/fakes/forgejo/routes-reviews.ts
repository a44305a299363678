/** Reviews of pull requests. Nobody's pending review is played: a review is submitted with its comments, or not at all. */
import { isRecord } from "../forge/request-body.ts";
import { type Answer, notFound, ok, paged, refused, unplayed } from "./answer.ts";
import { changing, type OwnCall, type Routes, withRepo } from "./call.ts";
import { pullIn } from "./pull-rules.ts";
import { type NewReview, reviewProblem, submitReview } from "./review-acts.ts";
import type { Repo, ReviewState } from "./state.ts";
import { reviewCommentView, reviewView } from "./views-pull.ts";

const REVIEWS = "/repos/{owner}/{repo}/pulls/{index}/reviews";
const STATES: ReviewState[] = ["APPROVED", "REQUEST_CHANGES", "COMMENT"];

export const reviewRoutes: Routes = {
  [`GET ${REVIEWS}`]: withRepo(({ world, params, query }, repo) => {
    const place = pullIn(repo, Number(params.index));
    // Its own count, and no Link.
    if (place === undefined) return notFound;
    const { page: _, ...answer } = paged(place.pull.reviews, query, (review) => reviewView(world, place, review));
    return answer;
  }),
  [`POST ${REVIEWS}`]: changing(createReview),
  [`GET ${REVIEWS}/{id}/comments`]: withRepo(({ world, params }, repo) => {
    const place = pullIn(repo, Number(params.index));
    const review = place?.pull.reviews.find((each) => each.id === Number(params.id));
    if (place === undefined || review === undefined) return notFound;
    return ok(review.comments.map((comment) => reviewCommentView(world, place, review, comment)));
  }),
};

async function createReview({ world, viewer, params, body }: OwnCall, repo: Repo): Promise<Answer> {
  const place = pullIn(repo, Number(params.index));
  if (place === undefined) return notFound;
  const { event, body: text, comments = [] } = isRecord(body) ? body : {};
  const state = STATES.find((each) => each === event);
  if (state === undefined) return unplayed("pending reviews");
  if (!Array.isArray(comments)) return refused(422, "json: cannot unmarshal into Go struct field .comments");
  const wanted: NewReview = { state, body: typeof text === "string" ? text : "", comments: comments.map(commentOf) };
  const problem = reviewProblem(place, viewer, wanted);
  if (problem !== undefined) return refused(422, problem);
  const review = await submitReview(world, place, viewer, wanted);
  await world.settle(repo);
  return ok(reviewView(world, place, review));
}

function commentOf(comment: unknown): NewReview["comments"][number] {
  const { path, body, new_position: line } = isRecord(comment) ? comment : {};
  return { path: String(path ?? ""), body: String(body ?? ""), line: Number(line ?? 0) };
}
