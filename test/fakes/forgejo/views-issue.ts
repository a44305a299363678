/** How Forgejo writes issues, labels, comments and timeline entries as JSON. */
import type { Entry, Issue, LabelDefinition, Repo } from "./state.ts";
import { accountView, repoHtml, repoUrl, type View } from "./views-repo.ts";
import { accountById, fullName, issueById, type World } from "./world.ts";

export function labelsOf(repo: Repo, issue: Issue): LabelDefinition[] {
  return issue.labels
    .flatMap((id) => repo.labels.find((label) => label.id === id) ?? [])
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function labelView(world: World, repo: Repo, label: LabelDefinition): View {
  return {
    id: label.id,
    name: label.name,
    exclusive: label.exclusive,
    is_archived: false,
    color: label.color,
    description: label.description,
    url: `${repoUrl(world, repo)}/labels/${label.id}`,
  };
}

export function commentsOf(issue: Issue): Entry[] {
  return issue.timeline.filter((entry) => entry.type === "comment");
}

export function issueHtml(world: World, repo: Repo, issue: Issue): string {
  return `${repoHtml(world, repo)}/${issue.pull === null ? "issues" : "pulls"}/${issue.number}`;
}

/** No author_association, no state_reason, no node_id. */
export function issueView(world: World, repo: Repo, issue: Issue): View {
  return {
    id: issue.id,
    url: `${repoUrl(world, repo)}/issues/${issue.number}`,
    html_url: issueHtml(world, repo, issue),
    number: issue.number,
    user: accountView(world, accountById(world, issue.by)),
    original_author: "",
    original_author_id: 0,
    title: issue.title,
    body: issue.body,
    ref: "",
    assets: [],
    labels: labelsOf(repo, issue).map((label) => labelView(world, repo, label)),
    milestone: null,
    assignee: null,
    assignees: null,
    state: issue.state,
    is_locked: false,
    comments: commentsOf(issue).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    due_date: null,
    pull_request: pullMeta(world, repo, issue),
    repository: { id: repo.id, name: repo.name, owner: repo.owner, full_name: fullName(repo) },
    pin_order: 0,
  };
}

function pullMeta(world: World, repo: Repo, issue: Issue): View | null {
  if (issue.pull === null) return null;
  const { mergedAt } = issue.pull;
  const html = issueHtml(world, repo, issue);
  return { merged: mergedAt !== null, merged_at: mergedAt, draft: isDraft(issue), html_url: html };
}

export function isDraft(issue: Issue): boolean {
  return /^(?:WIP:|\[WIP\])/i.test(issue.title);
}

export function commentView(world: World, repo: Repo, issue: Issue, entry: Entry): View {
  const page = issueHtml(world, repo, issue);
  return {
    id: entry.id,
    html_url: `${page}#issuecomment-${entry.id}`,
    pull_request_url: issue.pull === null ? "" : page,
    issue_url: issue.pull === null ? page : "",
    user: accountView(world, accountById(world, entry.by)),
    original_author: "",
    original_author_id: 0,
    body: entry.body,
    assets: [],
    created_at: entry.createdAt,
    updated_at: entry.updatedAt,
  };
}

/** For a label `body` is "1" when it was added and empty when it was removed. */
export function entryView(world: World, repo: Repo, issue: Issue, entry: Entry): View {
  const page = issueHtml(world, repo, issue);
  const label = repo.labels.find((each) => each.id === entry.label);
  return {
    id: entry.id,
    type: entry.type,
    html_url: `${page}#issuecomment-${entry.id}`,
    pull_request_url: issue.pull === null ? "" : page,
    issue_url: issue.pull === null ? page : "",
    user: accountView(world, accountById(world, entry.by)),
    body: entry.body,
    created_at: entry.createdAt,
    updated_at: entry.updatedAt,
    old_project_id: 0,
    project_id: 0,
    old_milestone: null,
    milestone: null,
    tracked_time: null,
    old_title: entry.oldTitle,
    new_title: entry.newTitle,
    old_ref: "",
    new_ref: "",
    ref_issue: issueViewById(world, entry.refIssue),
    ref_comment: null,
    ref_action: "none",
    ref_commit_sha: entry.commitSha,
    review_id: 0,
    label: label === undefined ? null : labelView(world, repo, label),
    assignee: null,
    assignee_team: null,
    removed_assignee: false,
    resolve_doer: null,
    dependent_issue: issueViewById(world, entry.dependentIssue),
  };
}

function issueViewById(world: World, id: number | null): View | null {
  const place = id === null ? undefined : issueById(world, id);
  return place === undefined ? null : issueView(world, place.repo, place.issue);
}
