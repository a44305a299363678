/**
 * Typed access to a ledger, and the one place that arms its alarm: the earliest of now (if dirty, after a short
 * coalescing), due acts, the next look of a run and of the candidates.
 */
import { type Act, nextActAt } from "../core/acts.ts";
import type { Sighting } from "../core/gates.ts";
import type { Run } from "../core/run.ts";
import type { RepoName } from "../core/types.ts";
import type { Ledger } from "./ledger.ts";
import {
  type EventRecord,
  type Hearing,
  type IssueRecord,
  parseEvent,
  parseIssue,
  parseRepo,
  parseRun,
  parseSightings,
  type RepoRecord,
} from "./records.ts";

const IDS_KEPT = 500;
const HEARING_MAX = 50;
/** A reconcile that threw met a fault of ours: again soon, but not in a rush. A record is read no better soon. */
const ALARM_RETRY_MS = { fault: 5000, record: 60_000 };

export class Store {
  private readonly ledger: Ledger;
  private readonly name: RepoName;
  private readonly coalesceMs: number;

  constructor(ledger: Ledger, name: RepoName, coalesceMs: number) {
    this.ledger = ledger;
    this.name = name;
    this.coalesceMs = coalesceMs;
  }

  /** Runs `work` as one transaction and arms the alarm in it. */
  transaction<T>(work: () => T): T {
    return this.ledger.transaction(() => {
      const value = work();
      this.arm();
      return value;
    });
  }

  repo(): RepoRecord {
    return parseRepo(this.ledger.get("repo")) ?? fresh(this.name);
  }

  putRepo(repo: RepoRecord): void {
    this.ledger.put("repo", repo);
  }

  run(id: string): Run | null {
    return parseRun(this.ledger.get(`run:${id}`), `run ${id}`);
  }

  putRun(run: Run): void {
    this.ledger.put(`run:${run.id}`, run);
  }

  /** A new run, listed after those before it. */
  addRun(run: Run, repo: RepoRecord): RepoRecord {
    this.putRun(run);
    this.ledger.put(`order:${String(repo.runs).padStart(9, "0")}`, run.id);
    return { ...repo, runs: repo.runs + 1, active: [...repo.active, run.id] };
  }

  activeRuns(): Run[] {
    return this.repo().active.flatMap((id) => this.run(id) ?? []);
  }

  /** Newest first. */
  newestRuns(limit: number): Run[] {
    return this.ledger.list("order:", { reverse: true, limit }).flatMap(([, id]) => this.run(String(id)) ?? []);
  }

  issue(number: number): IssueRecord | null {
    return parseIssue(this.ledger.get(`issue:${number}`), `issue #${number}`);
  }

  putIssue(issue: IssueRecord): void {
    this.ledger.put(`issue:${issue.number}`, issue);
  }

  event(id: string): EventRecord | null {
    return parseEvent(this.ledger.get(`event:${id}`), `label event ${id}`);
  }

  putEvent(id: string, event: EventRecord): void {
    this.ledger.put(`event:${id}`, event);
  }

  /** What was seen of an issue's text with the ready label on, oldest first. */
  sightings(number: number): Sighting[] {
    return parseSightings(this.ledger.get(`sightings:${number}`), `sightings #${number}`)?.seen ?? [];
  }

  putSightings(number: number, seen: Sighting[]): void {
    this.ledger.put(`sightings:${number}`, { v: 1, seen });
  }

  /** Whether this delivery is among the last 500; it is from now on. */
  seenDelivery(id: string): boolean {
    return this.among("deliveries", id);
  }

  /** Whether the command of this comment is among the last 500 that were obeyed; it is from now on. */
  obeyed(comment: string): boolean {
    return this.among("commands", comment);
  }

  /** A comment to be read for a command. Beyond the bound the oldest gives way: strangers may write many. */
  hear(heard: Hearing): void {
    const repo = this.repo();
    const others = (repo.hearing ?? []).filter((one) => one.comment !== heard.comment);
    this.putRepo({ ...repo, hearing: [...others, heard].slice(-HEARING_MAX) });
  }

  private among(key: string, id: string): boolean {
    const kept = this.ledger.get(key);
    const ids = Array.isArray(kept) ? kept.map(String) : [];
    if (ids.includes(id)) return true;
    this.ledger.put(key, [...ids, id].slice(-IDS_KEPT));
    return false;
  }

  /** A wake-up, and what a delivery told about an issue: it is judged before those nobody touched. */
  wake(now: number, delivery: { issue: number | null } | null = null): void {
    const repo = this.repo();
    const dirtyAt = repo.dirty === repo.done ? now : repo.dirtyAt;
    const heard = delivery === null ? {} : { deliveredAt: now };
    const issue = delivery?.issue ?? null;
    const turns = repo.judged ? { judged: repo.judged.filter((number) => number !== issue) } : {};
    this.putRepo({ ...repo, dirty: repo.dirty + 1, dirtyAt, ...heard, ...turns });
    const touched = issue !== null && repo.refused.includes(issue) ? this.issue(issue) : null;
    if (touched) this.putIssue({ ...touched, judgedAt: 0 });
  }

  /** All acts whose due time the alarm must meet. */
  acts(repo: RepoRecord = this.repo(), runs: Run[] = this.activeRuns()): Act[][] {
    const comments = repo.commenting.flatMap((number) => this.issue(number)?.comment ?? []);
    return [repo.acts, comments, ...runs.map((run) => run.acts)];
  }

  private arm(): void {
    const repo = this.repo();
    const runs = repo.active.flatMap((id) => this.run(id) ?? []);
    const times = [
      repo.dirty === repo.done ? null : repo.dirtyAt + this.coalesceMs,
      repo.nextLookAt,
      ...runs.map(nextLookAt),
      ...this.acts(repo, runs).map(nextActAt),
    ].filter((time) => time !== null);
    this.ledger.setAlarm(times.length > 0 ? Math.min(...times) : null);
  }

  /** After a failed reconcile: whatever is stored, look again. Nothing is read or written for it. */
  armRetry(now: number, why: keyof typeof ALARM_RETRY_MS): void {
    this.ledger.setAlarm(now + ALARM_RETRY_MS[why]);
  }
}

/** An ending that waits for its acts is met by their alarms: a look before them would find nothing to do, at once again. */
function nextLookAt(run: Run): number | null {
  if (run.settledAt !== null) return null;
  const waits = run.outcome !== null && run.acts.some((one) => one.holds && one.state === "pending");
  return waits ? null : run.nextLookAt;
}

export function fresh(repo: RepoName): RepoRecord {
  return {
    v: 1,
    repo,
    facts: null,
    dirty: 0,
    done: 0,
    dirtyAt: 0,
    version: 0,
    runs: 0,
    active: [],
    commenting: [],
    refused: [],
    freeze: null,
    acts: [],
    troubles: {},
    nextLookAt: null,
  };
}
