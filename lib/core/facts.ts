/** What the state machine looks at: one run's facts at one look. A fact that could not be read is "unknown". */
import type { Verdict } from "./ci-verdict.ts";
import type { EvidenceFact } from "./evidence.ts";
import type { FaultFact } from "./fault.ts";
import type { Stop } from "./pause.ts";
import type { AgentRequest, Proposal } from "./types.ts";

export type ThreadFact =
  /** `waitedMs`: since the acceptance, counted only while the executor could be read; null: not accepted yet. */
  | { type: "owed"; waitedMs: number | null }
  | { type: "working"; silentMs: number }
  | { type: "asking"; request: AgentRequest | null; silentMs: number }
  | { type: "at_rest"; how: "done" | "failed" | "gone" }
  | { type: "unknown" };

export type IssueFact = "as_taken" | "closed_by_person" | "closed_by_run" | "unlabelled" | "gone" | "unknown";

export type DeployFact = "not_asked" | "pending" | "live" | "failed" | "unknown";

export interface Facts {
  issue: IssueFact;
  thread: ThreadFact;
  pushed: "yes" | "no" | "unknown";
  /** Absent: the run lands by push. */
  proposal?: ProposalFact;
  verdict: Verdict;
  /** The commit the verdict is of. */
  sha: string | null;
  /** Since our first sight of the newest commit of ours. */
  commitAgeMs: number;
  deploy: DeployFact;
  /** Since our first sight of the pass. */
  passedMs: number;
  /** Since our first sight of CI failing for reasons of its own; begun anew when it runs again. */
  infraMs: number;
  /** The kill switch, or a pause. */
  stopped: Stop | null;
  /** A repo that says `ci: none` passes with no verdict. */
  ci: "required" | "none";
  canRerun: boolean;
  budgetOver: boolean;
  evidence: EvidenceFact;
  /** Of the verdict, where it is red. */
  fault: FaultFact;
  /** Protected paths that what landed touches; null: not read yet. */
  touched: string[] | null;
  threadError: string | null;
}

export type ProposalFact =
  | { type: "unknown" }
  /** Nothing that has not landed is proposed; `opening`: what became of our own try at it. */
  | { type: "none"; opening: "not asked" | "pending" | "done" | "refused" }
  /** A person closed it unmerged. */
  | { type: "closed" }
  /** It is to be merged into another branch than the trunk, as a person wants it. */
  | { type: "elsewhere" }
  | {
      type: "open";
      head: string;
      verdict: Verdict;
      /** Since our first sight of this head. */
      headAgeMs: number;
      /** As of a commit that has landed. */
      infraMs: number;
      fault: FaultFact;
      touched: string[] | null;
      draft: boolean;
      merges: Proposal["merges"];
      review: Proposal["review"];
      /** Unanswered words of people who may write, oldest first, by id; null: not read. */
      remarks: string[] | null;
    };
