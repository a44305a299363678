/**
 * What can happen to an issue, whoever does it: a person, the API, or a pushed commit. Each act changes the state, leaves
 * an entry in the timeline where Forgejo leaves one, and emits the webhooks Forgejo emits. Who may do what is asked before,
 * by the caller.
 */
import { told } from "./deliveries.ts";
import { addLabels } from "./label-acts.ts";
import { refer } from "./references.ts";
import type { Account, Issue, LabelDefinition, Pull, Repo } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { issueView } from "./views-issue.ts";
import { pullView } from "./views-pull.ts";
import type { View } from "./views-repo.ts";
import { accountById, issueById, newId, type Place, timestamp, type World } from "./world.ts";

export type NewIssue = { title: string; body: string; labels?: LabelDefinition[]; pull?: Pull };

/** The issue alone: who makes it says so. */
export function newIssue(world: World, repo: Repo, by: Account, { title, body, pull }: NewIssue): Issue {
  const at = timestamp(world);
  const issue: Issue = {
    id: newId(world, "issue"),
    number: repo.nextNumber,
    title,
    body,
    by: by.id,
    state: "open",
    labels: [],
    timeline: [],
    dependsOn: [],
    createdAt: at,
    updatedAt: at,
    editedAt: null,
    closedAt: null,
    pull: pull ?? null,
  };
  repo.nextNumber += 1;
  repo.issues.push(issue);
  return issue;
}

/** Two webhooks where it is born with labels: `opened`, which shows them already, then `label_updated`. */
export function openIssue(world: World, repo: Repo, by: Account, wanted: NewIssue): Issue {
  const issue = newIssue(world, repo, by, wanted);
  const { labels = [] } = wanted;
  refer(world, { repo, issue }, by, `${wanted.title}\n${wanted.body}`, "issue_ref");
  const shown = { ...issue, labels: labels.map((label) => label.id) };
  emitIssue(world, { repo, issue: shown }, by, "opened");
  if (labels.length > 0) addLabels(world, { repo, issue }, by, labels);
  return issue;
}

/** A new title leaves a `change_title` entry; a new body leaves none, and moves updated_at alone. */
export function editIssue(world: World, place: Place, by: Account, change: { title?: string; body?: string }): void {
  const { issue } = place;
  if (change.title !== undefined && change.title !== issue.title) {
    const from = issue.title;
    issue.title = change.title;
    addEntry(world, issue, by, "change_title", { oldTitle: from, newTitle: change.title });
    emitIssue(world, place, by, "edited", { changes: { title: { from } } });
  }
  if (change.body !== undefined && change.body !== issue.body) {
    const from = issue.body;
    issue.body = change.body;
    issue.updatedAt = timestamp(world);
    issue.editedAt = issue.updatedAt;
    refer(world, place, by, change.body, "issue_ref");
    emitIssue(world, place, by, "edited", { changes: { body: { from } } });
  }
}

/** An open issue that this one depends on. */
export function openDependencies(world: World, issue: Issue): Place[] {
  return issue.dependsOn.flatMap((id) => issueById(world, id) ?? []).filter((place) => place.issue.state === "open");
}

/** False, and nothing done, while a dependency is open. */
export function closeIssue(world: World, place: Place, by: Account, commit = ""): boolean {
  const { repo, issue } = place;
  if (issue.state === "closed") return true;
  if (repo.dependenciesEnabled && openDependencies(world, issue).length > 0) return false;
  Object.assign(issue, { state: "closed", closedAt: timestamp(world) });
  addEntry(world, issue, by, "close");
  emitIssue(world, place, by, "closed", {}, commit);
  return true;
}

export function reopenIssue(world: World, place: Place, by: Account): void {
  const { issue } = place;
  if (issue.state === "open") return;
  Object.assign(issue, { state: "open", closedAt: null });
  addEntry(world, issue, by, "reopen");
  emitIssue(world, place, by, "reopened");
}

/** No webhook tells of it: there is no `deleted` action. */
export function deleteIssue({ repo, issue }: Place): void {
  repo.issues = repo.issues.filter((each) => each.id !== issue.id);
}

export function emitIssue(
  world: World,
  { repo, issue }: Place,
  by: Account,
  action: string,
  more: View = {},
  commit = "",
): void {
  const who = { repo, viewer: accountById(world, issue.by), sender: by };
  if (issue.pull !== null) {
    const view = pullView(world, repo, issue);
    const payload = { action, number: issue.number, ...more, pull_request: view, review: null, commit_id: commit };
    world.emit({ type: "pull_request", repo, payload: told(world, who, payload) });
    return;
  }
  const payload = { action, number: issue.number, ...more, issue: issueView(world, repo, issue), commit_id: commit };
  world.emit({ type: "issues", repo, payload: told(world, who, payload) });
}
