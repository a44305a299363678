/** Ids are derived, never drawn: the same wish gives the same run, thread, turns and branch, whoever computes it. */
import type { ClaimedPhase } from "./run.ts";
import type { Forge } from "./types.ts";

/** A stable digest as hex; the shell hands one in, since hashing is the platform's. */
export type Digest = (text: string) => string;

/** What identifies one claim of one wish. */
export interface ClaimIdentity {
  forge: Forge;
  repoId: string;
  issueId: string;
  labelEventId: string;
  /** How often this label event was given back, from 0. */
  claim: number;
}

export function runId(digest: Digest, claim: ClaimIdentity): string {
  return digest(["run", claim.forge, claim.repoId, claim.issueId, claim.labelEventId, claim.claim].join("\n")).slice(
    0,
    16,
  );
}

/** By the run that makes it: the executor takes an id once, and a person may delete a project again and again. */
export function projectId(digest: Digest, runId: string, workspace: string): string {
  return `afk-${digest(["project", runId, workspace].join("\n")).slice(0, 16)}`;
}

export function threadId(runId: string): string {
  return `afk-${runId}`;
}

export function turnKey(runId: string, turn: number): string {
  return `afk-${runId}-turn-${turn}`;
}

const BRANCHES = "afk/";

export function branchName(issue: number, runId: string): string {
  return `${BRANCHES}${issue}-${runId}`;
}

/** The issue of a name that `branchName` makes; null: it is none. */
export function issueOfBranch(branch: string): number | null {
  const number = isRunBranch(branch) ? /^([1-9]\d{0,14})-/.exec(branch.slice(BRANCHES.length))?.[1] : undefined;
  return number ? Number(number) : null;
}

/** Whether it is one of those that runs alone push to. */
export function isRunBranch(branch: string): boolean {
  return branch.startsWith(BRANCHES);
}

/** The line by which the trunk shows that this run has landed. */
export function runTrailer(runId: string): string {
  return `AFK-Run: ${runId}`;
}

/** The line by which a commit of a branch claims its phase. */
export function phaseTrailer(phase: Exclude<ClaimedPhase, "worktree">): string {
  return `AFK-Phase: ${phase.replace("_", "-")}`;
}

/** Whether a commit message holds the run's trailer, alone on a line. */
export function carriesTrailer(message: string, runId: string): boolean {
  return message.split(/\r?\n/).some((line) => line.trim() === runTrailer(runId));
}
