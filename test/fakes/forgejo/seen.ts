/** The stand-in's issues and commits as a person reads them off the pages. */
import type { SeenIssue } from "../forge/stand-in.ts";
import type { Repo } from "./state.ts";
import { latestOfEachContext } from "./status-acts.ts";
import { commentsOf, labelsOf } from "./views-issue.ts";
import { accountById, type World } from "./world.ts";

export function seenIssues(world: World, repo: Repo): SeenIssue[] {
  const login = (id: number): string => accountById(world, id).login;
  const nameOf = (id: number | null): string => repo.labels.find((label) => label.id === id)?.name ?? "?";
  return repo.issues
    .filter((issue) => issue.pull === null)
    .map((issue) => ({
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
    }));
}

export function ciWord(repo: Repo, sha: string): "none" | "pending" | "red" | "fine" {
  const states = latestOfEachContext(repo, sha).map((status) => status.state);
  if (states.length === 0) return "none";
  if (states.includes("failure") || states.includes("error")) return "red";
  return states.includes("pending") ? "pending" : "fine";
}
