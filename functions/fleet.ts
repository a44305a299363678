/** The one small object that holds what repos share. Its rules are in lib/loop/fleet-book; here they meet storage. */
import { DurableObject } from "cloudflare:workers";
import type { KeptNotice, KeptNotices, Ring } from "../lib/core/notices.ts";
import type { Pause } from "../lib/core/pause.ts";
import { isSame } from "../lib/core/same.ts";
import { added, type Tally } from "../lib/core/tally.ts";
import type { Forge, Reading } from "../lib/core/types.ts";
import type { ExecutorSnapshot } from "../lib/executor/executor.ts";
import { type CachedAnswer, emptyMemory, type ForgeMemory } from "../lib/forge/forge.ts";
import type { FleetLimits, LedgerStanding, Reservation, Reserved } from "../lib/loop/fleet.ts";
import * as book from "../lib/loop/fleet-book.ts";
import { noteLimited, noteQuota, pausedUntil } from "../lib/loop/fleet-quota.ts";
import { noteSweep, type SweepTold } from "../lib/loop/fleet-swept.ts";
import { RecordError } from "../lib/loop/migrations.ts";
import type { Learnt } from "./compose.ts";
import type { Env } from "./env.ts";
import { ExecutorSight } from "./executor-sight.ts";
import { Meter } from "./meter.ts";

export interface SweepDone extends SweepTold {
  answers: Record<string, CachedAnswer>;
  memory: ForgeMemory;
  tally: Tally | null;
}

/** Bells about the record, where it cannot be read: nothing is written over it. */
const BESIDES = "notices";

export class Fleet extends DurableObject<Env> {
  /** Of the sweep, which has none itself. With the fleet it dies, for no token is stored; which installation a repo has is. */
  private memory: ForgeMemory = emptyMemory();
  /** Its own calls: counted with the next report of whoever asked for them. */
  private readonly meter = new Meter();
  private readonly executor = new ExecutorSight(this.env, this.ctx.storage.kv, this.meter);

  /** `not kept`: asked by a person, it is no wish for a place. */
  async room(
    one: Omit<Reservation, "runId">,
    limits: FleetLimits,
    reads: "kept" | "not kept" = "kept",
  ): Promise<Reserved> {
    const [record, answer] = book.room(this.record(), one, limits, Date.now());
    if (reads === "kept") this.save(record);
    return answer;
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
    const reading = await this.executor.recentOrNew(maxAgeMs);
    if (reads === "kept") this.executor.note(reading);
    return reading;
  }

  /** Told by `npm start`, before each sweep. */
  async disk(freeBytes: number): Promise<void> {
    this.save(book.noteDisk(this.record(), { freeBytes, at: Date.now() }));
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
    return pausedUntil(this.record(), forge);
  }

  async report(
    repo: string,
    standing: LedgerStanding,
    forge: Forge,
    { quota, limitedUntil }: Learnt,
    tally: Tally | null,
  ): Promise<void> {
    let next = this.withCounts(book.report(this.record(), repo, standing, Date.now()), tally);
    if (quota) next = noteQuota(next, forge, quota, Date.now());
    if (limitedUntil) next = noteLimited(next, forge, limitedUntil);
    this.save(next);
  }

  async hold(repo: string, why: string): Promise<void> {
    this.save(book.hold(this.record(), repo, why));
  }

  /** Everything /healthz and the sweep need to know; it writes nothing. `unread`: why it does not know it. */
  async standing() {
    const { record, unread } = this.recordOrWhy();
    return {
      ...record,
      ...(unread === null ? {} : { notices: this.besides() }),
      unread,
      unconfirmed: book.unconfirmed(record, Date.now()),
      executor: this.executor.seen(),
    };
  }

  async sweepAnswers(): Promise<Record<string, CachedAnswer>> {
    const entries = [...this.ctx.storage.kv.list<CachedAnswer>({ prefix: "sweep:" })];
    return Object.fromEntries(entries.map(([key, value]) => [key.slice("sweep:".length), value]));
  }

  async sweepMemory(): Promise<ForgeMemory> {
    const { ids, tokens } = this.memory.installations;
    const kept = this.ctx.storage.kv.get<typeof ids>("installations") ?? {};
    return { ...this.memory, installations: { ids: { ...kept, ...ids }, tokens } };
  }

  /** Gives what must be rung. */
  async swept(done: SweepDone): Promise<{ rings: Ring[]; news: KeptNotice[] }> {
    // A worker of an older release tells none.
    this.memory = done.memory ?? this.memory;
    this.keepInstallations();
    for (const [key, answer] of Object.entries(done.answers)) this.ctx.storage.kv.put(`sweep:${key}`, answer);
    const besides = this.besides();
    const told = { ...done, limited: done.limited ?? {} };
    const found = noteSweep(book.withNotices(this.record(), besides), told, Date.now());
    this.save(this.withCounts(found.record, done.tally));
    if (Object.keys(besides).length > 0) this.ctx.storage.kv.delete(BESIDES);
    return { rings: found.rings, news: found.news };
  }

  /** Instead of `swept` where the record cannot be read. */
  async sweptUnread(notifiers: string[]): Promise<Ring[]> {
    const found = book.unreadNotices(this.besides(), this.recordOrWhy().unread, notifiers, Date.now());
    this.ctx.storage.kv.put(BESIDES, found.kept);
    return found.rings;
  }

  async rung(bells: book.Rung[], tally: Tally | null): Promise<void> {
    const { record, unread } = this.recordOrWhy();
    if (unread === null) this.save(this.withCounts(book.noteRung(record, bells), tally));
    else this.ctx.storage.kv.put(BESIDES, book.rungAmong(this.besides(), bells));
  }

  private besides(): KeptNotices {
    return this.ctx.storage.kv.get<KeptNotices>(BESIDES) ?? {};
  }

  private keepInstallations(): void {
    const { ids } = this.memory.installations;
    const { kv } = this.ctx.storage;
    // What was forgotten is forgotten here too, the last one as well.
    if (!isSame(ids, kv.get("installations") ?? {})) kv.put("installations", ids);
  }

  private withCounts(record: book.FleetRecord, tally: Tally | null): book.FleetRecord {
    const own = this.meter.take();
    return book.noteTally(record, own === null || tally === null ? (own ?? tally) : added(own, tally));
  }

  private record(): book.FleetRecord {
    return book.parseFleet(this.ctx.storage.kv.get("fleet")) ?? book.emptyFleet;
  }

  private recordOrWhy(): { record: book.FleetRecord; unread: string | null } {
    try {
      return { record: this.record(), unread: null };
    } catch (error) {
      if (error instanceof RecordError) return { record: book.emptyFleet, unread: error.message };
      throw error;
    }
  }

  /** Only a change is written. */
  private save(next: book.FleetRecord): void {
    if (!isSame(next, this.record())) this.ctx.storage.kv.put("fleet", next);
  }
}
