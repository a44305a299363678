/** What can happen to a comment, with its webhooks. A new comment moves the issue's updated_at; an edit does not. */
import type { Account, Comment } from "./state.ts";
import { commentView, issueView } from "./views-issue.ts";
import type { View } from "./views-repo.ts";
import { newId, type Place, timestamp, type World } from "./world.ts";

export function addComment(world: World, place: Place, by: Account, body: string): Comment {
  const at = timestamp(world);
  const comment = { id: newId(world), by: by.id, body, createdAt: at, updatedAt: at };
  place.issue.comments.push(comment);
  place.issue.updatedAt = at;
  emitComment(world, place, by, "created", comment, {});
  return comment;
}

export function editComment(world: World, place: Place, by: Account, comment: Comment, body: string): void {
  if (comment.body === body) return;
  const changes = { body: { from: comment.body } };
  Object.assign(comment, { body, updatedAt: timestamp(world) });
  emitComment(world, place, by, "edited", comment, { changes });
}

export function deleteComment(world: World, place: Place, by: Account, comment: Comment): void {
  place.issue.comments = place.issue.comments.filter((each) => each.id !== comment.id);
  emitComment(world, place, by, "deleted", comment, {});
}

function emitComment(
  world: World,
  { repo, issue }: Place,
  by: Account,
  action: string,
  comment: Comment,
  more: View,
): void {
  const payload = {
    action,
    issue: issueView(world, repo, issue),
    comment: commentView(world, repo, issue, comment),
    ...more,
  };
  world.emit("issue_comment", repo, by, payload);
}
