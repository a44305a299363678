/**
 * Which events set off workflows that are CI of a commit. The others run on the head of the trunk, whatever that is at
 * the moment, and are about an issue, a comment, a label …; our own edits set them off too. An event not named here may
 * be a test of the commit: overlooked, its red would be a green.
 */
import type { WorkflowRun } from "./payloads.ts";

const ABOUT_SOMETHING_ELSE = new Set([
  "branch_protection_rule",
  "check_run",
  "check_suite",
  "delete",
  "discussion",
  "discussion_comment",
  "fork",
  "gollum",
  "issue_comment",
  "issues",
  "label",
  "milestone",
  "page_build",
  "project",
  "project_card",
  "project_column",
  "public",
  "status",
  "watch",
]);

/** By the id of its suite, what a workflow run is of. That never changes, and is kept by whoever outlives a look. */
export type SuiteOrigins = Map<string, Origin>;

export type Origin = Pick<WorkflowRun, "head_branch" | "event">;

const ORIGINS_MAX = 500;

export function keepOrigins(origins: SuiteOrigins, runs: WorkflowRun[]): void {
  if (origins.size + runs.length > ORIGINS_MAX) origins.clear();
  for (const { check_suite_id: suite, head_branch, event } of runs)
    if (suite) origins.set(suite, { head_branch, event });
}

export function testsACommit(event: string): boolean {
  return !ABOUT_SOMETHING_ELSE.has(event);
}
