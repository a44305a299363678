/**
 * What can happen to an issue, whoever does it: a person, the API, or a pushed commit. Each act changes the state,
 * leaves GitHub's own event where GitHub leaves one, and emits the webhooks GitHub emits. Who may do what is asked
 * before, by the caller.
 */
import type { Account, Issue, IssueEvent, LabelDefinition, Repo, StateReason } from "./state.ts";
import { issueView, labelsOf, labelView } from "./views-issue.ts";
import { pullView } from "./views-pull.ts";
import { repoView, type View } from "./views-repo.ts";
import { newId, type Place, timestamp, type World } from "./world.ts";

const DEFAULT_COLOR = "ededed";

export type NewIssue = { title: string; body: string | null };

export function openIssue(world: World, repo: Repo, by: Account, { title, body }: NewIssue): Issue {
  const at = timestamp(world);
  const issue: Issue = {
    id: newId(world),
    number: repo.nextNumber,
    title,
    body: body === "" ? null : body,
    by: by.id,
    state: "open",
    stateReason: null,
    labels: [],
    comments: [],
    events: [],
    blockedBy: [],
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    closedBy: null,
    lastEditedAt: null,
    deleted: false,
    transferredTo: null,
  };
  repo.nextNumber += 1;
  repo.issues.push(issue);
  return issue;
}

/** Names are one label whatever their case; a label nobody defined is defined by being used. */
export function defineLabel(world: World, repo: Repo, name: string): LabelDefinition {
  const known = findLabel(repo, name);
  if (known !== undefined) return known;
  const label = { id: newId(world), name, color: DEFAULT_COLOR, description: null };
  repo.labels.push(label);
  return label;
}

export function findLabel(repo: Repo, name: string): LabelDefinition | undefined {
  return repo.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
}

/** Adding a label that is on already does nothing at all. Labels do not move an issue's updated_at. */
export function addLabel(world: World, place: Place, by: Account, name: string): void {
  const label = defineLabel(world, place.repo, name);
  if (place.issue.labels.includes(label.id)) return;
  place.issue.labels.push(label.id);
  labelEvent(world, place, by, "labeled", label);
}

/** False when the issue does not carry it. */
export function removeLabel(world: World, place: Place, by: Account, name: string): boolean {
  const label = findLabel(place.repo, name);
  if (label === undefined || !place.issue.labels.includes(label.id)) return false;
  place.issue.labels = place.issue.labels.filter((id) => id !== label.id);
  labelEvent(world, place, by, "unlabeled", label);
  return true;
}

function labelEvent(
  world: World,
  place: Place,
  by: Account,
  event: "labeled" | "unlabeled",
  label: LabelDefinition,
): void {
  record(world, place.issue, by, event, { label: { name: label.name, color: label.color } });
  emitIssue(world, place, by, event, { label: labelView(world, place.repo, label) });
}

export function editIssue(
  world: World,
  place: Place,
  by: Account,
  change: { title?: string; body?: string | null },
): void {
  const { issue } = place;
  const changes: View = {};
  if (change.title !== undefined && change.title !== issue.title) {
    changes.title = { from: issue.title };
    record(world, issue, by, "renamed", { rename: { from: issue.title, to: change.title } });
    issue.title = change.title;
  }
  const body = change.body === "" ? null : change.body;
  if (body !== undefined && body !== issue.body) {
    changes.body = { from: issue.body ?? "" };
    issue.body = body;
    issue.lastEditedAt = timestamp(world);
  }
  if (Object.keys(changes).length === 0) return;
  issue.updatedAt = timestamp(world);
  emitIssue(world, place, by, "edited", { changes });
}

export type Closing = { reason: StateReason; commitId?: string };

export function closeIssue(world: World, place: Place, by: Account, { reason, commitId }: Closing): void {
  const { issue } = place;
  if (issue.state === "closed") return;
  if (issue.pull !== undefined) Object.assign(issue.pull, { autoMerge: null, queue: null });
  const at = timestamp(world);
  Object.assign(issue, { state: "closed", stateReason: reason, closedAt: at, closedBy: by.id, updatedAt: at });
  record(world, issue, by, "closed", { stateReason: reason, commitId: commitId ?? null });
  emitIssue(world, place, by, "closed", {});
}

export function reopenIssue(world: World, place: Place, by: Account): void {
  const { issue } = place;
  if (issue.state === "open") return;
  Object.assign(issue, {
    state: "open",
    stateReason: "reopened",
    closedAt: null,
    closedBy: null,
    updatedAt: timestamp(world),
  });
  record(world, issue, by, "reopened", { stateReason: "reopened" });
  emitIssue(world, place, by, "reopened", {});
}

export function deleteIssue(world: World, place: Place, by: Account): void {
  emitIssue(world, place, by, "deleted", {});
  place.issue.deleted = true;
}

/**
 * The issue gets a new number and id in the other repository; what it carried goes along, labels only where they are
 * defined there too.
 */
export function transferIssue(world: World, from: Place, to: Repo, by: Account): Issue {
  const { repo, issue } = from;
  const moved = openIssue(world, to, by, issue);
  const { comments, events, state, stateReason, createdAt, closedAt, closedBy, lastEditedAt, blockedBy } = issue;
  Object.assign(moved, {
    comments,
    events,
    state,
    stateReason,
    createdAt,
    closedAt,
    closedBy,
    lastEditedAt,
    blockedBy,
    by: issue.by,
  });
  moved.labels = labelsOf(repo, issue).flatMap((label) => findLabel(to, label.name)?.id ?? []);
  const there: Place = { repo: to, issue: moved };
  const oldIssue = issueView(world, repo, issue);
  emitIssue(world, from, by, "transferred", {
    changes: { new_issue: issueView(world, to, moved), new_repository: repoView(world, to) },
  });
  Object.assign(issue, { transferredTo: { repo: to.id, number: moved.number }, comments: [], events: [] });
  emitIssue(world, there, by, "opened", { changes: { old_issue: oldIssue, old_repository: repoView(world, repo) } });
  return moved;
}

/** Leaves an entry in the issue's own event list. */
export function record(world: World, issue: Issue, by: Account, event: string, more: Partial<IssueEvent>): void {
  issue.events.push({ id: newId(world), event, actor: by.id, createdAt: timestamp(world), commitId: null, ...more });
}

/** A pull request tells the same as `pull_request`. */
export function emitIssue(world: World, { repo, issue }: Place, by: Account, action: string, more: View): void {
  const { pull, number } = issue;
  if (pull !== undefined) {
    const pull_request = pullView(world, { repo, issue, pull }, null);
    world.emit("pull_request", repo, by, { action, number, pull_request, ...more });
    return;
  }
  world.emit("issues", repo, by, { action, issue: issueView(world, repo, issue), ...more });
}
