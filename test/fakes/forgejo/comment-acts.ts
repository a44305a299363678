/** What can happen to a comment, with its webhooks. A new comment moves the issue's updated_at; an edit does not. */
import { told } from "./deliveries.ts";
import { refer } from "./references.ts";
import type { Account, Entry } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { commentView, issueView } from "./views-issue.ts";
import { pullView } from "./views-pull.ts";
import type { View } from "./views-repo.ts";
import { accountById, type Place, timestamp, type World } from "./world.ts";

/** The payload was built from the issue as it was read before: it counts one comment too few. */
export function addComment(world: World, place: Place, by: Account, body: string): Entry {
  const stale = { ...issueView(world, place.repo, place.issue) };
  const entry = addEntry(world, place.issue, by, "comment", { body });
  refer(world, place, by, body, "comment_ref");
  const { comments } = stale;
  emitComment(world, place, by, "created", entry, {
    issue: { ...issueView(world, place.repo, place.issue), comments },
  });
  return entry;
}

export function editComment(world: World, place: Place, by: Account, entry: Entry, body: string): void {
  if (entry.body === body) return;
  const changes = { body: { from: entry.body } };
  Object.assign(entry, { body, updatedAt: timestamp(world) });
  emitComment(world, place, by, "edited", entry, { changes });
}

export function deleteComment(world: World, place: Place, by: Account, entry: Entry): void {
  const { issue } = place;
  emitComment(world, place, by, "deleted", entry, {});
  issue.timeline = issue.timeline.filter((each) => each.id !== entry.id);
}

function emitComment(world: World, place: Place, by: Account, action: string, entry: Entry, more: View): void {
  const { repo, issue } = place;
  const isPull = issue.pull !== null;
  const payload = {
    action,
    issue: issueView(world, repo, issue),
    ...(isPull && { pull_request: pullView(world, repo, issue) }),
    comment: commentView(world, repo, issue, entry),
    ...more,
    is_pull: isPull,
  };
  const who = { repo, viewer: accountById(world, issue.by), sender: by };
  world.emit({ type: isPull ? "pull_request_comment" : "issue_comment", repo, payload: told(world, who, payload) });
}
