/**
 * What every forge's stand-in offers, so that stories, the rehearsal and the simulator drive either with the same code:
 * requests in, webhooks out, people and CI in between, and what a person would see on its pages.
 */
import type { Exchange } from "./exchanges.ts";
import type { Faults } from "./faults.ts";
import type { ForgePulls } from "./pulls.ts";

export type ForgeName = "github" | "forgejo";

/** A webhook that was told; its id is the forge's own for it, and the same when it is delivered twice. */
export type Delivery = {
  id: string;
  at: number;
  event: string;
  action: string | null;
  repo: string;
  url: string;
  /** The exact bytes that are signed. */
  body: string;
};

/** In GitHub's words; a forge that has fewer says which of its own each comes to. */
export type Role = "admin" | "maintain" | "write" | "triage" | "read" | "none";
export type Conclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required"
  | "stale"
  | "startup_failure";

export type NewRepo = {
  /** `owner/name`. */
  name: string;
  defaultBranch?: string;
  private?: boolean;
  organization?: boolean;
  id?: number;
  permissions?: Record<string, Role>;
};
export type NewIssue = { repo: string; title: string; body?: string | null; by: string; labels?: string[] };
export type On = { repo: string; number: number; by: string };
export type WrittenFiles = { repo: string; by: string; files: Record<string, string | null>; message?: string };
export type BlockerName = { repo?: string; number: number };

/** What people do on the website: each act under a login, with the forge's own record of it and its webhooks. */
export interface ForgePeople {
  addUser(login: string, id?: number): { id: number; login: string };
  /** An account that is a program's; its login is `slug[bot]` where the forge marks bots, else the slug. */
  addBot(slug: string, id?: number): { id: number; login: string };
  addRepo(repo: NewRepo): { id: number };
  setPermission(repo: string, login: string, role: Role): void;
  renameRepo(on: { repo: string; to: string; by: string }): void;
  archiveRepo(on: { repo: string; by: string }): void;
  unarchiveRepo(on: { repo: string; by: string }): void;
  /** Labels given here came with a template, so even a reader causes them. A label nobody defined is defined first. */
  createIssue(issue: NewIssue): { number: number };
  label(on: On & { label: string }): void;
  unlabel(on: On & { label: string }): void;
  edit(on: On & { title?: string; body?: string | null }): void;
  close(on: On): void;
  reopen(on: On): void;
  comment(on: On & { body: string }): { id: number };
  deleteIssue(on: On): void;
  /** Changes files of the trunk, null takes one away: a commit made on the website, and all that follows a push. */
  writeFiles(on: WrittenFiles): Promise<string>;
  deleteComment(on: On & { comment: number }): void;
  addBlockedBy(on: On & { blocker: BlockerName }): void;
  removeBlockedBy(on: On & { blocker: BlockerName }): void;
}

export type NewWorkflowRun = {
  repo: string;
  sha: string;
  branch: string | null;
  by: string;
  name?: string;
  path?: string;
  event?: string;
  /** Names of its jobs; none for a run that fails before it has any. */
  jobs?: string[];
};
export type WorkflowRunUpdate = {
  status: "queued" | "in_progress" | "completed" | "waiting" | "requested" | "pending";
  conclusion?: Conclusion;
  jobs?: Record<string, Conclusion>;
};
export type NewStatus = {
  repo: string;
  sha: string;
  context: string;
  state: "error" | "failure" | "pending" | "success";
  by: string;
  description?: string;
  targetUrl?: string;
};

/** What CI tells the forge. */
export interface ForgeCi {
  createWorkflowRun(run: NewWorkflowRun): Promise<{ id: number }>;
  /** Completed, each of its jobs ends as `jobs` says, else as the run does. */
  updateWorkflowRun(repo: string, runId: number, update: WorkflowRunUpdate): Promise<unknown>;
  setStatus(status: NewStatus): Promise<{ id: number }>;
  appendLog(repo: string, job: { run: number; name: string }, text: string): void;
  setRequiredChecks(repo: string, branch: string, checks: string[]): void;
}

export type SeenComment = { id: number; by: string; body: string };
export type SeenLabelling = { id: string; label: string; added: boolean; by: string; at: string };
/** An issue as a person reads it; one that was deleted or moved away is not seen. */
export type SeenIssue = {
  id: number;
  number: number;
  title: string;
  body: string;
  by: string;
  state: "open" | "closed";
  /** Closed as done. Where a forge knows but one way of closing, closed. */
  done: boolean;
  labels: string[];
  comments: SeenComment[];
  /** The forge's record of its labels, oldest first, under the ids clients are shown. */
  labellings: SeenLabelling[];
  /** Database ids of the issues it waits for. */
  blockedBy: number[];
};

/** Whether an issue's text is the one that was labelled. `either`: not even the forge's own times can tell. */
export type TextStands = "yes" | "no" | "either";

/** What a forge allows in an hour. */
export type ForgeQuota = {
  /** So many requests are left until then, in milliseconds. */
  leave(requests: number, untilMs: number): void;
  refill(): void;
};

/** A branch that the forge itself moves: by a merge, a queue, a deletion through the API. An end of zeros is no commit. */
export type OwnMove = { git: string; repo: string; branch: string; before: string; after: string; by: string };
export type OnOwnMove = (move: OwnMove, step: "begins" | "done" | "failed") => void;

export interface ForgeStandIn {
  readonly forge: ForgeName;
  readonly people: ForgePeople;
  readonly ci: ForgeCi;
  readonly pulls: ForgePulls;
  readonly faults: Faults;
  readonly deliveries: Delivery[];
  /** Every exchange, oldest first. */
  readonly log: Exchange[];
  /** What broke the forge's description, or the stand-in itself. */
  readonly violations: string[];
  onExchange: (exchange: Exchange) => void;
  /** Told when a CI run was asked to run again, so that whoever plays CI can. */
  onRerun: (repo: string, runId: number, attempt: number) => void;
  /** So that whoever plays CI hears of commits that nobody pushed. */
  onOwnMove?: OnOwnMove;
  handle(request: Request): Promise<Response>;
  /** What the forge does about a push. An end of forty zeros is no commit. */
  pushed(repo: string, branch: string, before: string, after: string, by: string): Promise<void>;
  /** The request the forge sends for a delivery, signed. */
  signed(delivery: Delivery): Promise<Request>;
  repos(): string[];
  issues(repo: string): SeenIssue[];
  /** One of them, at less cost. */
  issue(repo: string, number: number): SeenIssue | undefined;
  /**
   * By the forge's own record of edits, whether or not it tells clients of it; `labelling` is the id of one. `sinceMs`: it
   * was meant so long before.
   */
  textStands(repo: string, number: number, labelling: string, sinceMs?: number): TextStands;
  /** Whether somebody may push there, by whatever role. */
  mayPush(repo: string, login: string): boolean;
  /** Moves an issue to another repository, under a number of that one; null where the forge knows no such thing. */
  moveIssue(on: On & { to: string }): { number: number } | null;
  /** Somebody has a CI run that is over run again, on the page of whoever ran it. */
  rerunByHand(repo: string, runId: number): Promise<void>;
  /** Null: the forge counts no requests. */
  readonly quota: ForgeQuota | null;
  /** The branch and commit of a CI run, for whoever runs it again. */
  runOf(repo: string, runId: number): { sha: string; branch: string } | undefined;
  /** What the page of a commit shows, all checks and statuses taken together. */
  ciWord(repo: string, sha: string): "none" | "pending" | "red" | "fine";
  assertContract(): void;
}
