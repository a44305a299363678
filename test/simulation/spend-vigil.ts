/**
 * Rule 4, of money: what a run's record says it spent is what its agents really spent and T3 told of, never more; past
 * its budget it is handed over, and never before. A part of `Rules`, which asks it.
 */
import type { Run } from "../../lib/core/run.ts";
import { count } from "./coverage.ts";
import type { Rules } from "./rules.ts";
import { REQUEST_TOKENS_MAX } from "./spending.ts";
import type { World } from "./world.ts";

/** Two of the slowest looks, a late alarm, and what is read meanwhile. */
const STOPPED_WITHIN_MS = 480_000;
/** Sums of fractions. */
const CENT = 0.01;

interface Cost {
  tokens: number;
  usd: number;
}

export class SpendVigil {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly ended = new Set<string>();
  private readonly counted = new Set<string>();
  private readonly overSince = new Map<string, number>();
  private readonly spendsSince = new Map<string, number>();
  private readonly seen = new WeakSet<Run>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    for (const [, run] of this.world.everyRun()) {
      if (run.outcome === null && this.world.weather.spending.budgetUsd !== null) this.stopped(run);
      if (run.outcome === null) this.asked(run);
      if (this.seen.has(run)) continue;
      this.seen.add(run);
      this.told(run);
      this.decided(run);
      if (run.outcome !== null && !this.counted.has(run.id)) this.counts(run);
    }
  }

  /** Of a record as it was written just now. */
  private told(run: Run): void {
    const { reports, price } = this.world.weather.spending;
    const { tokens, usd } = run.spend;
    const says = (what: string) => this.rules.broken(4, `run ${run.id} ${what}`);
    if (!reports && tokens !== null) says(`tells of ${tokens} tokens, and nobody reported any`);
    if ((usd === null) !== (tokens === null || price === null)) says(`costs ${usd} for ${tokens} tokens`);
    const truth = this.truth(run);
    if (truth === null) return;
    if (tokens !== null && tokens > truth.tokens) says(`tells of ${tokens} tokens, and spent ${truth.tokens}`);
    if (usd !== null && usd > truth.usd + CENT) says(`costs ${usd}, and spent ${truth.usd}`);
  }

  private decided(run: Run): void {
    const { outcome, spend } = run;
    const limit = this.limitOf(run);
    // What leaves its issue is waited for at two looks, and ends then.
    const leaves = run.fenceBeforeWithdraw || run.looks.withdraw !== null;
    // What has passed may wait for a last read before it is closed, if nobody is at work on it.
    const waits = run.seen.verdict === "green" && !this.world.isAtWork(run);
    if (outcome === null && !leaves && !waits && spend.usd !== null && spend.usd > limit)
      this.rules.broken(4, `run ${run.id} goes on, and has spent ${spend.usd} of ${limit}`);
    if (outcome?.reason.code !== "budget" || this.ended.has(run.id)) return;
    this.ended.add(run.id);
    count("fault", "budget-met");
    const truth = this.truth(run);
    if (truth !== null && truth.usd <= limit)
      this.rules.broken(4, `run ${run.id} ends for its budget of ${limit}, and has spent ${truth.usd}`);
  }

  /** Where the executor could be read all the time, what it told of is seen and stopped. */
  private stopped(run: Run): void {
    const { world } = this;
    if (world.mishaps.executor > 0 || world.crashes > 0 || world.alarmless.size > 0 || world.t3.version !== null)
      return;
    const over = (this.costOf(run, (thread) => world.t3.told(thread))?.usd ?? 0) > this.limitOf(run);
    if (!over) return void this.overSince.delete(run.id);
    const since = this.overSince.get(run.id) ?? world.nowMs;
    this.overSince.set(run.id, since);
    if (world.nowMs > since + STOPPED_WITHIN_MS)
      this.rules.broken(4, `run ${run.id} has been over its budget for long, and nobody stops it`);
  }

  /** Where the executor could be read all the time it is asked what an agent spends, though it may show nothing yet. */
  private asked(run: Run): void {
    const { world } = this;
    if (run.usage !== undefined || !world.weather.spending.reports || world.weather.troubles > 0) return;
    if (world.mishaps.executor > 0 || world.crashes > 0 || world.alarmless.size > 0 || world.t3.version !== null)
      return;
    if ((this.truth(run)?.tokens ?? 0) === 0) return void this.spendsSince.delete(run.id);
    const since = this.spendsSince.get(run.id) ?? world.nowMs;
    this.spendsSince.set(run.id, since);
    if (world.nowMs > since + STOPPED_WITHIN_MS)
      this.rules.broken(4, `run ${run.id} spends for long, and nobody has asked what`);
  }

  /** Where nothing went wrong a run that is decided has counted what its looks were told; what its fence is told later nobody counts. */
  private counts(run: Run): void {
    this.counted.add(run.id);
    const { world } = this;
    if (world.mishaps.executor > 0 || world.crashes > 0 || !world.weather.spending.reports) return;
    const told = this.costOf(run, (thread) => world.t3.told(thread));
    // The last may have been shown to another read of its thread alone: that of its last words, say.
    if (told !== null && (run.spend.tokens ?? 0) < told.tokens - REQUEST_TOKENS_MAX)
      this.rules.broken(4, `run ${run.id} tells of ${run.spend.tokens} tokens, and was told of ${told.tokens}`);
  }

  private limitOf(run: Run): number {
    return Math.min(run.limits.budgetUsd, Number(this.world.settings.AFK_BUDGET_USD || "100"));
  }

  /** As the stand-in knows it, told or not. */
  private truth(run: Run): Cost | null {
    return this.costOf(run, (thread) => this.world.t3.spent(thread));
  }

  /** Null: the executor has forgotten, or the run has no thread. */
  private costOf(run: Run, of: (thread: string) => Record<string, { input: number; output: number }>): Cost | null {
    const { world } = this;
    if (run.threads.length === 0 || world.forgotAt >= run.startedAt || world.isLeft(run)) return null;
    const { price } = world.weather.spending;
    const cost = { tokens: 0, usd: 0 };
    for (const turn of run.threads.flatMap((thread) => Object.values(of(thread)))) {
      cost.tokens += turn.input + turn.output;
      cost.usd += (turn.input * (price?.in ?? 0) + turn.output * (price?.out ?? 0)) / 1_000_000;
    }
    return cost;
  }
}
