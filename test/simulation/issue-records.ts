/** What the forge's own records say of an issue: who labelled it, who holds it, what blocks it. */
import type { SeenIssue, SeenLabelling } from "../fakes/forge/stand-in.ts";
import { IN_PROGRESS, US, type World } from "./world.ts";

export function latestLabelling(issue: SeenIssue, label: string): SeenLabelling | undefined {
  return issue.labellings.findLast((one) => one.added && one.label === label);
}

/** One that is named and was moved away is found where it is now, as the forge leads there. */
export function blockersOf(world: World, repo: string, issue: SeenIssue): SeenIssue[] {
  const named = [...issue.body.matchAll(/Blocked by #(\d+)/g)].flatMap(([, number]) =>
    found(world, repo, Number(number)),
  );
  if (issue.blockedBy.length === 0) return named;
  return [...named, ...world.forge.issues(repo).filter((one) => issue.blockedBy.includes(one.id))];
}

function found(world: World, repo: string, number: number): SeenIssue[] {
  const moved = world.issueBook.moved.get(`${repo}#${number}`);
  return moved ? found(world, moved.repo, moved.number) : [world.issue(repo, number)].filter((one) => one !== null);
}

/** Where the forge tells bots from people. */
export function isBot(login: string): boolean {
  return login.endsWith("[bot]");
}

/** Whose in-progress label it is: who put it on last. */
export function holder(issue: SeenIssue): "none" | "us" | "other" {
  if (!issue.labels.includes(IN_PROGRESS)) return "none";
  const told = issue.labellings.filter((one) => one.label === IN_PROGRESS);
  const standing = told.slice(told.findLastIndex((one) => !one.added) + 1);
  // Two that put it on in one moment: the later one yields.
  return standing.every((one) => one.by === US) ? "us" : "other";
}
