/**
 * Everything the stand-in knows, as plain JSON: what is saved when it is killed is all it needs to come back. Times are
 * GitHub's: ISO 8601 in whole seconds. Ids are numbers out of one counter, so an id is never used twice, whatever it
 * names.
 */
import type { BranchRules, MergeMethod } from "../forge/pulls.ts";
import type { Conclusion, Role } from "../forge/stand-in.ts";
import type { HookRecord } from "./hook-records.ts";

export type { Conclusion, MergeMethod, Role };

export type Account = {
  id: number;
  login: string;
  type: "User" | "Bot" | "Organization";
  createdAt: string;
  app?: AppIdentity;
};
export type AppIdentity = { id: number; slug: string; name: string };

export type LabelDefinition = { id: number; name: string; color: string; description: string | null };

export type Reaction = { id: number; by: number; content: string; createdAt: string };
export type Comment = {
  id: number;
  by: number;
  body: string;
  createdAt: string;
  updatedAt: string;
  /** Absent: none. */
  reactions?: Reaction[];
};

export type IssueEvent = {
  id: number;
  event: string;
  actor: number;
  createdAt: string;
  commitId: string | null;
  label?: { name: string; color: string };
  rename?: { from: string; to: string };
  stateReason?: StateReason | null;
};

export type StateReason = "completed" | "not_planned" | "duplicate" | "reopened";

export type Issue = {
  id: number;
  number: number;
  title: string;
  body: string | null;
  by: number;
  state: "open" | "closed";
  stateReason: StateReason | null;
  labels: number[];
  comments: Comment[];
  events: IssueEvent[];
  /** Database ids of the issues that block this one, of any repository. */
  blockedBy: number[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: number | null;
  /** Set by an edit of the body only; an edit of the title leaves a `renamed` event instead. */
  lastEditedAt: string | null;
  deleted: boolean;
  transferredTo: { repo: number; number: number } | null;
  /** A pull request is an issue that has this, as on GitHub. */
  pull?: Pull;
};

export type Pull = {
  head: string;
  base: string;
  /** Its head is a branch of that name in a fork, where nobody here sees it move. */
  cross?: true;
  /** As last seen: a branch that is gone leaves it. */
  headSha: string;
  baseSha: string;
  draft: boolean;
  reviews: Review[];
  reviewComments: ReviewComment[];
  /** Who had GitHub merge it by itself, and how. */
  autoMerge: AutoMerge | null;
  queue: QueueEntry | null;
  merged: { at: string; by: number; sha: string } | null;
};

export type AutoMerge = { by: number; method: MergeMethod; title: string | null; message: string | null; at: string };

/** `head`: what was queued. `group`: the commit that is tested, once there is one, on a branch of its own. */
export type QueueEntry = {
  by: number;
  at: string;
  head: string;
  group: { sha: string; branch: string; baseSha: string } | null;
};

export type Review = {
  id: number;
  by: number;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  body: string;
  commit: string;
  submittedAt: string;
};

export type ReviewComment = {
  id: number;
  review: number;
  by: number;
  body: string;
  path: string;
  line: number;
  commit: string;
  replyTo: number | null;
  createdAt: string;
};

export type CheckStatus = "queued" | "in_progress" | "completed" | "waiting" | "requested" | "pending";

export type CheckSuite = {
  id: number;
  app: AppIdentity;
  headSha: string;
  headBranch: string | null;
  status: CheckStatus;
  conclusion: Conclusion | null;
  createdAt: string;
  updatedAt: string;
};

export type CheckRun = {
  id: number;
  suite: number;
  name: string;
  headSha: string;
  status: CheckStatus;
  conclusion: Conclusion | null;
  startedAt: string | null;
  completedAt: string | null;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null };
};

export type CommitStatus = {
  id: number;
  sha: string;
  state: "error" | "failure" | "pending" | "success";
  context: string;
  description: string | null;
  targetUrl: string | null;
  by: number;
  createdAt: string;
};

export type WorkflowRun = {
  id: number;
  workflowId: number;
  name: string;
  path: string;
  event: string;
  runNumber: number;
  runAttempt: number;
  headSha: string;
  headBranch: string | null;
  suite: number;
  by: number;
  status: CheckStatus;
  conclusion: Conclusion | null;
  createdAt: string;
  updatedAt: string;
  startedAt: string;
};

/** A job is the check run of the same id, as on GitHub, plus what only Actions knows. */
export type Job = {
  id: number;
  run: number;
  attempt: number;
  createdAt: string;
  log: string | null;
  /** Between setting up and cleaning up. */
  steps: string[];
};

export type DeploymentState =
  | "error"
  | "failure"
  | "inactive"
  | "in_progress"
  | "queued"
  | "pending"
  | "success"
  | "waiting";
export type DeploymentStatus = {
  id: number;
  state: DeploymentState;
  by: number;
  description: string;
  environmentUrl: string;
  logUrl: string;
  createdAt: string;
};
export type Deployment = {
  id: number;
  sha: string;
  ref: string;
  environment: string;
  by: number;
  createdAt: string;
  statuses: DeploymentStatus[];
};

export type RequiredCheck = { context: string; integrationId?: number };

export type Repo = {
  id: number;
  owner: string;
  name: string;
  /** The name it was created under, which a GitHost keeps using after a rename. */
  git: string;
  private: boolean;
  archived: boolean;
  issuesEnabled: boolean;
  defaultBranch: string;
  createdAt: string;
  pushedAt: string;
  nextNumber: number;
  permissions: Record<string, Role>;
  labels: LabelDefinition[];
  issues: Issue[];
  suites: CheckSuite[];
  checkRuns: CheckRun[];
  statuses: CommitStatus[];
  workflowRuns: WorkflowRun[];
  jobs: Job[];
  deployments: Deployment[];
  /** Required checks by branch, told through a ruleset and through classic branch protection. */
  rulesets: Record<string, RequiredCheck[]>;
  protections: Record<string, RequiredCheck[]>;
  /** What else a branch demands, told through a ruleset. */
  branchRules: Record<string, BranchRules>;
  merging: Merging;
  /** Whether a newer run of a workflow on a branch cancels an older one, as its concurrency group may ask. */
  supersedes?: true;
  /** Made by whoever administers it, beside the stand-in's own. */
  hooks?: HookRecord[];
  /** Unset: Actions are on, and may use any action. */
  actionsPolicy?: { enabled: boolean; allowed: "all" | "local_only" | "selected" };
};

export type Merging = { methods: MergeMethod[]; auto: boolean; deleteBranch: boolean };

export type State = {
  version: 1;
  nextId: number;
  accounts: Account[];
  repos: Repo[];
  /** Old full names, lower-cased, of renamed repositories. */
  movedNames: Record<string, number>;
  /** Workflow ids by repository id and path. */
  workflows: Record<string, number>;
  /** How many deliveries there have been: their ids are counted. */
  deliveries: number;
  /** Installation tokens handed out to the app. */
  installationTokens: Record<string, { login: string; expiresMs: number }>;
  rateLimit: { limit: number; used: number; resetAt: number };
};

export function emptyState(): State {
  return {
    version: 1,
    nextId: 1000,
    accounts: [],
    repos: [],
    movedNames: {},
    workflows: {},
    deliveries: 0,
    installationTokens: {},
    rateLimit: { limit: 5000, used: 0, resetAt: 0 },
  };
}
