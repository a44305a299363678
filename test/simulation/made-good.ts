/**
 * Rule 7, of the calm: what nobody told is made good within two sweeps. An issue that nothing stands in the way of is
 * claimed by then, where nothing is in flight that it would have to wait for. A part of `Rules`, asked before each sweep.
 */
import { mayHaveThread } from "../../lib/core/run.ts";
import { inFlight } from "./ledger-records.ts";
import { heldByFleet, waitsForNothing } from "./restless.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

const SWEEPS = 2;
/** What was started within so long may still count for the hour. */
const HOUR_MS = 4_500_000;

export class MadeGood {
  private readonly world: World;
  private readonly rules: Rules;
  /** By issue: the sweeps through which it has waited. */
  private waiting = new Map<string, number>();
  /** All runs there were at the last sweep: another one since has been waited for. */
  private runs = 0;
  private wasSpent = false;
  /** By run that no ledger has: the sweeps through which a place was held for it. */
  private unstored = new Map<string, number>();
  private crashes = 0;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    // Nothing starts until the reset that was told then.
    if ((this.world.records.quota()?.left ?? Number.POSITIVE_INFINITY) <= 50) this.wasSpent = true;
  }

  beforeSweep(): void {
    const { world, rules } = this;
    this.reservations();
    const before = this.waiting;
    const runs = [...world.everyRun()].length;
    const isSame = runs === this.runs;
    this.runs = runs;
    this.waiting = new Map();
    if (!this.isClear()) return;
    for (const repo of world.repoNames.filter((name) => this.mayStartIn(name)))
      for (const issue of world.forge.issues(repo)) {
        if (!waitsForNothing(world, rules, repo, issue)) continue;
        const key = `${repo}#${issue.number}`;
        const sweeps = isSame ? (before.get(key) ?? -1) + 1 : 0;
        this.waiting.set(key, sweeps);
        if (sweeps >= SWEEPS) rules.broken(7, `${key} is ready, and ${SWEEPS} sweeps have not started it`);
      }
  }

  /** Rule 10: a place that no stored run has is let go by the sweep after a minute. */
  private reservations(): void {
    const { world, rules } = this;
    const runs = new Set([...world.everyRun()].map(([, run]) => run.id));
    const before = this.unstored;
    this.unstored = new Map();
    for (const id of heldByFleet(world)) {
      if (runs.has(id)) continue;
      const sweeps = (before.get(id) ?? 0) + 1;
      this.unstored.set(id, sweeps);
      if (sweeps > SWEEPS + 1 && world.crashes === this.crashes)
        rules.broken(10, `a place is held for ${id}, which no ledger has`);
    }
    this.crashes = world.crashes;
  }

  /** What somebody did as the weather ended may last into the calm. */
  private mayStartIn(repo: string): boolean {
    const { world } = this;
    const key = world.key(repo);
    return world.armed && world.isEnrolled(key) && !world.isPaused(key);
  }

  /** Nobody disturbs the loop, it holds nothing, and there is room. More repos than a sweep reads take more sweeps. */
  private isClear(): boolean {
    const { world } = this;
    if (world.stormy || world.weather.special === "many-repos" || this.wasSpent) return false;
    if (heldByFleet(world).length > 0 || world.ledgerDisks().some(([, disk]) => inFlight(disk))) return false;
    return this.startedLately() < Number(world.settings.AFK_THREADS_PER_HOUR);
  }

  /** A try that failed may have made its thread all the same, for all the loop knows. */
  private startedLately(): number {
    const { world } = this;
    const since = world.nowMs - HOUR_MS;
    const made = world.t3.dispatched.threads().filter(({ at }) => at > since).length;
    const tried = [...world.everyRun()].filter(([, run]) => run.startedAt > since && mayHaveThread(run)).length;
    return Math.max(made, tried);
  }
}
