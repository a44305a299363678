/** What the fleet sees of the executor, for every repo that asks. */
import { isSame } from "../lib/core/same.ts";
import { type Reading, unread } from "../lib/core/types.ts";
import { type ExecutorSnapshot, NO_EXECUTOR } from "../lib/executor/executor.ts";
import { createExecutor } from "./compose.ts";
import type { Env } from "./env.ts";
import type { Meter } from "./meter.ts";

/** At its last read, for /healthz. */
export interface ExecutorSeen {
  reachable: boolean;
  version: string | null;
}

const KEY = "executor";

export class ExecutorSight {
  private latest: { at: number; reading: Reading<ExecutorSnapshot> } | null = null;
  private reading: Promise<Reading<ExecutorSnapshot>> | null = null;
  private readonly env: Env;
  private readonly kv: SyncKvStorage;
  private readonly meter: Meter;

  constructor(env: Env, kv: SyncKvStorage, meter: Meter) {
    this.env = env;
    this.kv = kv;
    this.meter = meter;
  }

  /** One that is no older than `maxAgeMs`; those who ask meanwhile wait for the same read. */
  recentOrNew(maxAgeMs: number): Promise<Reading<ExecutorSnapshot>> {
    const ageMs = Date.now() - (this.latest?.at ?? 0);
    // Negative: the machine's clock was set back, and how old it is nobody knows.
    if (this.latest?.reading.known && ageMs >= 0 && ageMs <= maxAgeMs) return Promise.resolve(this.latest.reading);
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  /** Null: it was not read yet. */
  seen(): ExecutorSeen | null {
    const kept = this.kv.get(KEY);
    return isSeen(kept) ? kept : null;
  }

  note(reading: Reading<ExecutorSnapshot>): void {
    const before = this.seen();
    const version = reading.known ? reading.value.environment.version : (before?.version ?? null);
    const now = { reachable: reading.known, version };
    if (!isSame(before, now)) this.kv.put(KEY, now);
  }

  private async read(): Promise<Reading<ExecutorSnapshot>> {
    const executor = createExecutor(this.env, this.meter);
    const at = Date.now();
    const reading = executor ? await executor.snapshot() : unread(NO_EXECUTOR);
    this.latest = { at, reading };
    return reading;
  }
}

function isSeen(value: unknown): value is ExecutorSeen {
  return typeof value === "object" && value !== null && "reachable" in value;
}
