/** The stand-in's issues and commits as a person reads them off the pages. */
import type { SeenIssue, TextStands } from "../forge/stand-in.ts";
import type { CommitStatus, Issue, Repo } from "./state.ts";
import { latestOfEachContext } from "./status-acts.ts";
import { commentsOf, labelsOf } from "./views-issue.ts";
import { accountById, type World } from "./world.ts";

/** By Actions, and by a CI outside. */
const BROKEN_OFF = ["Has been cancelled", "Pipeline was canceled"];

export function seenIssues(world: World, repo: Repo): SeenIssue[] {
  return repo.issues.filter((issue) => issue.pull === null).map((issue) => seenIssue(world, repo, issue));
}

export function seenIssue(world: World, repo: Repo, issue: Issue): SeenIssue {
  const login = (id: number): string => accountById(world, id).login;
  const nameOf = (id: number | null): string => repo.labels.find((label) => label.id === id)?.name ?? "?";
  return {
    id: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    by: login(issue.by),
    state: issue.state,
    done: issue.state === "closed",
    labels: labelsOf(repo, issue).map((label) => label.name),
    comments: commentsOf(issue).map((entry) => ({ id: entry.id, by: login(entry.by), body: entry.body })),
    labellings: issue.timeline
      .filter((entry) => entry.type === "label")
      .map((entry) => ({
        id: String(entry.id),
        label: nameOf(entry.label),
        added: entry.body === "1",
        by: login(entry.by),
        at: entry.createdAt,
      })),
    blockedBy: issue.dependsOn,
  };
}

/** An edit and a labelling of one second come in either order, as far as any time here can tell. */
export function textStands(issue: Issue, labelling: string, sinceMs?: number): TextStands {
  const at = issue.timeline.findIndex((entry) => String(entry.id) === labelling);
  const labelled = issue.timeline[at];
  if (labelled === undefined) throw new Error(`#${issue.number} has no labelling ${labelling}`);
  const since = sinceMs ?? Date.parse(labelled.createdAt);
  const isRenamed = issue.timeline.some(
    (entry, index) =>
      entry.type === "change_title" &&
      (index > at || Date.parse(entry.createdAt) >= (sinceMs ?? Number.POSITIVE_INFINITY)),
  );
  if (isRenamed) return "no";
  if (issue.editedAt === null || Date.parse(issue.editedAt) < since) return "yes";
  return Date.parse(issue.editedAt) === since ? "either" : "no";
}

export function ciWord(repo: Repo, sha: string): "none" | "pending" | "red" | "fine" {
  const states = latestOfEachContext(repo, sha).map(shownState);
  if (states.length === 0) return "none";
  if (states.includes("failure") || states.includes("error")) return "red";
  return states.includes("pending") ? "pending" : "fine";
}

/** The page of a run tells what the state alone does not: that it was broken off. */
function shownState({ state, description }: CommitStatus): CommitStatus["state"] | "cancelled" {
  return BROKEN_OFF.includes(description) ? "cancelled" : state;
}
