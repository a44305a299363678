/** How Forgejo writes a pull request as JSON. Head and base carry the whole repository each. */
import type { Issue, Repo } from "./state.ts";
import { isDraft, issueHtml, issueView } from "./views-issue.ts";
import { accountView, repoView, type View } from "./views-repo.ts";
import { accountById, type World } from "./world.ts";

export function pullView(world: World, repo: Repo, issue: Issue): View {
  const { pull } = issue;
  if (pull === null) throw new Error(`#${issue.number} is no pull request`);
  const html = issueHtml(world, repo, issue);
  const {
    pull_request: _,
    repository: __,
    original_author: ___,
    original_author_id: ____,
    ...common
  } = issueView(world, repo, issue);
  const side = (label: string, sha: string): View => ({
    label,
    ref: label,
    sha,
    repo_id: repo.id,
    repo: repoView(world, repo, accountById(world, issue.by)),
  });
  return {
    ...common,
    id: pull.id,
    url: html,
    html_url: html,
    requested_reviewers: null,
    requested_reviewers_teams: null,
    draft: isDraft(issue),
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    mergeable: pull.mergedAt === null,
    merged: pull.mergedAt !== null,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeSha,
    merged_by: pull.mergedBy === null ? null : accountView(world, accountById(world, pull.mergedBy)),
    allow_maintainer_edit: false,
    base: side(pull.base, pull.mergeSha ?? pull.mergeBase),
    head: side(pull.head, pull.headSha),
    merge_base: pull.mergeBase,
    review_comments: 0,
    additions: 1,
    deletions: 0,
    changed_files: 1,
    flow: 0,
  };
}
