/**
 * What the agent claims of its phases, by the trailers of its commits. Pure: commits -> claims; whether a claim is believed is
 * `evidence`'s to say.
 */
import { phaseTrailer } from "./ids.ts";
import type { Run } from "./run.ts";
import type { Commit, Comparison, Reading } from "./types.ts";

const PHASE_TRAILERS = (["tests_red", "green"] as const).map((phase) => ({
  phase,
  trailer: new RegExp(`^${phaseTrailer(phase)}\\s*$`, "m"),
}));

/**
 * Each phase is claimed once, by the newest commit that names it; the worktree by the first of the branch, which the
 * trunk may not hold.
 */
export function withPhases(run: Run, commits: Commit[], where: "trunk" | "branch", now: number): Run {
  const claimed = { ...run.claimed };
  let first: string | null = null;
  for (const commit of commits) {
    for (const { phase, trailer } of PHASE_TRAILERS) {
      if (!trailer.test(commit.message)) continue;
      first ??= commit.sha;
      claimed.worktree ??= { commit: commit.sha, at: now };
      claimed[phase] = { at: now, ...claimed[phase], commit: commit.sha };
    }
  }
  // What came before the red test did not turn it green.
  const place = (claim: { commit: string } | undefined) => commits.findIndex(({ sha }) => sha === claim?.commit);
  if (place(claimed.green) >= 0 && place(claimed.green) < place(claimed.tests_red)) delete claimed.green;
  if (where === "branch" && first !== null) claimed.worktree = { at: now, ...claimed.worktree, commit: first };
  return { ...run, claimed };
}

/**
 * The branch without what was merged into it from the trunk: that may hold the phases of other runs. Once it has landed, the
 * trunk holds its own too.
 */
export function ownCommits(run: Run, branch: Comparison, trunk: Reading<Comparison>): Commit[] {
  if (!run.proposal || run.commits.length > 0 || !trunk.known) return branch.commits;
  const others = new Set(trunk.value.commits.map((commit) => commit.sha));
  return branch.commits.filter((commit) => !others.has(commit.sha));
}
