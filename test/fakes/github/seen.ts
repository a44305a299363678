/** The stand-in's issues and commits as a person reads them off the pages. */
import type { SeenIssue, TextStands } from "../forge/stand-in.ts";
import type { Issue, Repo } from "./state.ts";
import { labelsOf } from "./views-issue.ts";
import { accountById, isThere, type World } from "./world.ts";

export function seenIssues(world: World, repo: Repo): SeenIssue[] {
  return repo.issues
    .filter((issue) => isThere(issue) && issue.pull === undefined)
    .map((issue) => seenIssue(world, repo, issue));
}

export function seenIssue(world: World, repo: Repo, issue: Issue): SeenIssue {
  const login = (id: number): string => accountById(world, id).login;
  return {
    id: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    by: login(issue.by),
    state: issue.state,
    done: issue.state === "closed" && issue.stateReason === "completed",
    labels: labelsOf(repo, issue).map((label) => label.name),
    comments: issue.comments.map((comment) => ({ id: comment.id, by: login(comment.by), body: comment.body })),
    labellings: issue.events.flatMap((event) =>
      event.label === undefined
        ? []
        : [
            {
              id: String(event.id),
              label: event.label.name,
              added: event.event === "labeled",
              by: login(event.actor),
              at: event.createdAt,
            },
          ],
    ),
    blockedBy: issue.blockedBy,
  };
}

/** By the last edit it tells, where the label's own second counts as edited, and by the title's own events. */
export function textStands(issue: Issue, labelling: string, sinceMs?: number): TextStands {
  const at = issue.events.findIndex((event) => String(event.id) === labelling);
  const labelled = issue.events[at];
  if (labelled === undefined) throw new Error(`#${issue.number} has no labelling ${labelling}`);
  const since = sinceMs ?? Date.parse(labelled.createdAt);
  const isRenamed = issue.events.some(
    (event, index) =>
      event.event === "renamed" && (index > at || Date.parse(event.createdAt) >= (sinceMs ?? Number.POSITIVE_INFINITY)),
  );
  return isRenamed || (issue.lastEditedAt !== null && Date.parse(issue.lastEditedAt) >= since) ? "no" : "yes";
}

/** The newest check of each suite and name, and the newest status. */
export function ciWord(repo: Repo, sha: string): "none" | "pending" | "red" | "fine" {
  const newest = new Map<string, string>();
  for (const check of repo.checkRuns)
    if (check.headSha === sha) newest.set(`${check.suite} ${check.name}`, check.conclusion ?? "pending");
  for (const status of repo.statuses) if (status.sha === sha) newest.set(`status ${status.context}`, status.state);
  const words = [...newest.values()];
  if (words.length === 0) return "none";
  if (words.includes("failure") || words.includes("error")) return "red";
  return words.includes("pending") ? "pending" : "fine";
}
