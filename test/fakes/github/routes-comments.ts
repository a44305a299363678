/** Comments of issues. What is refused here is what an agent's long report or an empty text would run into. */

import { field } from "../forge/request-body.ts";
import { type Answer, created, invalid, noContent, notFound, ok, paged, refused } from "./answer.ts";
import type { Call, Handler, Routes } from "./call.ts";
import { addComment, deleteComment, editComment } from "./comment-acts.ts";
import { ARCHIVED, withIssue, writing } from "./routes-issues.ts";
import { withRepo } from "./routes-repo.ts";
import type { Comment } from "./state.ts";
import { commentView, isReaction, reactionView } from "./views-issue.ts";
import { isThere, mayPush, newId, type Place, timestamp } from "./world.ts";

const BODY_CHARS_MAX = 65_536;
const COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
const COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}";

export const commentRoutes: Routes = {
  [`GET ${COMMENTS}`]: withIssue(listComments),
  [`POST ${COMMENTS}`]: writing(postComment),
  [`GET ${COMMENT}`]: withComment(({ world }, { repo, issue }, comment) =>
    ok(commentView(world, repo, issue, comment)),
  ),
  [`PATCH ${COMMENT}`]: changing(patchComment),
  [`DELETE ${COMMENT}`]: changing((call, place, comment) => {
    if (!mayWrite(call, place, comment)) return refused(403, "Must have admin rights to Repository.");
    deleteComment(call.world, place, call.viewer, comment);
    return noContent;
  }),
  [`POST ${COMMENT}/reactions`]: changing(postReaction),
};

function changing(handler: Parameters<typeof withComment>[0]): ReturnType<typeof withComment> {
  return withComment((call, place, comment) => (place.repo.archived ? ARCHIVED : handler(call, place, comment)));
}

/** Whoever reads may react; the same again is no new one. */
function postReaction({ world, viewer, body }: Call, _place: Place, comment: Comment): Answer {
  const content = field(body, "content");
  if (!isReaction(content)) return invalid("Reaction", "content", "invalid");
  const kept = comment.reactions?.find((one) => one.by === viewer.id && one.content === content);
  if (kept) return ok(reactionView(world, kept));
  const reaction = { id: newId(world), by: viewer.id, content, createdAt: timestamp(world) };
  comment.reactions = [...(comment.reactions ?? []), reaction];
  return created(reactionView(world, reaction));
}

function listComments({ world, query }: Call, { repo, issue }: Place): Answer {
  const since = query.get("since");
  if (since !== null && Number.isNaN(Date.parse(since))) return invalid("IssueComment", "since", "invalid");
  const comments = issue.comments.filter(
    (comment) => since === null || Date.parse(comment.updatedAt) >= Date.parse(since),
  );
  return paged(comments, query, (comment) => commentView(world, repo, issue, comment));
}

function postComment({ world, viewer, body }: Call, place: Place): Answer {
  const text = field(body, "body");
  // The words differ between creating and editing, as GitHub's do.
  if (typeof text !== "string" || text.trim() === "")
    return invalid("IssueComment", "data", "unprocessable", "Body cannot be blank");
  if (text.length > BODY_CHARS_MAX)
    return invalid("IssueComment", "data", "unprocessable", "Body is too long (maximum is 65536 characters)");
  return created(commentView(world, place.repo, place.issue, addComment(world, place, viewer, text)));
}

function patchComment(call: Call, place: Place, comment: Comment): Answer {
  if (!mayWrite(call, place, comment)) return refused(403, "Must have admin rights to Repository.");
  const text = field(call.body, "body");
  if (typeof text !== "string" || text.trim() === "")
    return invalid("IssueComment", "body", "custom", "body cannot be blank");
  if (text.length > BODY_CHARS_MAX)
    return invalid("IssueComment", "body", "custom", "body is too long (maximum is 65536 characters)");
  editComment(call.world, place, call.viewer, comment, text);
  return ok(commentView(call.world, place.repo, place.issue, comment));
}

function mayWrite({ viewer }: Call, { repo }: Place, comment: Comment): boolean {
  return comment.by === viewer.id || mayPush(repo, viewer);
}

function withComment(handler: (call: Call, place: Place, comment: Comment) => Answer): Handler {
  return withRepo((call, repo) => {
    for (const issue of repo.issues.filter(isThere)) {
      const comment = issue.comments.find((each) => each.id === Number(call.params.comment_id));
      if (comment !== undefined) return handler(call, { repo, issue }, comment);
    }
    return notFound;
  });
}
