/** Issues that depend on issues. No webhook tells of it; the timelines of both do. */
import type { Account, Issue } from "./state.ts";
import { addEntry } from "./timeline.ts";
import type { Place, World } from "./world.ts";

export function addDependency(world: World, { issue }: Place, by: Account, on: Issue): void {
  issue.dependsOn.push(on.id);
  note(world, issue, on, by, "add_dependency");
}

export function removeDependency(world: World, { issue }: Place, by: Account, on: Issue): void {
  issue.dependsOn = issue.dependsOn.filter((id) => id !== on.id);
  note(world, issue, on, by, "remove_dependency");
}

function note(world: World, issue: Issue, on: Issue, by: Account, type: string): void {
  addEntry(world, issue, by, type, { dependentIssue: on.id });
  addEntry(world, on, by, type, { dependentIssue: issue.id });
}
