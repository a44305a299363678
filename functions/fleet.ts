/** The one small object that holds what repos share. Its rules are in lib/loop/fleet-book; here they meet storage. */
import { DurableObject } from "cloudflare:workers";
import type { SettingError } from "../lib/core/config.ts";
import type { Pause } from "../lib/core/pause.ts";
import { isSame } from "../lib/core/same.ts";
import { type Forge, type Reading, unread } from "../lib/core/types.ts";
import type { ExecutorSnapshot } from "../lib/executor/executor.ts";
import type { CachedAnswer, Quota } from "../lib/forge/forge.ts";
import type { FleetLimits, Reservation, Reserved, Standing } from "../lib/loop/fleet.ts";
import * as book from "../lib/loop/fleet-book.ts";
import { createExecutor } from "./compose.ts";
import type { Env } from "./env.ts";

export interface SweepDone {
  requests: number;
  carried: number;
  cursor: number;
  answers: Record<string, CachedAnswer>;
  quota: Partial<Record<Forge, Quota>>;
  /** Why a forge's server cannot be served, as far as it was asked. */
  unfit: Partial<Record<Forge, SettingError | null>>;
}

export class Fleet extends DurableObject<Env> {
  private latest: { at: number; reading: Reading<ExecutorSnapshot> } | null = null;
  private reading: Promise<Reading<ExecutorSnapshot>> | null = null;

  async room(one: Omit<Reservation, "runId">, limits: FleetLimits): Promise<Reserved> {
    return book.room(this.record(), one, limits, Date.now());
  }

  async reserve(one: Reservation, limits: FleetLimits): Promise<Reserved> {
    const [record, answer] = book.reserve(this.record(), one, limits, Date.now());
    this.save(record);
    return answer;
  }

  async retake(one: Reservation, limits: FleetLimits): Promise<Reserved> {
    const [record, answer] = book.retake(this.record(), one, limits, Date.now());
    this.save(record);
    return answer;
  }

  async confirm(one: Reservation): Promise<void> {
    this.save(book.confirm(this.record(), one, Date.now()));
  }

  async release(runId: string, thread: "used" | "unused"): Promise<void> {
    this.save(book.release(this.record(), runId, thread));
  }

  /**
   * One read of the executor serves every repo that asks within `maxAgeMs`. `not kept`: asked by a person, it leaves
   * nothing behind.
   */
  async snapshot(maxAgeMs: number, reads: "kept" | "not kept" = "kept"): Promise<Reading<ExecutorSnapshot>> {
    const reading = await this.recentOrNew(maxAgeMs);
    if (reads === "kept") this.noteExecutor(reading);
    return reading;
  }

  /** The pause of all, from now on. */
  async pause(mark: Pause): Promise<Pause> {
    const record = book.pause(this.record(), mark);
    this.save(record);
    return record.paused ?? mark;
  }

  async resume(): Promise<void> {
    this.save(book.resume(this.record()));
  }

  async paused(): Promise<Pause | null> {
    return this.record().paused ?? null;
  }

  async pausedUntil(forge: Forge): Promise<number | null> {
    return this.record().quota[forge]?.pausedUntil ?? null;
  }

  async report(repo: string, standing: Standing, forge: Forge, quota: Quota | null): Promise<void> {
    const next = book.report(this.record(), repo, standing, Date.now());
    this.save(quota === null ? next : book.noteQuota(next, forge, said(quota), Date.now()));
  }

  /** Everything /healthz and the sweep need to know; it writes nothing. */
  async standing() {
    const record = this.record();
    const executor = this.ctx.storage.kv.get("executor");
    return {
      ...record,
      unconfirmed: book.unconfirmed(record, Date.now()),
      executor: isSeen(executor) ? executor : null,
    };
  }

  async sweepAnswers(): Promise<Record<string, CachedAnswer>> {
    const entries = [...this.ctx.storage.kv.list<CachedAnswer>({ prefix: "sweep:" })];
    return Object.fromEntries(entries.map(([key, value]) => [key.slice("sweep:".length), value]));
  }

  async swept(done: SweepDone): Promise<void> {
    const { requests, carried, cursor } = done;
    for (const [key, answer] of Object.entries(done.answers)) this.ctx.storage.kv.put(`sweep:${key}`, answer);
    const before = this.record();
    const unfit = { ...before.unfit, ...done.unfit };
    let record: book.FleetRecord = { ...before, unfit, sweep: { lastAt: Date.now(), requests, carried, cursor } };
    for (const [forge, quota] of Object.entries(done.quota))
      record = book.noteQuota(record, forge, said(quota), Date.now());
    this.save(record);
  }

  private recentOrNew(maxAgeMs: number): Promise<Reading<ExecutorSnapshot>> {
    if (this.latest?.reading.known && Date.now() - this.latest.at <= maxAgeMs)
      return Promise.resolve(this.latest.reading);
    this.reading ??= this.readExecutor().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async readExecutor(): Promise<Reading<ExecutorSnapshot>> {
    const executor = createExecutor(this.env);
    const at = Date.now();
    const reading = executor ? await executor.snapshot() : unread("no executor is set (T3_URL, T3_TOKEN)");
    this.latest = { at, reading };
    return reading;
  }

  /** For /healthz. */
  private noteExecutor(reading: Reading<ExecutorSnapshot>): void {
    const before = this.ctx.storage.kv.get("executor");
    const version = reading.known ? reading.value.environment.version : isSeen(before) ? before.version : null;
    const seen = { reachable: reading.known, version };
    if (!isSame(before, seen)) this.ctx.storage.kv.put("executor", seen);
  }

  private record(): book.FleetRecord {
    return this.ctx.storage.kv.get<book.FleetRecord>("fleet") ?? book.emptyFleet;
  }

  /** Only a change is written. */
  private save(next: book.FleetRecord): void {
    if (!isSame(next, this.record())) this.ctx.storage.kv.put("fleet", next);
  }
}

function said(quota: Quota) {
  return { remaining: quota.remaining, resetAt: Date.parse(quota.resetAtIso) };
}

function isSeen(value: unknown): value is { reachable: boolean; version: string | null } {
  return typeof value === "object" && value !== null && "reachable" in value;
}
