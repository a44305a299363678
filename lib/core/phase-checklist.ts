/**
 * The seven phases of a run with how we know each was reached. Pure.
 *
 *   verified ... the forge showed it: landed on the trunk, CI green, issue closed; or the deploy rule's read: live
 *   verified ... of tests_red and green: CI of the agent's own commits turned red, then green; see `evidence`
 *   claimed .... the agent said so by what it pushed
 *   missing .... the run is over, or past it, and nothing shows it; or CI of the phase's commit was cancelled
 *   pending .... not reached yet
 *   skipped .... not asked for
 */
import { asksDeploy } from "./deploy-rule.ts";
import type { PhaseProof, Unproven } from "./evidence.ts";
import { liveCommit } from "./live.ts";
import { type Evidence, landed, type Run } from "./run.ts";

export const PHASES = ["worktree", "tests_red", "green", "pushed", "ci", "deployed", "done"] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseLine {
  phase: Phase;
  evidence: Evidence;
  commit: string | null;
  /** Our clock; null when not reached. */
  at: number | null;
  /** Why it is not more than that. */
  why?: Doubt;
}

export type Doubt = Unproven | { code: "ci_cancelled" };

/** Nobody expects a red test of documentation or a refactoring. */
function expected(run: Run, absent: Evidence): Evidence {
  return run.evidence === "not-applicable" ? "skipped" : absent;
}

function claimLine(
  run: Run,
  phase: "worktree" | "tests_red" | "green",
  proof: PhaseProof | null,
  absent: Evidence,
): PhaseLine {
  const claim = run.claimed[phase];
  if (!claim) return { phase, evidence: absent, commit: null, at: null };
  const line = { phase, commit: claim.commit, at: claim.at };
  if (proof?.commit !== claim.commit) return { ...line, evidence: "claimed" };
  switch (proof.state) {
    case "verified":
      return { ...line, evidence: "verified" };
    case "cancelled":
      return { ...line, evidence: "missing", why: { code: "ci_cancelled" } };
    case "pending":
    case "unproven":
      return { ...line, evidence: "claimed", ...(proof.why ? { why: proof.why } : {}) };
    default:
      return proof.state satisfies never;
  }
}

export function checklist(run: Run): PhaseLine[] {
  const over = run.outcome !== null;
  const commit = landed(run);
  const open: Evidence = over ? "missing" : "pending";
  const absent = (): PhaseLine["evidence"] => (over || commit !== null ? "missing" : "pending");
  return PHASES.map((phase): PhaseLine => {
    switch (phase) {
      case "worktree":
        return claimLine(run, phase, null, absent());
      case "tests_red":
        return claimLine(run, phase, run.proof?.red ?? null, expected(run, absent()));
      case "green":
        return claimLine(run, phase, run.proof?.green ?? null, expected(run, absent()));
      case "pushed":
        if (commit !== null) return { phase, evidence: "verified", commit, at: run.seen.commit?.at ?? null };
        return { phase, evidence: open, commit: null, at: null };
      case "ci":
        if (run.rules?.ci === "none" && run.seen.verdict !== "green")
          return { phase, evidence: "skipped", commit: null, at: null };
        if (run.seen.passed)
          return { phase, evidence: "verified", commit: run.seen.passed.value, at: run.seen.passed.at };
        return { phase, evidence: open, commit, at: null };
      case "deployed":
        if (!asksDeploy(run.rules)) return { phase, evidence: "skipped", commit: null, at: null };
        return { phase, evidence: open, commit: null, at: null, ...deployed(run) };
      case "done":
        if (run.outcome?.type === "closed") return { phase, evidence: "verified", commit, at: run.outcome.decidedAt };
        return { phase, evidence: open, commit: null, at: null };
      default:
        return phase satisfies never;
    }
  });
}

function deployed(run: Run): Partial<PhaseLine> {
  const live = liveCommit(run);
  return live === null ? {} : { evidence: "verified", ...live };
}
