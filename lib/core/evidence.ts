/** What the forge's own CI shows of the phases an agent claims. Pure. */

export type ProofState = "pending" | "verified" | "unproven" | "cancelled";

export interface PhaseProof {
  /** The phase's commit, of which this was read. */
  commit: string;
  state: ProofState;
  /** Names of the checks that turned, for a reader. */
  checks: string[];
}

export interface Proof {
  red: PhaseProof | null;
  green: PhaseProof | null;
}
