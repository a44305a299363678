/** Issues that block issues, told to both sides. */
import { record } from "./issue-acts.ts";
import type { Account } from "./state.ts";
import { issueView } from "./views-issue.ts";
import { repoView } from "./views-repo.ts";
import { issueById, type Place, type World } from "./world.ts";

export function addBlocker(world: World, place: Place, by: Account, blockerId: number): void {
  place.issue.blockedBy.push(blockerId);
  dependencyChanged(world, place, by, blockerId, "added");
}

export function removeBlocker(world: World, place: Place, by: Account, blockerId: number): void {
  place.issue.blockedBy = place.issue.blockedBy.filter((id) => id !== blockerId);
  dependencyChanged(world, place, by, blockerId, "removed");
}

/** Both sides are told, each to the hooks of its own repository. */
function dependencyChanged(
  world: World,
  blocked: Place,
  by: Account,
  blockerId: number,
  what: "added" | "removed",
): void {
  const blocker = issueById(world, blockerId);
  if (blocker === undefined) return;
  record(world, blocked.issue, by, `blocked_by_${what}`, {});
  record(world, blocker.issue, by, `blocking_${what}`, {});
  const issues = {
    blocked_issue_id: blocked.issue.id,
    blocked_issue: issueView(world, blocked.repo, blocked.issue),
    blocking_issue_id: blockerId,
    blocking_issue: issueView(world, blocker.repo, blocker.issue),
  };
  const event = "issue_dependencies";
  world.emit(event, blocked.repo, by, {
    action: `blocked_by_${what}`,
    ...issues,
    blocking_issue_repo: repoView(world, blocker.repo),
  });
  world.emit(event, blocker.repo, by, {
    action: `blocking_${what}`,
    ...issues,
    blocked_issue_repo: repoView(world, blocked.repo),
  });
}
