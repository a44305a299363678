/**
 * The port to a forge's pull requests. An adapter translates and decides nothing; it never asks the forge to pass over a
 * rule of the repo's.
 */
import type { ActResult, ChangedFiles, Proposal, Reading, Remark } from "../core/types.ts";

export interface NewProposal {
  branch: string;
  trunk: string;
  title: string;
  body: string;
}

export interface Proposals {
  /** Whether the trunk takes a direct push, as far as its rules may be read: what cannot be read of them speaks against. */
  takesPush(trunk: string): Promise<Reading<boolean>>;
  /** The newest pull request from `branch` to `trunk`; null: there is none. */
  find(branch: string, trunk: string): Promise<Reading<Proposal | null>>;
  /** Where the pull request of that number would be merged by now, whatever that is; null: there is none. */
  target(number: number): Promise<Reading<Target | null>>;
  /** Submitted reviews and their comments, by whomever, oldest first, all pages; what only replies to another is one too. */
  remarks(number: number): Promise<Reading<Remark[]>>;
  /** What it would change on the trunk, as the forge lists it now. */
  files(number: number): Promise<Reading<ChangedFiles>>;
  /** Refused where the forge finds nothing to propose. One that is open already is found first by the caller. */
  open(wanted: NewProposal): Promise<ActResult<number>>;
  /**
   * Merges exactly this head by a method the repo allows, or has the forge do so once every rule holds. `message` is the
   * merging commit's. Refused when the head is another by now; retried while a rule stands in the way.
   */
  merge(number: number, head: string, message: MergeMessage): Promise<ActResult<"merged" | "scheduled">>;
  /** Absent already is success; one whose head is another than this by now is left as it is, and that is refused. */
  deleteBranch(branch: string, head: string): Promise<ActResult>;
}

export interface Target {
  state: Proposal["state"];
  trunk: string;
}

export interface MergeMessage {
  title: string;
  body: string;
}
