/** How Forgejo writes a pull request as JSON. Head and base carry the whole repository each. */
import type { Change } from "../git/git-host.ts";
import type { PullPlace } from "./pull-rules.ts";
import type { Issue, Pull, Repo, Review, ReviewComment } from "./state.ts";
import { isDraft, issueHtml, issueView } from "./views-issue.ts";
import { accountView, repoHtml, repoUrl, repoView, type View } from "./views-repo.ts";
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
  const side = (label: string, ref: string, sha: string): View => ({
    ...{ label, ref, sha },
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
    mergeable: isMergeable(issue, pull),
    merged: pull.mergedAt !== null,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeSha,
    merged_by: pull.mergedBy === null ? null : accountView(world, accountById(world, pull.mergedBy)),
    allow_maintainer_edit: false,
    base: side(pull.base, pull.base, pull.baseSha),
    // Of a branch that is gone only Forgejo's own copy is left.
    head: side(pull.head, pull.headGone ? `refs/pull/${issue.number}/head` : pull.head, pull.headSha),
    merge_base: pull.mergeBase,
    review_comments: pull.reviews.reduce((count, review) => count + review.comments.length, 0),
    additions: 1,
    deletions: 0,
    changed_files: 1,
    flow: 0,
  };
}

/** False for a draft as for a conflict: nothing else says which. */
function isMergeable(issue: Issue, pull: Pull): boolean {
  return pull.mergedAt === null && !pull.conflicts && !isDraft(issue);
}

/** The old name of a renamed file is left out where there is none. */
export function changedFileView(world: World, repo: Repo, { headSha }: Pull, change: Change): View {
  const { path, previous, status } = change;
  return {
    filename: path,
    ...(previous === undefined ? {} : { previous_filename: previous }),
    status,
    additions: 1,
    deletions: 0,
    changes: 1,
    html_url: `${repoHtml(world, repo)}/src/commit/${headSha}/${path}`,
    contents_url: `${repoUrl(world, repo)}/contents/${path}?ref=${headSha}`,
    raw_url: `${repoHtml(world, repo)}/raw/commit/${headSha}/${path}`,
  };
}

export function reviewView(world: World, { repo, issue }: PullPlace, review: Review): View {
  const html = issueHtml(world, repo, issue);
  return {
    id: review.id,
    user: accountView(world, accountById(world, review.by)),
    team: null,
    state: review.state,
    body: review.body,
    commit_id: review.commitSha,
    stale: review.stale,
    official: review.official,
    dismissed: review.dismissed,
    comments_count: review.comments.length,
    submitted_at: review.createdAt,
    updated_at: review.createdAt,
    html_url: `${html}#issuecomment-${review.id}`,
    pull_request_url: html,
  };
}

/** `commit_id` is what blame shows for the line. The line stands under `position`, of the file as it is now. */
export function reviewCommentView(
  world: World,
  { repo, issue }: PullPlace,
  review: Review,
  comment: ReviewComment,
): View {
  const html = issueHtml(world, repo, issue);
  return {
    id: comment.id,
    body: comment.body,
    user: accountView(world, accountById(world, comment.by)),
    resolver: null,
    pull_request_review_id: review.id,
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
    path: comment.path,
    commit_id: comment.commitSha,
    original_commit_id: "",
    diff_hunk: "",
    position: comment.line,
    original_position: 0,
    html_url: `${html}#issuecomment-${comment.id}`,
    pull_request_url: html,
  };
}
