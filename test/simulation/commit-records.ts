/** What CI and the trunks say of commits, by the world's own records: which landed, which passed, which failed. */
import type { Run } from "../../lib/core/run.ts";
import { NOISE, rulesOfRun } from "./own-rules.ts";
import type { Told } from "./records.ts";
import type { World } from "./world.ts";

/** Trunk commits from the first one of this run on, oldest first. */
export function landing(world: World, repo: string, run: Run, from: "first" | "newest" = "first"): string[] {
  const commits = trunk(world, repo);
  const merged = mergedOf(world, repo, run);
  const isOurs = (one: { sha: string; message: string }) =>
    one.message.includes(`AFK-Run: ${run.id}`) || merged.includes(one.sha);
  const first = from === "first" ? commits.findIndex(isOurs) : commits.findLastIndex(isOurs);
  return first < 0 ? [] : commits.slice(first).map((one) => one.sha);
}

/** What speaks for a trunk that this run has frozen: its newest commit and those after it; the head alone once that is off it. */
export function speaking(world: World, repo: string, run: Run): string[] {
  const newest = landing(world, repo, run, "newest");
  return newest.length > 0 ? newest : [world.git.toJSON()[repo]?.branches.main ?? ""];
}

/** The commits with which its pull requests were merged. */
function mergedOf(world: World, repo: string, run: Run): string[] {
  if (!run.proposal) return [];
  return world.forge.pulls
    .all(repo)
    .flatMap((one) => (one.branch === run.branch && one.mergeCommit ? [one.mergeCommit] : []));
}

/** The head it judged last failed, alone or in a queue; it may be run again by now. */
export function headFailed(world: World, repo: string, run: Run): boolean {
  const head = run.proposal?.head?.value;
  if (head === undefined) return false;
  if (world.pullBook.queued.has(head) || world.commitBook.reds.has(head)) return true;
  return world.records.ci(repo, head, run.branch).some((one) => RED.includes(one.word));
}

export function madeBefore(world: World, repo: string, sha: string, at: number): boolean {
  const commit = world.git.toJSON()[repo]?.commits[sha];
  return commit !== undefined && Date.parse(commit.committer.date) < at;
}

export function landedBefore(world: World, repo: string, run: Run, at: number): boolean {
  return trunk(world, repo).some(
    (one) => one.message.includes(`AFK-Run: ${run.id}`) && Date.parse(one.committer.date) < at,
  );
}

function trunk(world: World, repo: string) {
  const graph = world.git.toJSON()[repo];
  const chain = [];
  for (let sha = graph?.branches.main; sha !== undefined; ) {
    const commit = graph?.commits[sha];
    if (!commit) break;
    chain.unshift(commit);
    sha = commit.parents[0];
  }
  return chain;
}

export const RED = ["failure", "error"];
/** In the words of either forge. */
export const UNDER_WAY = ["queued", "in_progress", "pending", "waiting", "running", "blocked"];

/** All that CI told of a commit: neither what tells of a deploy, nor what the repo itself ignores. */
export function toldOf(world: World, repo: string, sha: string, branch?: string): Told[] {
  const noise = world.ownRules?.ignoresNoise ? `status ${NOISE}` : null;
  const { check } = world.deploys;
  return world.records.ci(repo, sha, branch).filter(({ name }) => name !== check && name !== noise);
}

export function wordOf(
  world: World,
  repo: string,
  sha: string,
  before = Number.POSITIVE_INFINITY,
  branch?: string,
): "green" | "red" | "other" {
  const told = toldOf(world, repo, sha, branch);
  return newestOf(told).some((one) => one.changedAt > before) ? "other" : inAWord(told);
}

/**
 * As a look saw it that ended then, by the forge's clock: a check that began during it, and after the last success, may
 * not have been there yet.
 */
export function wasGreen(world: World, repo: string, sha: string, look: { from: number; to: number }): boolean {
  const told = toldOf(world, repo, sha).filter(({ changedAt }) => changedAt <= look.to);
  const passedAt = told.flatMap((one) => (one.word === "success" ? one.changedAt : []));
  const unseen = Math.max(look.from, ...passedAt);
  return inAWord(told.filter((one) => !(UNDER_WAY.includes(one.word) && one.changedAt >= unseen))) === "green";
}

/** The last word on each check: one may be run again. */
export function newestOf(told: Told[]): Told[] {
  return [...new Map(told.map((one) => [one.name, one])).values()];
}

function inAWord(told: Told[]): "green" | "red" | "other" {
  const words = newestOf(told).map((one) => one.word);
  if (words.some((word) => RED.includes(word))) return "red";
  return words.includes("success") && words.every((word) => word === "success" || word === "neutral")
    ? "green"
    : "other";
}

/** Green, or without any CI where the repo has none. */
export function passed(world: World, repo: string, sha: string, run: Run): boolean {
  if (wordOf(world, repo, sha) === "green" || passedQueue(world, repo, sha)) return true;
  return !rulesOfRun(world, repo, run).hasCi && toldOf(world, repo, sha).length === 0;
}

/** The queue merges the very commit it tested. */
function passedQueue({ records }: World, repo: string, sha: string): boolean {
  return records.queueCi(repo, sha).some((one) => one.word === "success");
}

export function hasFailed({ records, commitBook }: World, repo: string, sha: string): boolean {
  return commitBook.failed.has(sha) || records.ci(repo, sha).some((one) => RED.includes(one.word));
}

/** Its own checks, whatever came of its deploy. */
export function ciFailed(world: World, repo: string, sha: string): boolean {
  if (world.deploys.check === undefined) return hasFailed(world, repo, sha);
  return toldOf(world, repo, sha).some((one) => RED.includes(one.word));
}

export function laterGreen(world: World, repo: string, landed: string[], before: number): boolean {
  return landed.some((sha) => wordOf(world, repo, sha, before) === "green");
}

export function toldBefore({ records }: World, repo: string, sha: string, at: number): boolean {
  return records.ci(repo, sha).some((one) => one.at < at && one.word !== "neutral");
}

/** The commit whose CI decides: the head of what is proposed, or the newest that landed. */
export function judgedOf(run: Run): string {
  return (run.proposal?.last?.state === "open" ? run.proposal.last.head : run.commits.at(-1)) ?? "";
}
