/** What the gates of the dispatch policy speak of: their codes, and the facts they look at. */
import type { VerdictWord } from "./ci-verdict.ts";
import type { CommitStanding } from "./red-trunk.ts";
import type { ParsedRules } from "./repo-rules.ts";
import type { Blocker, IssueEvent, IssueFacts, LabelEvent, Permission, Reading, RepoName, Unread } from "./types.ts";

export type GateCode =
  | "kill_switch"
  | "paused"
  | "not_enrolled"
  | "repo_config"
  | "not_ready"
  | "labeller_untrusted"
  | "edited"
  | "blocked"
  | "already_ran"
  | "held_elsewhere"
  | "repo_busy"
  | "pulls_full"
  | "repo_frozen"
  | "trunk_red"
  | "limits"
  | "executor"
  | "quota";

export interface Refusal {
  code: GateCode;
  reason: string;
  /** Of a red trunk: the command by which a person takes it back. */
  undo?: string;
}

export interface Wish {
  issue: IssueFacts | null;
  labelEvent: LabelEvent | null;
  events: IssueEvent[];
}

/** What is known of an issue's text since it was labelled; see `pinProblem`. Texts are told by their digests. */
export type Pin =
  | { type: "last_edit"; editedIso: string | null }
  | { type: "sightings"; now: string; seen: Sighting[] };

/** A text seen with the ready label on, and when the forge says the issue had last changed at all. */
export interface Sighting {
  text: string;
  updatedIso: string;
}

/** Why the executor cannot take a thread now; null: it can. */
export interface ExecutorFact {
  refusal: string | null;
}

/** What the gates look at. A key that is absent was not read yet. */
export interface GateFacts {
  killSwitch: { on: boolean; why: string };
  /** By whom the repo, or all, are paused, in words; null: they are not. */
  paused: string | null;
  repo: RepoName;
  /** The repo id the forge gives now, and the one stored at first contact; or why its server cannot be served. */
  identity?: Reading<Identity | { unfit: string }>;
  /** The repo's own rules, as its default branch says them now. */
  config?: Reading<ParsedRules | { type: "none" }>;
  wish?: Reading<Wish>;
  permission?: Reading<Permission>;
  trustedBot?: boolean;
  pin?: Reading<Pin>;
  blockers?: Reading<Blocker[]>;
  traces?: Reading<Traces>;
  ledger: LedgerFact;
  trunk?: Reading<TrunkFact>;
  /** Every issue that carries the ready label, for the words of a refusal. */
  waiting?: number[];
  limits?: Reading<{ refusal: string | null }>;
  executor?: Reading<ExecutorFact>;
  quota?: Reading<{ pausedUntil: number | null }>;
}

/** By the forge's own ids. `stored`: at first contact; null: this is it. `name`: the repo's key by the name it has now. */
export interface Identity {
  now: string;
  stored: string | null;
  name: string;
  archived?: true;
}

/** Not another one by the name of ours: nothing is started, mended or obeyed there. */
export function isKnownRepo({ now, stored }: Identity): boolean {
  return stored === null || stored === now;
}

/**
 * What the forge shows of runs this ledger knows nothing of: it was lost, or restored from an older copy, or they are
 * another deployment's.
 */
export interface Traces {
  /** The run that our own comment names for this label event. */
  ranAs: string | null;
  /** Other open issues that are in progress, and held by no run of ours. */
  inProgress: number[];
}

/** The ledger's own memory. */
export interface LedgerFact {
  /** The run that consumed this label event. */
  consumedBy: string | null;
  /** The in-progress label is a run's of ours. */
  ownRun: boolean;
  /** The issue of the run that has, or is next to have, an agent at work. */
  busyWith: number | null;
  /** Open pull requests of runs in flight. */
  openPulls: number;
  freeze: FreezeFact | null;
  /** What refused this very label event for good: it is not read a second time. */
  remembered: Refusal | null;
}

export interface TrunkFact {
  word: VerdictWord;
  sha: string;
  /** Of a red one: which checks are. */
  checks?: string[];
  undo?: string | null;
}

export interface FreezeFact {
  /** The issue whose run broke the trunk. */
  issue: number;
  sha: string;
  /** Which checks were red, how often it was tried to fix them, and how a person takes it back. Absent in older records. */
  checks?: string[];
  attempts?: number;
  undo?: string | null;
  standing?: CommitStanding;
  /** The forge's clock when it froze; null when it told no time: then only a repaired trunk lifts it. */
  forgeIso: string | null;
}

export type FactName = Exclude<keyof GateFacts, "killSwitch" | "paused" | "repo" | "ledger" | "trustedBot" | "waiting">;

/** What is read for the gates, by whom it is told. */
export type System = "forge" | "executor";

/** All that was read so far of either. */
export function readingsOf(facts: GateFacts): [System, Reading<unknown>][] {
  const { identity, config, wish, permission, pin, blockers, traces, trunk, executor } = facts;
  const ofForge = [identity, config, wish, permission, pin, blockers, traces, trunk];
  return [
    ...ofForge.flatMap((reading): [System, Reading<unknown>][] => (reading ? [["forge", reading]] : [])),
    ...(executor ? [["executor", executor] as [System, Reading<unknown>]] : []),
  ];
}

/** What could not be read. */
export function unreadOf(facts: GateFacts): [System, Unread][] {
  return readingsOf(facts).flatMap(([system, reading]): [System, Unread][] =>
    reading.known ? [] : [[system, reading]],
  );
}
