/**
 * Which events set off workflows that are CI of a commit. The others run on the head of the trunk, whatever that is at
 * the moment, and are about an issue, a comment, a label …; our own edits set them off too. An event not named here may
 * be a test of the commit: overlooked, its red would be a green.
 */
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

export function testsACommit(event: string): boolean {
  return !ABOUT_SOMETHING_ELSE.has(event);
}
