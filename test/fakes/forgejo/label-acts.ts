/**
 * Labels on an issue. What the webhook says is `label_updated` or `label_cleared`, and the set as it is (or, cleared, as
 * it was): never which label, nor whether it came or went. Only the timeline knows.
 */
import { told } from "./deliveries.ts";
import type { Account, LabelDefinition, Repo } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { issueView } from "./views-issue.ts";
import { pullView } from "./views-pull.ts";
import { accountById, newId, type Place, type World } from "./world.ts";

export type NewLabel = { name: string; color?: string; description?: string; exclusive?: boolean };

/** Nothing keeps a second label of the same name from being made. */
export function defineLabel(world: World, repo: Repo, label: NewLabel): LabelDefinition {
  const { name, color = "ededed", description = "", exclusive = false } = label;
  const made = { id: newId(world, "label"), name, color: color.replace(/^#/, ""), description, exclusive };
  repo.labels.push(made);
  return made;
}

/** By the exact name; of several the oldest. */
export function labelNamed(repo: Repo, name: string): LabelDefinition | undefined {
  return repo.labels.find((label) => label.name === name);
}

/** Told even where each of them was on already; a label that was is no new entry in the timeline. */
export function addLabels(world: World, place: Place, by: Account, labels: LabelDefinition[]): void {
  for (const label of labels) putOn(world, place, by, label);
  emitLabels(world, place, by, "label_updated");
}

/** A label that is not on is nothing to remove, and told all the same. */
export function removeLabel(world: World, place: Place, by: Account, label: LabelDefinition): void {
  if (!place.issue.labels.includes(label.id)) return;
  takeOff(world, place, by, label);
  emitLabels(world, place, by, "label_updated");
}

/** One webhook, however many come and go. */
export function replaceLabels(world: World, place: Place, by: Account, labels: LabelDefinition[]): void {
  const { repo, issue } = place;
  const gone = repo.labels.filter((label) => issue.labels.includes(label.id) && !labels.includes(label));
  const fresh = labels.filter((label) => !issue.labels.includes(label.id));
  for (const label of gone) takeOff(world, place, by, label);
  for (const label of fresh) putOn(world, place, by, label);
  emitLabels(world, place, by, "label_updated");
}

/** The payload carries the labels as they were before: it is built from an issue that was never read again. */
export function clearLabels(world: World, place: Place, by: Account): void {
  const { repo, issue } = place;
  const stale = [...issue.labels];
  for (const label of repo.labels.filter((each) => stale.includes(each.id))) takeOff(world, place, by, label);
  emitLabels(world, { repo, issue: { ...issue, labels: stale } }, by, "label_cleared");
}

function putOn(world: World, place: Place, by: Account, label: LabelDefinition): void {
  const { repo, issue } = place;
  if (issue.labels.includes(label.id)) return;
  const scope = label.exclusive ? scopeOf(label.name) : "";
  const rivals = repo.labels.filter((each) => issue.labels.includes(each.id) && each.exclusive);
  if (scope !== "") for (const rival of rivals) if (scopeOf(rival.name) === scope) takeOff(world, place, by, rival);
  issue.labels.push(label.id);
  addEntry(world, issue, by, "label", { label: label.id, body: "1" });
}

function takeOff(world: World, { issue }: Place, by: Account, label: LabelDefinition): void {
  issue.labels = issue.labels.filter((id) => id !== label.id);
  addEntry(world, issue, by, "label", { label: label.id });
}

function scopeOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

/** `repository.permissions` are those of the issue's poster, not of the sender. */
function emitLabels(world: World, { repo, issue }: Place, by: Account, action: string): void {
  const who = { repo, viewer: accountById(world, issue.by), sender: by };
  if (issue.pull !== null) {
    const payload = { action, number: issue.number, pull_request: pullView(world, repo, issue), review: null };
    world.emit({ type: "pull_request_label", repo, payload: told(world, who, { ...payload, commit_id: "" }) });
    return;
  }
  const payload = { action, number: issue.number, issue: issueView(world, repo, issue), commit_id: "" };
  world.emit({ type: "issue_label", repo, payload: told(world, who, payload) });
}
