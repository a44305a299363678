/**
 * Pull requests as every stand-in offers them: what people do to them on the website, and what a person sees. A merge
 * makes a real commit in the real repository, and obeys the branch's rules, whoever asks for it.
 */
import type { On } from "./stand-in.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

/** What a branch demands. All of it is refused to be gone round: no account of a stand-in has an exception. */
export type BranchRules = {
  /** A direct push is refused. */
  pullRequest?: boolean;
  /** Approvals by people who may write, of the newest head or, without `dismissStale`, of any. */
  approvals?: number;
  dismissStale?: boolean;
  /** Checks that must have passed on the head. */
  checks?: string[];
  /** The head must hold the branch's newest commit. */
  upToDate?: boolean;
  /** Merges go through a queue; a forge that has none throws. */
  queue?: boolean;
};

export type NewPull = {
  repo: string;
  branch: string;
  base: string;
  by: string;
  title: string;
  body?: string;
  draft?: boolean;
};

export type NewReview = On & {
  verdict: "approve" | "request_changes" | "comment";
  body?: string;
  comments?: { path: string; line: number; body: string }[];
};

export type SeenPull = {
  number: number;
  branch: string;
  base: string;
  title: string;
  body: string;
  by: string;
  state: "open" | "closed" | "merged";
  draft: boolean;
  head: string;
  mergedBy: string | null;
  mergeCommit: string | null;
  /** It will be merged by the forge itself. */
  scheduled: boolean;
};

export interface ForgePulls {
  setRules(repo: string, branch: string, rules: BranchRules): void;
  /** Which ways of merging the repo allows (all, unless told) and whether the forge may merge by itself (yes). */
  setMerging(repo: string, allowed: { methods?: MergeMethod[]; auto?: boolean }): void;
  open(pull: NewPull): Promise<{ number: number }>;
  review(review: NewReview): Promise<{ id: number }>;
  setDraft(on: On & { draft: boolean }): void;
  /** To be merged into another branch from now on. */
  retarget(on: On & { base: string }): Promise<void>;
  close(on: On): void;
  reopen(on: On): void;
  /** The commit it made. Throws, saying which rule, where the forge would refuse it. */
  merge(on: On & { method?: MergeMethod }): Promise<string>;
  /**
   * Does what waits to be done by the forge itself: merges what is scheduled and may be merged, moves a queue on by one
   * step. A stand-in also does so whenever what it waits for has changed.
   */
  settle(repo: string): Promise<void>;
  /** Newest last. */
  all(repo: string): SeenPull[];
  /** Where there is a queue: the commit that it tests for this pull request now. */
  queuedCommit(repo: string, number: number): string | null;
}
