/** What the loop is given: one repo's store, the ports, a clock and ids. Nothing here is shared between repos. */
import type { Settings } from "../core/config.ts";
import type { Digest } from "../core/ids.ts";
import { currentThread, type Run } from "../core/run.ts";
import type { Count } from "../core/tally.ts";
import { type RepoName, repoKey } from "../core/types.ts";
import type { VersionProbe } from "../deploy/version-probe.ts";
import type { Executor } from "../executor/executor.ts";
import type { CiWatcher } from "../forge/ci-watcher.ts";
import type { Proposals } from "../forge/proposals.ts";
import type { Tracker } from "../forge/tracker.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { RuleReader } from "../rules/rule-reader.ts";
import type { Fleet, Reservation } from "./fleet.ts";
import type { Store } from "./store.ts";

export interface LogLine {
  level: "info" | "warn" | "error";
  msg: string;
  /** Neither: of no one issue, of no one run. */
  issue?: number | null;
  run?: string | null;
  code: string | null;
}

/** All that recording needs: no port is built for it. */
export interface Desk {
  settings: Settings;
  store: Store;
  digest: Digest;
  now(): number;
}

export interface Loop extends Desk {
  repo: RepoName;
  fleet: Fleet;
  tracker: Tracker;
  ci: CiWatcher;
  proposals: Proposals;
  rules: RuleReader;
  probe: VersionProbe;
  /** Null: none is set. */
  executor: Executor | null;
  notifiers: Notifier[];
  /** From 0 to 1, for jitter. */
  random(): number;
  log(line: LogLine): void;
  /** How many were made in this invocation, to anyone. */
  requests(): number;
  /** For the counters: told to the fleet with the report at the end of this reconcile. */
  count(one: Count): void;
  /** Secrets we hold, to be taken out of whatever we write. */
  held: string[];
}

/** A run's place among those in flight. */
export function reservationOf({ repo }: Loop, runId: string, repoId: string): Reservation {
  return { runId, ...placeOf(repo, repoId) };
}

/** Whose place it would be, whatever run takes it. */
export function placeOf(repo: RepoName, repoId: string): Omit<Reservation, "runId"> {
  return { repo: repoKey(repo), identity: `${repo.forge}:${repoId}` };
}

export function notifierNames(loop: Loop): string[] {
  return loop.notifiers.map((notifier) => notifier.name);
}

/**
 * A link to the run's thread in the executor's own pages; null where that is not known. An issue may be read by anyone,
 * so it never shows an address that was not set for people.
 */
export function threadUrl(loop: Loop, run: Run, reader: "operator" | "anyone"): string | null {
  const thread = currentThread(run);
  const { threadUrlBase, publicThreadUrlBase } = loop.settings.config;
  const base = reader === "operator" ? threadUrlBase : publicThreadUrlBase;
  if (base === null || run.environment === null || thread === null) return null;
  return `${base}/${run.environment}/${thread}`;
}

export const NO_WORKSPACE = "no workspace is set (T3_WORKSPACE_BASE)";

/** Null: none is set. */
export function workspace(loop: Loop, repo: RepoName): string | null {
  const base = loop.settings.config.workspaceBase;
  return base === null ? null : `${base}/${repo.forge}/${repo.owner}/${repo.name}`;
}
