/** All a doctor has read before he says anything: the checks are pure functions of it. */
import type { Settings } from "../core/config.ts";
import type { ParsedRules } from "../core/repo-rules.ts";
import type { Check, Forge, RepoName } from "../core/types.ts";
import type { Seen } from "./seen.ts";

export interface Facts {
  settings: SettingsFacts;
  forges: ForgeFacts[];
  /** Null: T3_URL or T3_TOKEN is not set. */
  t3: T3Facts | null;
  /** Null: not set. */
  slack: SlackFacts | null;
  ntfy: NtfyFacts | null;
  loop: LoopFacts;
  host: HostFacts;
  clocks: ClockFacts[];
  parseRules: RulesParser;
}

/** A repo's own rules, by their text. */
export type RulesParser = (text: string) => ParsedRules;

export interface SettingsFacts {
  parsed: Settings;
  /** What stands in the settings file and is none of ours, in words. */
  warnings: string[];
  /** Others on the machine may read the settings file. */
  exposedFile: string | null;
  /** Which settings hold a value; never the values. */
  set: ReadonlySet<string>;
  /** Null: there is none. */
  privateKey: "pkcs8" | "pkcs1" | "encrypted" | "unreadable" | null;
  repos: RepoName[];
}

export interface ForgeFacts {
  forge: Forge;
  way: "token" | "app";
  /** Why this server cannot be served; null: it can. */
  server: Seen<string | null>;
  /** Whose credential it is, in words; null: it is accepted, and the forge does not say whose it is. */
  account: Seen<string | null>;
  /** When it ends, by the forge's clock, in milliseconds. */
  ends: Seen<{ atMs: number; nowMs: number } | "never">;
  /** False: a token whose scopes leave every private repo out. */
  seesPrivate: boolean;
  /** The one hook of an App, told of all its repos; null: each repo has hooks of its own. */
  hooks: Seen<HookFacts[]> | null;
  /** Empty where the credential is not accepted: nothing could be asked. */
  repos: RepoFacts[];
}

export interface RepoFacts {
  repo: RepoName;
  about: Seen<AboutRepo>;
  /** Null where the repo itself cannot be read. */
  inside: InsideRepo | null;
}

export interface AboutRepo {
  /** `owner/name`, as the forge calls it now. */
  fullName: string;
  defaultBranch: string;
  may: { admin: boolean; push: boolean; pull: boolean };
  hasIssues: boolean;
  archived: boolean;
  /** Null: the forge does not say. */
  hasActions: boolean | null;
}

export interface InsideRepo {
  lacking: Seen<Lack[]>;
  hooks: Seen<HookFacts[]> | null;
  labels: Seen<LabelFacts[]>;
  takesPush: Seen<boolean>;
  trunk: Seen<{ sha: string; checks: Check[] }>;
  runs: Seen<{ onTrunk: number; onBranches: number }>;
  /** Of the newest pull requests' heads, how many CI said something of. */
  proposed: Seen<{ looked: number; withChecks: number }>;
  actions: Seen<ActionsFacts>;
  /** The text of the repo's own rules on the default branch; null: it has none. */
  rules: Seen<string | null>;
}

/** What a credential lacks, in the forge's own words. */
export interface Lack {
  right: string;
  /** Needed for this alone; null: by every run. */
  onlyTo: "propose" | "merge" | "see deployments" | null;
}

export interface LabelFacts {
  name: string;
  color: string;
  description: string;
  /** Of the labels of this scope an issue bears one at a time; null: it goes with any. */
  exclusiveIn: string | null;
}

export interface ActionsFacts {
  enabled: boolean;
  /** Which actions a workflow may use, in the forge's word; null: it does not say. */
  allowed: string | null;
}

export interface HookFacts {
  id: string;
  url: string;
  /** Null: the forge does not say. */
  active: boolean | null;
  /** As asked for; `*` is all. Null: the forge does not say. */
  events: string[] | null;
  contentType: string;
  /** The kind of hook, where a forge has several. */
  kind: string | null;
  branchFilter: string;
  /** Null: the forge does not say whether it signs. */
  hasSecret: boolean | null;
  /** Newest first; null: the forge tells nobody but its own page. */
  deliveries: Seen<DeliveryFacts[]> | null;
}

export interface DeliveryFacts {
  atIso: string;
  event: string;
  /** 0 or below: no answer came. */
  status: number;
  word: string;
}

export interface T3Facts {
  url: string;
  environment: Seen<{ version: string }>;
  session: Seen<{ authenticated: boolean; scopes: string[] | null; endsIso: string | null }>;
  shell: Seen<{ projects: { workspace: string; model: string | null }[] }>;
  nowMs: number;
}

export interface SlackFacts {
  channel: string;
  /** What the token may do; null: Slack did not say. */
  token: Seen<{ team: string; user: string; scopes: string[] | null } | { refused: string }>;
  channelInfo: Seen<{ name: string; isMember: boolean; isArchived: boolean } | { refused: string }>;
}

export interface NtfyFacts {
  hasTopic: boolean;
  hasToken: boolean;
  healthy: Seen<boolean>;
  /** Whether the topic lets us in. */
  topic: Seen<boolean>;
}

export interface LoopFacts {
  publicUrl: string | null;
  /** Null: there is no URL to ask. */
  health: Seen<{ status: string; armed: boolean; version: string; problems: string[] }> | null;
}

export interface HostFacts {
  dataDir: string;
  state: Seen<{ there: boolean; marker: { version: number; release: string } | null }>;
  knownVersion: number;
  disk: Seen<{ freeBytes: number; isWritable: boolean }>;
}

/** How far a system's clock is ahead of ours, and how sure that is, in milliseconds. */
export interface ClockFacts {
  system: string;
  aheadMs: number;
  sureMs: number;
}
