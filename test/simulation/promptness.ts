/**
 * In time, and not in haste: a run is decided when its whole time is over (rule 5), and no ledger looks again and again
 * where nothing has changed (rule 10). A part of `Rules`.
 */
import type { Run } from "../../lib/core/run.ts";
import { waitedMs } from "./ledger-records.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

const LOOK_MS = 30_000;
/** One whose reads hang, or that died and began anew. */
const HARD_LOOK_MS = 120_000;
/** What a ledger without an alarm waits for: the sweep after one that was missed, and what it finds. */
const SWEEPS = 2;
const UNRUNG_MS = 420_000;
const MINUTE_MS = 60_000;
/** Several looks at several runs, the deliveries of a busy repo, late and doubled, acts that fail and are due again. */
const RECONCILES_MAX = 80;

export class Promptness {
  private readonly world: World;
  private readonly rules: Rules;
  /** By ledger: when it was last rung, within a minute. */
  private readonly rung = new Map<string, number[]>();
  /** Ledgers whose alarm was given up at some time. */
  private readonly unrung = new Set<string>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  reconcile(ledger: string): void {
    const { nowMs } = this.world;
    const rung = (this.rung.get(ledger) ?? []).filter((at) => at > nowMs - MINUTE_MS);
    rung.push(nowMs);
    this.rung.set(ledger, rung);
    if (rung.length > RECONCILES_MAX + this.world.crashes) this.rules.broken(10, `${ledger} looks again and again`);
  }

  afterStep(): void {
    const { world } = this;
    for (const ledger of world.alarmless) this.unrung.add(ledger);
    for (const [ledger, run] of world.everyRun())
      if (run.outcome === null && world.nowMs > this.lastMs(ledger, run))
        this.rules.broken(5, `run ${run.id} of ${ledger} is not decided in time`);
  }

  /** What it waits for people is not its time. */
  private lastMs(ledger: string, run: Run): number {
    const { weather, nowMs, mishaps, crashes } = this.world;
    const lookMs = mishaps.forge + mishaps.executor + crashes > 0 ? HARD_LOOK_MS : LOOK_MS;
    const overMs = run.startedAt + waitedMs(run, nowMs) + run.limits.runMs;
    const lateMs = this.unrung.has(ledger) ? weather.sweepMs * SWEEPS + UNRUNG_MS : weather.alarmLateMsMax;
    return overMs + lateMs + lookMs;
  }
}
