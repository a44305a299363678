/** How GitHub writes labels, issues, their events and their comments as JSON, in answers and in webhooks alike. */
import type { Account, Comment, Issue, IssueEvent, LabelDefinition, Reaction, Repo } from "./state.ts";
import { pullLinksView } from "./views-pull.ts";
import { accountView, appView, nodeId, repoHtml, repoUrl, type View } from "./views-repo.ts";
import { accountById, issueById, isThere, mayRead, type Place, type World } from "./world.ts";

export function labelView(world: World, repo: Repo, label: LabelDefinition): View {
  const url = `${repoUrl(world, repo)}/labels/${encodeURIComponent(label.name)}`;
  return {
    id: label.id,
    node_id: nodeId("LA", label.id),
    url,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

export function labelsOf(repo: Repo, issue: Issue): LabelDefinition[] {
  return issue.labels.flatMap((id) => repo.labels.filter((label) => label.id === id));
}

/** An issue as its repository tells it; blockers that the viewer may not read are not counted. */
export function issueView(world: World, repo: Repo, issue: Issue, viewer?: Account): View {
  const url = `${repoUrl(world, repo)}/issues/${issue.number}`;
  return {
    url,
    repository_url: repoUrl(world, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: `${repoHtml(world, repo)}/issues/${issue.number}`,
    id: issue.id,
    node_id: nodeId("I", issue.id),
    number: issue.number,
    title: issue.title,
    user: accountView(world, accountById(world, issue.by)),
    labels: labelsOf(repo, issue).map((label) => labelView(world, repo, label)),
    state: issue.state,
    locked: false,
    ...{ assignee: null, assignees: [], milestone: null, active_lock_reason: null, type: null },
    comments: issue.comments.length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: associationOf(world, repo, issue.by),
    body: issue.body,
    ...(issue.closedBy === null
      ? { closed_by: null }
      : { closed_by: accountView(world, accountById(world, issue.closedBy)) }),
    reactions: reactionsView(`${url}/reactions`),
    performed_via_github_app: null,
    state_reason: issue.stateReason,
    sub_issues_summary: { total: 0, completed: 0, percent_completed: 0 },
    issue_dependencies_summary: dependenciesSummary(world, issue, viewer),
    ...(issue.pull === undefined ? {} : pullLinksView(world, { repo, issue, pull: issue.pull })),
  };
}

function dependenciesSummary(world: World, issue: Issue, viewer?: Account): View {
  const blockers = blockersOf(world, issue, viewer);
  const blocked = blockedByThis(world, issue, viewer);
  const open = (places: { issue: Issue }[]): number => places.filter((each) => each.issue.state === "open").length;
  return {
    blocked_by: open(blockers),
    blocking: open(blocked),
    total_blocked_by: blockers.length,
    total_blocking: blocked.length,
  };
}

export function blockersOf(world: World, issue: Issue, viewer?: Account): Place[] {
  return issue.blockedBy
    .flatMap((id) => issueById(world, id) ?? [])
    .filter(({ repo }) => viewer === undefined || mayRead(repo, viewer));
}

export function blockedByThis(world: World, issue: Issue, viewer?: Account): Place[] {
  const everywhere = world.state.repos.flatMap((repo) => repo.issues.map((each) => ({ repo, issue: each })));
  const blocked = everywhere.filter((each) => each.issue.blockedBy.includes(issue.id) && isThere(each.issue));
  return blocked.filter(({ repo }) => viewer === undefined || mayRead(repo, viewer));
}

export function commentView(world: World, repo: Repo, issue: Issue, comment: Comment): View {
  const url = `${repoUrl(world, repo)}/issues/comments/${comment.id}`;
  const author = accountById(world, comment.by);
  return {
    url,
    html_url: `${repoHtml(world, repo)}/issues/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${repoUrl(world, repo)}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    user: accountView(world, author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(world, repo, comment.by),
    body: comment.body,
    reactions: reactionsView(`${url}/reactions`, comment.reactions),
    performed_via_github_app: author.app === undefined ? null : appView(world, author.app),
  };
}

export function issueEventView(world: World, repo: Repo, event: IssueEvent): View {
  const actor = accountById(world, event.actor);
  return {
    id: event.id,
    node_id: nodeId("IE", event.id),
    url: `${repoUrl(world, repo)}/issues/events/${event.id}`,
    actor: accountView(world, actor),
    event: event.event,
    commit_id: event.commitId,
    commit_url: event.commitId === null ? null : `${repoUrl(world, repo)}/commits/${event.commitId}`,
    created_at: event.createdAt,
    ...(event.label === undefined ? {} : { label: event.label }),
    ...(event.rename === undefined ? {} : { rename: event.rename }),
    ...(event.stateReason === undefined ? {} : { state_reason: event.stateReason }),
    performed_via_github_app: actor.app === undefined ? null : appView(world, actor.app),
  };
}

export function associationOf(world: World, repo: Repo, account: number): string {
  const { login } = accountById(world, account);
  if (login.toLowerCase() === repo.owner.toLowerCase()) return "OWNER";
  return repo.permissions[login.toLowerCase()] === undefined ? "NONE" : "COLLABORATOR";
}

const REACTIONS = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

export function isReaction(content: unknown): content is string {
  return typeof content === "string" && REACTIONS.includes(content);
}

export function reactionsView(url: string, reactions: Reaction[] = []): View {
  const counted = REACTIONS.map((content) => [content, reactions.filter((one) => one.content === content).length]);
  return { url, total_count: reactions.length, ...Object.fromEntries(counted) };
}

export function reactionView(world: World, { id, by, content, createdAt }: Reaction): View {
  const user = accountView(world, accountById(world, by));
  return { id, node_id: nodeId("REA", id), user, content, created_at: createdAt };
}
