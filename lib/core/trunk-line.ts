/**
 * Which commits of the trunk stand on top of one, and so speak for it. Pure.
 *
 *   on the trunk's own line ... from its head along first parents: what a merge brought in was tested elsewhere, and with
 *                               other code around it
 *   holds the one ............. the one is its ancestor: a line may reach it only through a merge
 */
import type { Comparison } from "./types.ts";

/** Oldest first. `trunk`: compared with a commit that is `ours`, or older. */
export function onTopOf(trunk: Comparison, ours: string): string[] {
  const held = new Set([ours]);
  for (const { sha, parents } of trunk.commits) if (parents.some((parent) => held.has(parent))) held.add(sha);
  const byId = new Map(trunk.commits.map((commit) => [commit.sha, commit]));
  const line: string[] = [];
  for (let at = byId.get(trunk.head); at !== undefined && at.sha !== ours; at = byId.get(at.parents[0] ?? ""))
    line.push(at.sha);
  return line.filter((sha) => held.has(sha)).reverse();
}

/** What speaks for a trunk that is frozen: the judged commit and what stands on top of it; its head alone once that is off it. */
export function speaking(trunk: Comparison, judged: string, head: string): string[] {
  const isThere = head === judged || trunk.commits.some(({ parents }) => parents.includes(judged));
  return isThere ? [judged, ...onTopOf(trunk, judged)] : [head];
}
