/** How GitHub writes pull requests, reviews and their comments as JSON, in answers and in webhooks alike. */
import type { PullPlace } from "./pull-acts.ts";
import type { Standing } from "./pull-rules.ts";
import type { Review, ReviewComment } from "./state.ts";
import { associationOf, labelsOf, labelView, reactionsView } from "./views-issue.ts";
import { accountView, nodeId, repoHtml, repoUrl, repoView, type View } from "./views-repo.ts";
import { accountById, findAccount, type World } from "./world.ts";

/** As lists and the webhooks of reviews hold it. */
export function simplePullView(world: World, place: PullPlace): View {
  const { repo, issue, pull } = place;
  const links = linksOf(world, place);
  return {
    ...links,
    id: issue.id,
    node_id: nodeId("PR", issue.id),
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: accountView(world, accountById(world, issue.by)),
    body: issue.body,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.sha ?? null,
    ...{ assignee: null, assignees: [], requested_reviewers: [], requested_teams: [], milestone: null },
    labels: labelsOf(repo, issue).map((label) => labelView(world, repo, label)),
    draft: pull.draft,
    head: sideView(world, place, pull.head, pull.headSha),
    base: sideView(world, place, pull.base, pull.baseSha),
    _links: hrefsOf(links),
    author_association: associationOf(world, repo, issue.by),
    auto_merge: autoMergeView(world, place),
    active_lock_reason: null,
  };
}

/** `standing` null: GitHub has not found out yet, as in every webhook. How much it changes is not played. */
export function pullView(world: World, place: PullPlace, standing: Standing | null): View {
  const { issue, pull } = place;
  const { merged } = pull;
  const found = standing === null || standing.state === "UNKNOWN" ? null : standing;
  return {
    ...simplePullView(world, place),
    merged: merged !== null,
    mergeable: found === null ? null : found.state !== "DIRTY",
    rebaseable: found === null ? null : found.state !== "DIRTY",
    mergeable_state: (found?.state ?? "UNKNOWN").toLowerCase(),
    merged_by: merged === null ? null : accountView(world, accountById(world, merged.by)),
    comments: issue.comments.length,
    review_comments: pull.reviewComments.length,
    maintainer_can_modify: false,
    ...{ commits: 1, additions: 1, deletions: 0, changed_files: 1 },
  };
}

/** What the issue of a pull request says of it. */
export function pullLinksView(world: World, place: PullPlace): View {
  const { url, html_url, diff_url, patch_url } = linksOf(world, place);
  const merged_at = place.pull.merged?.at ?? null;
  return { draft: place.pull.draft, pull_request: { url, html_url, diff_url, patch_url, merged_at } };
}

function linksOf(world: World, { repo, issue, pull }: PullPlace) {
  const url = `${repoUrl(world, repo)}/pulls/${issue.number}`;
  const issueUrl = `${repoUrl(world, repo)}/issues/${issue.number}`;
  const html = `${repoHtml(world, repo)}/pull/${issue.number}`;
  return {
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repoUrl(world, repo)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: `${repoUrl(world, repo)}/statuses/${pull.headSha}`,
  };
}

function hrefsOf(links: ReturnType<typeof linksOf>): View {
  return {
    self: { href: links.url },
    html: { href: links.html_url },
    issue: { href: links.issue_url },
    comments: { href: links.comments_url },
    review_comments: { href: links.review_comments_url },
    review_comment: { href: links.review_comment_url },
    commits: { href: links.commits_url },
    statuses: { href: links.statuses_url },
  };
}

function sideView(world: World, { repo }: PullPlace, branch: string, sha: string): View {
  const owner = findAccount(world, repo.owner);
  const user = owner === undefined ? null : accountView(world, owner);
  return { label: `${repo.owner}:${branch}`, ref: branch, sha, user, repo: repoView(world, repo) };
}

function autoMergeView(world: World, { pull: { autoMerge } }: PullPlace): View | null {
  if (autoMerge === null) return null;
  const { by, method, title, message } = autoMerge;
  const text = { commit_title: title ?? "", commit_message: message ?? "" };
  return { enabled_by: accountView(world, accountById(world, by)), merge_method: method, ...text };
}

export function reviewView(world: World, place: PullPlace, review: Review): View {
  const { url, html_url } = linksOf(world, place);
  const html = `${html_url}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId("PRR", review.id),
    user: accountView(world, accountById(world, review.by)),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: url,
    author_association: associationOf(world, place.repo, review.by),
    _links: { html: { href: html }, pull_request: { href: url } },
    submitted_at: review.submittedAt,
    commit_id: review.commit,
  };
}

export function reviewCommentView(world: World, place: PullPlace, comment: ReviewComment): View {
  const pulls = linksOf(world, place);
  const url = `${repoUrl(world, place.repo)}/pulls/comments/${comment.id}`;
  const html = `${pulls.html_url}#discussion_r${comment.id}`;
  return {
    url,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: nodeId("PRRC", comment.id),
    diff_hunk: `@@ -1,1 +1,1 @@`,
    path: comment.path,
    // Once the head has moved on, where it stands now is told as the head's, and where it was made apart.
    commit_id: place.pull.headSha,
    original_commit_id: comment.commit,
    user: accountView(world, accountById(world, comment.by)),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
    html_url: html,
    pull_request_url: pulls.url,
    author_association: associationOf(world, place.repo, comment.by),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pulls.url } },
    reactions: reactionsView(`${url}/reactions`),
    ...(comment.replyTo === null ? {} : { in_reply_to_id: comment.replyTo }),
    ...{ position: 1, original_position: 1, line: comment.line, original_line: comment.line },
    ...{ start_line: null, original_start_line: null, start_side: null, side: "RIGHT", subject_type: "line" },
  };
}
