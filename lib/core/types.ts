/**
 * The words every layer shares. Nothing here knows a forge's JSON or a platform: adapters translate into these values
 * at the door and out of them at the edge. CONTEXT.md defines each word once.
 *
 * Times named `…At` are milliseconds on *our* clock; times named `…Iso` are the other machine's own words and are only
 * ever compared with times of the same machine.
 */

export type Forge = "github" | "forgejo";

/** A repo as people write it. Names compare lower-cased; see `repoKey`. */
export interface RepoName {
  forge: Forge;
  owner: string;
  name: string;
}

/** `github:owner/name`, lower-cased: the ledger's name and the allowlist's entry. */
export function repoKey(repo: RepoName): string {
  return `${repo.forge}:${repo.owner}/${repo.name}`.toLowerCase();
}

/** The inverse of `repoKey`; null for anything that is not one. */
export function parseRepoKey(text: string): RepoName | null {
  const match = /^(github|forgejo):([A-Za-z0-9_.-]+)\/([A-Za-z0-9_.-]+)$/.exec(text);
  if (!match?.[1] || !match[2] || !match[3]) return null;
  return { forge: match[1] as Forge, owner: match[2], name: match[3] };
}

/** What a read told us. A read that failed is never an answer: it is `known: false`, with the reason. */
export type Reading<T> = { known: true; value: T } | Unread;

/**
 * A failed read. `auth` marks a 401 or 403: a token to mend, told to a human at once. `tooLong`: a list has more entries
 * than are read of one, and another try finds no fewer. `everywhere`: it is the credentials or the server, and not what was
 * asked for. `limited`: we have asked too often, which ends by itself.
 */
export interface Unread {
  known: false;
  why: string;
  auth: boolean;
  tooLong?: true;
  everywhere?: true;
  limited?: true;
}

export function known<T>(value: T): Reading<T> {
  return { known: true, value };
}

export function unread(why: string, auth: "auth" | "fault" = "fault"): Unread {
  return { known: false, why, auth: auth === "auth" };
}

export function tooLong(): Unread {
  return { known: false, why: "the list is too long to read", auth: false, tooLong: true };
}

/**
 * What became of one try at an outside deed. `retry` is for ever (see `afterMs`); `refused` ends the act and is told.
 * `gone`: what it was to change is there no more.
 */
export type ActResult<T = null> =
  | { type: "done"; value: T }
  | { type: "retry"; why: string; auth: boolean; afterMs: number | null }
  | { type: "refused"; why: string; gone?: true };

export function done<T>(value: T): ActResult<T> {
  return { type: "done", value };
}

/** To be tried again when it is due; `auth`: once a token is mended. */
export function retry(why: string, auth = false): Extract<ActResult, { type: "retry" }> {
  return { type: "retry", why, auth, afterMs: null };
}

/** What a try comes to that could not read what it rests on. */
export function retryUnread({ why, auth }: Pick<Unread, "why" | "auth">): ActResult<never> {
  return retry(why, auth);
}

/** Somebody on a forge. `bot` accounts are trusted by id only, `unknown` never. */
export interface Account {
  id: string;
  login: string;
  kind: "person" | "bot" | "unknown";
}

export type Permission = "admin" | "write" | "read" | "none";

export interface RepoFacts {
  id: string;
  owner: string;
  name: string;
  defaultBranch: string;
  cloneUrl: string;
  url: string;
  /** Nothing can be written there. Absent: it can. */
  archived?: true;
}

/** An open issue that carries the ready label, as the list shows it. */
export interface Candidate {
  id: string;
  number: number;
  labels: string[];
  /** Told where a pin rests on it. */
  seen?: TextSeen;
}

/** An issue's text as a delivery or a read showed it, with the forge's time of the issue's last change of any kind. */
export interface TextSeen {
  title: string;
  body: string;
  updatedIso: string;
  labels: string[];
}

export interface IssueFacts {
  id: string;
  number: number;
  title: string;
  body: string;
  url: string;
  state: "open" | "closed";
  labels: string[];
  updatedIso: string;
}

/** `gone`: deleted or transferred. */
export type IssueReading = { type: "present"; issue: IssueFacts; forgeIso: string | null } | { type: "gone" };

/** One entry of the forge's own record of an issue, oldest first; a `labeled` entry is a label event. */
export interface IssueEvent {
  id: string;
  type: "labeled" | "unlabeled" | "closed" | "reopened" | "renamed";
  label: string | null;
  actor: Account | null;
  atIso: string;
  /** For `closed`: the commit whose message closed the issue, if one did. */
  commit: string | null;
}

/** One labelling with the ready label: identifies a wish. */
export interface LabelEvent {
  id: string;
  /** Whose wish it is. */
  actor: Account;
  atIso: string;
  /** We put the label on, as `actor` ordered. */
  ordered?: Ordered;
}

/** A comment that ordered a labelling, and when it was written. */
export interface Ordered {
  comment: string;
  atIso: string;
  /** The digest of the issue's text as it stood then, where the forge tells no edit. */
  text: string | null;
}

export interface Blocker {
  repo: string;
  number: number;
  state: "open" | "closed";
}

export interface Commit {
  sha: string;
  message: string;
  /** The first is the one it was made on, the others were merged in. */
  parents: string[];
}

/** Paths a change touches, both names of a renamed one. `complete`: the forge left none out. */
export interface ChangedFiles {
  paths: string[];
  complete: boolean;
}

/** One commit, and what it changes against its first parent. */
export interface CommitFacts {
  parents: string[];
  changed: ChangedFiles;
}

/** The trunk compared with a base: commits after the base, oldest first. */
export interface Comparison {
  head: string;
  commits: Commit[];
}

export interface IssueComment {
  id: string;
  body: string;
  ours: boolean;
}

/** A comment of an issue that may be a command, as it is now. */
export interface CommandComment {
  id: string;
  issue: number;
  /** Null: that account is gone. */
  author: Account | null;
  body: string;
  createdIso: string;
  /** The forge's clock at the read. */
  forgeIso: string | null;
}

/** Who merged a pull request, by login, and when, by the forge's clock. */
export interface Merged {
  by: string;
  atIso: string;
}

/** A pull request from the run's branch to the trunk. */
export interface Proposal {
  number: number;
  url: string;
  state: "open" | "merged" | "closed";
  /** The login of who opened it; null where that account is gone. */
  author: string | null;
  /** The branch's head as the forge holds it. */
  head: string;
  draft: boolean;
  /**
   * `behind`: its rules want the trunk's newest commit in it first. `unknown`: the forge is still finding out. What only
   * people or CI stand in the way of is `clean`.
   */
  merges: "clean" | "conflict" | "behind" | "unknown";
  /** `none`: no review is required, and nobody asked for changes. */
  review: "approved" | "changes_requested" | "required" | "none";
  /** What the merge queue holds: the commit it tests, null before there is one. Null: not in a queue. */
  queued: { commit: string | null } | null;
  /** The forge will merge it by itself once its rules hold. */
  scheduled: boolean;
  /** The commit on the trunk that merged it. */
  mergeCommit: string | null;
  /** Null before that, or where the forge does not tell. */
  merged: Merged | null;
}

/** A review, or one comment of a review, by anybody. */
export interface Remark {
  id: string;
  author: Account;
  type: "approval" | "changes_requested" | "comment";
  /** The head it speaks of. */
  commit: string | null;
  path: string | null;
  line: number | null;
  text: string;
  url: string | null;
  /** The forge's clock. */
  atIso: string;
}

/**
 * One check, status or workflow run of one commit. `word` is the forge's own word (conclusion, else status) and an
 * open set; `ci-verdict` gives it its meaning. `order` ranks attempts of the same (app, workflow, event, name).
 */
export interface Check {
  app: string;
  workflow: string | null;
  /** What set the workflow off, where that is not in the name: for each event it is a check of its own. */
  event?: string;
  name: string;
  word: string;
  order: number;
  url: string | null;
  /** Where a log tail can be read, if anywhere. */
  jobId: string | null;
  /** The forge's id of the CI run, for a rerun. */
  runId: string | null;
}

/** What a failed check shows of its failure. */
export interface Failure {
  /** The step that failed, by name. */
  step: string | null;
  logTail: string | null;
}

/** What the forge knows of a commit's deployment to one environment. `none`: nobody began one. */
export interface Deployment {
  state: "none" | "pending" | "live" | "failed";
  /** A page about it. */
  url: string | null;
  /** What was said of it, in the deployer's words. */
  about: string | null;
}

/** `app` null: any app may report it. `pattern`: the name is a glob, and any check that fits it will do. */
export interface RequiredCheck {
  name: string;
  app: string | null;
  pattern?: true;
}

/** What an executor says of one thread; its words are already folded, and what it could not fold is `unknown`. */
export interface ThreadView {
  id: string;
  state: "never_started" | "working" | "asking" | "done" | "failed" | "unknown";
  turnId: string | null;
  /** Changes whenever the agent shows life. */
  pulse: string;
  error: string | null;
  /** What its agent may do unasked, where a person or the executor has made that less than we asked for. */
  runtimeMode?: string;
  /** It shows no turn, and an agent may be coming up all the same. */
  isStarting?: true;
}

/**
 * What a thread reports of its newest turn: the model at work, and the tokens that its requests took in and gave out, each
 * request's own. Null where it reports none.
 */
export interface TurnUsage {
  model: string | null;
  turnId: string | null;
  /** What it shows of the turn's requests, oldest first; there may have been others. */
  requests: RequestTokens[];
}

export interface RequestTokens {
  id: string;
  input: number;
  output: number;
}

export interface AgentRequest {
  id: string;
  kind: "question" | "approval";
  /** The questions' texts with their offered answers, for a question. */
  questions: { question: string; options: string[] }[];
}

/** One executor server, by its own id: a thread is gone only from the environment it began on. */
export interface ExecutorEnvironment {
  id: string;
  version: string;
}

/**
 * What we understood of a delivery. A signal only wakes: whatever it says is read again before anything is decided.
 * `issue` is null where the delivery is about the trunk or the repo.
 */
export interface Signal {
  type: "issue" | "comment" | "dependency" | "push" | "ci" | "deployment" | "pull_request" | "repository";
  action: string;
  repo: RepoName & { id: string };
  issue: number | null;
  /** The issue's text, where the delivery shows it and a pin may rest on it. */
  seen?: TextSeen;
  /** The id of a new comment of the issue that begins with a command. */
  command?: string;
}

/** A delivery that is answered 202 `ignored`, and why. */
export interface Ignored {
  type: "ignored";
  reason: string;
}
