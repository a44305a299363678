/**
 * The seven phases of a run with how we know each was reached. Pure.
 *
 *   verified ... the forge showed it: landed on the trunk, CI green, issue closed; or the deploy rule's read: live
 *   claimed .... the agent said so by what it pushed
 *   missing .... the run is over, or past it, and nothing shows it
 *   pending .... not reached yet
 *   skipped .... not asked for
 */
import { asksDeploy } from "./deploy-rule.ts";
import { liveCommit } from "./live.ts";
import { landed, type Run } from "./run.ts";

export const PHASES = ["worktree", "tests_red", "green", "pushed", "ci", "deployed", "done"] as const;
export type Phase = (typeof PHASES)[number];
export type Evidence = "verified" | "claimed" | "missing" | "pending" | "skipped";

export interface PhaseLine {
  phase: Phase;
  evidence: Evidence;
  commit: string | null;
  /** Our clock; null when not reached. */
  at: number | null;
}

export function checklist(run: Run): PhaseLine[] {
  const over = run.outcome !== null;
  const commit = landed(run);
  const open: Evidence = over ? "missing" : "pending";
  const absent = (): PhaseLine["evidence"] => (over || commit !== null ? "missing" : "pending");
  return PHASES.map((phase): PhaseLine => {
    switch (phase) {
      case "worktree":
      case "tests_red":
      case "green": {
        const claim = run.claimed[phase];
        if (claim) return { phase, evidence: "claimed", commit: claim.commit, at: claim.at };
        return { phase, evidence: absent(), commit: null, at: null };
      }
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
