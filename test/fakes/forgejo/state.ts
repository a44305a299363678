/**
 * Everything the stand-in knows, as plain JSON: what is saved when it is killed is all it needs to come back. Times are
 * Forgejo's: ISO 8601 in whole seconds. Ids are counted a table at a time, as in its database, so an issue, a comment and
 * a label may well bear the same one.
 */

/** `triage`: a team that may write issues and no more; asked, Forgejo calls it `read`. */
export type Role = "owner" | "admin" | "write" | "triage" | "read" | "none";

export type Table = "account" | "repo" | "label" | "issue" | "comment" | "status" | "run" | "hook" | "pull" | "review";

export type Account = { id: number; login: string; createdAt: string; organization: boolean };

export type LabelDefinition = { id: number; name: string; color: string; description: string; exclusive: boolean };

/** An entry of an issue's timeline. Comments are entries too, and out of the same counter. */
export type Entry = {
  id: number;
  type: string;
  by: number;
  body: string;
  createdAt: string;
  updatedAt: string;
  label: number | null;
  oldTitle: string;
  newTitle: string;
  commitSha: string;
  /** Database ids of issues. */
  refIssue: number | null;
  dependentIssue: number | null;
  /** On a comment. Absent: none. */
  reactions?: { by: number; content: string; createdAt: string }[];
};

export type ReviewState = "APPROVED" | "REQUEST_CHANGES" | "COMMENT";
export type ReviewComment = {
  id: number;
  by: number;
  path: string;
  line: number;
  body: string;
  /** The commit that last touched the line: not the head that the review is of. */
  commitSha: string;
  createdAt: string;
};
export type Review = {
  id: number;
  by: number;
  state: ReviewState;
  body: string;
  commitSha: string;
  /** It counts: of somebody who may write, and no older word of theirs. */
  official: boolean;
  stale: boolean;
  dismissed: boolean;
  comments: ReviewComment[];
  createdAt: string;
};

export const STYLES = ["merge", "rebase", "rebase-merge", "squash", "fast-forward-only"] as const;
export type MergeStyle = (typeof STYLES)[number];

export type Pull = {
  id: number;
  head: string;
  base: string;
  headSha: string;
  /** The head branch is gone. */
  headGone: boolean;
  baseSha: string;
  mergeBase: string;
  /** As it was found when head or base last moved. */
  conflicts: boolean;
  reviews: Review[];
  /** To be merged once its rules hold, by whom and how: of whatever head it has then. */
  scheduled: { by: number; style: MergeStyle; message: string } | null;
  mergedAt: string | null;
  mergedBy: number | null;
  mergeSha: string | null;
};

export type Issue = {
  id: number;
  number: number;
  title: string;
  body: string;
  by: number;
  state: "open" | "closed";
  labels: number[];
  timeline: Entry[];
  /** Database ids of the issues this one depends on, of any repository. */
  dependsOn: number[];
  createdAt: string;
  updatedAt: string;
  /** When the body last changed. Only the page's history of edits knows it: no answer of the API does. */
  editedAt: string | null;
  closedAt: string | null;
  pull: Pull | null;
};

export const STATES = ["error", "failure", "warning", "pending", "success"] as const;
export type StatusState = (typeof STATES)[number];

export type CommitStatus = {
  id: number;
  sha: string;
  state: StatusState;
  context: string;
  description: string;
  targetUrl: string;
  by: number;
  createdAt: string;
};

export type RunStatus = "waiting" | "running" | "success" | "failure" | "cancelled" | "skipped" | "blocked";

export type ActionRun = {
  id: number;
  index: number;
  title: string;
  workflow: string;
  /** The workflow's own name, as its statuses tell it. */
  name: string;
  event: string;
  sha: string;
  /** The branch; of a run for a pull request the one it proposes. */
  ref: string;
  pull: { number: number; base: { label: string; ref: string; sha: string } } | null;
  by: number;
  status: RunStatus;
  needApproval: boolean;
  jobs: { name: string; status: RunStatus; log: string }[];
  createdAt: string;
  startedAt: string | null;
  stoppedAt: string | null;
  updatedAt: string;
};

export type HookRecord = {
  id: number;
  type: string;
  url: string;
  contentType: string;
  secret: string;
  events: string[];
  branchFilter: string;
  authorizationHeader: string;
  active: boolean;
  createdAt: string;
  updatedAt: string;
};

/** A rule that protects a branch. It holds for admins too. */
export type Protection = {
  branch: string;
  push: boolean;
  contexts: string[];
  approvals: number;
  dismissStale: boolean;
  upToDate: boolean;
  createdAt: string;
};

export type Repo = {
  id: number;
  owner: string;
  name: string;
  /** The name it was created under, which a GitHost keeps using after a rename. */
  git: string;
  private: boolean;
  archived: boolean;
  issuesEnabled: boolean;
  dependenciesEnabled: boolean;
  defaultBranch: string;
  createdAt: string;
  updatedAt: string;
  nextNumber: number;
  permissions: Record<string, Role>;
  labels: LabelDefinition[];
  issues: Issue[];
  statuses: CommitStatus[];
  runs: ActionRun[];
  hooks: HookRecord[];
  protections: Protection[];
  styles: MergeStyle[];
  /** Its workflows cancel what is not done of an older commit of the same branch. */
  supersedes?: true;
};

export type State = {
  version: 1;
  ids: Record<Table, number>;
  accounts: Account[];
  repos: Repo[];
  /** Old full names, lower-cased, of renamed repositories. */
  movedNames: Record<string, number>;
  /** How many deliveries there have been: their ids are counted. */
  deliveries: number;
};

export function emptyState(): State {
  const ids = { account: 0, repo: 0, label: 0, issue: 0, comment: 0, status: 0, run: 0, hook: 0, pull: 0, review: 0 };
  return { version: 1, ids, accounts: [], repos: [], movedNames: {}, deliveries: 0 };
}
