/** A red trunk in words: which commit, which checks, what was tried, whom it holds up, and how a person takes it back. Pure. */
import { firstFew, inline } from "./text.ts";

/** A commit and how many parents it has; null: not known. */
export interface Landed {
  sha: string;
  parents: number | null;
}

/**
 * Without those that a merge among them brought: what takes the merge back takes them back too, and git ends a revert that
 * has nothing left to do with an error. `parents` null: not known.
 */
export function notBrought<T extends { sha: string; parents: string[] | null }>(commits: T[]): T[] {
  const bySha = new Map(commits.map((commit) => [commit.sha, commit]));
  const brought = new Set<string>();
  const waiting = commits.flatMap(({ parents }) => (parents ?? []).slice(1));
  for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
    const commit = bySha.get(sha);
    if (commit === undefined || brought.has(sha)) continue;
    brought.add(sha);
    waiting.push(...(commit.parents ?? []));
  }
  return commits.filter(({ sha }) => !brought.has(sha));
}

/**
 * What takes these commits off the trunk, newest first, without rewriting it. Null where the branch's name is no plain word:
 * it would be pasted into a shell. We never run it ourselves.
 */
export function revertCommand(commits: Landed[], trunk: string): string | null {
  const plain = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/.test(trunk) && commits.length > 0;
  const known = commits.every(({ sha, parents }) => /^[0-9a-f]{40,64}$/.test(sha) && parents !== null && parents > 0);
  if (!plain || !known) return null;
  const reverts = commits.map(({ sha, parents }) => `git revert --no-edit${(parents ?? 1) > 1 ? " -m 1" : ""} ${sha}`);
  return [...reverts, `git push origin ${trunk}`].join(" && ");
}

/** " (build, lint)"; nothing where none is known. */
export function checkList(checks: string[]): string {
  return checks.length === 0 ? "" : ` (${firstFew(checks)})`;
}

/** The same of strangers' names, made inline. */
export function inlineList(names: string[]): string {
  return checkList(names.map((name) => inline(name, 80)));
}

/** Whom it holds up; nothing where nobody waits. */
export function heldUp(waiting: number[]): string {
  return firstFew(waiting.map((number) => `#${number}`));
}

export function tried(attempts: number): string {
  if (attempts === 0) return "no fix was tried";
  return attempts === 1 ? "one fix was tried" : `${attempts} fixes were tried`;
}

/** For an issue's comment: the command as code, to be copied. */
export function undoWords(undo: string | null | undefined): string {
  return undo ? `To take it back by hand: \`${undo}\`` : "";
}

/** How a run left its newest commit. `green`: while its agent could not be left at work. */
export type CommitStanding = "red" | "green" | "not_live" | "unjudged";

/** Absent of a freeze that an earlier version noted: those said red. */
export function standingWords(standing: CommitStanding | undefined): string {
  switch (standing) {
    case undefined:
    case "red":
      return "red";
    case "green":
      return "green";
    case "not_live":
      return "not live";
    case "unjudged":
      return "without a green CI";
    default:
      return standing satisfies never;
  }
}

/** The part of a hand-over that says what the trunk is left with. */
export function redTrunkWords(
  left: {
    sha: string;
    checks: string[];
    attempts: number;
    undo?: string | null;
    standing?: CommitStanding | undefined;
  },
  waiting: number[],
): string {
  const { sha, checks, attempts, undo, standing } = left;
  const what = `\`${sha.slice(0, 12)}\` is on the trunk, ${standingWords(standing)}${inlineList(checks)}; ${tried(attempts)}.`;
  const whom = waiting.length === 0 ? "No other issue waits for it." : `It holds up ${heldUp(waiting)}.`;
  return [what, whom, undoWords(undo)].filter((part) => part !== "").join(" ");
}
