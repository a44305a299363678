/**
 * The port to a forge's issues. An adapter translates and decides nothing; a read that failed is `known: false`, never a
 * default.
 */
import type { SettingError } from "../core/config.ts";
import type {
  Account,
  ActResult,
  Blocker,
  Candidate,
  CommandComment,
  CommitFacts,
  Comparison,
  IssueComment,
  IssueEvent,
  IssueReading,
  Permission,
  Reading,
  RepoFacts,
} from "../core/types.ts";

/**
 * What proves that an issue's text is the text that was labelled: a forge that tells when a body was last edited (null:
 * never, on its own clock), or one that tells only when an issue last changed at all; then what was seen of it is kept.
 */
export type PinProof =
  | { type: "last_edit"; lastEditedIso(number: number): Promise<Reading<string | null>> }
  | { type: "sightings" };

/** What a repo holds. */
export interface Code {
  head(branch: string): Promise<Reading<string>>;
  /** Commits on `branch` after `base`, oldest first. */
  compare(base: string, branch: string): Promise<Reading<Comparison>>;
  commit(sha: string): Promise<Reading<CommitFacts>>;
  /** A text file of a branch, at most 64 KiB of it; null where it is not there. What is no such file is unread. */
  file(path: string, branch: string): Promise<Reading<string | null>>;
}

/** What is said on its issues. */
export interface Comments {
  comments(number: number): Promise<Reading<IssueComment[]>>;
  /** One comment of an issue, and not of a pull request; null: there is none of this id, or not in this repo. */
  comment(id: string): Promise<Reading<CommandComment | null>>;
  createComment(number: number, body: string): Promise<ActResult<string>>;
  /** Refused as `gone` when the comment was deleted. */
  updateComment(id: string, body: string): Promise<ActResult>;
  deleteComment(id: string): Promise<ActResult>;
  /** On a comment; there already is success. */
  react(comment: string, content: "+1" | "confused"): Promise<ActResult>;
}

export interface Tracker extends Code, Comments {
  pin: PinProof;
  /** Why this server cannot be served at all, for a person; null: it can. */
  unfit(): Promise<Reading<SettingError | null>>;
  repo(): Promise<Reading<RepoFacts>>;
  /** Open issues, never pull requests, that carry the label; the forge's filter is checked again on our side. */
  candidates(label: string): Promise<Reading<Candidate[]>>;
  issue(number: number): Promise<Reading<IssueReading>>;
  /** The issue's record, oldest first, all pages. */
  events(number: number): Promise<Reading<IssueEvent[]>>;
  permission(account: Account): Promise<Reading<Permission>>;
  /** Whether this account is the one we act as; null where the forge does not tell who we are. */
  isSelf(account: Account): Promise<Reading<boolean | null>>;
  /** Native dependencies only. */
  blockers(number: number): Promise<Reading<Blocker[]>>;
  /** One issue of any repo of this forge, for a blocker named in a body: `gone` counts as closed. */
  blocker(repo: string, number: number): Promise<Reading<Blocker>>;
  addLabel(number: number, label: string): Promise<ActResult>;
  /** Absent already is success. */
  removeLabel(number: number, label: string): Promise<ActResult>;
  close(number: number): Promise<ActResult>;
  reopen(number: number): Promise<ActResult>;
}
