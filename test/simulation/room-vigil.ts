/**
 * Rule 10, of what there is room for: one alarm makes no more requests than the platform lets it, and in a repo that is
 * never quiet what is ready gets its turn. A part of `Rules`.
 */
import type { Rules } from "./rules.ts";
import type { Leaving } from "./traffic.ts";
import type { World } from "./world.ts";

/** Cloudflare's smallest plan. */
const REQUESTS_MAX = 50;
/** Of a poll that is due: those of a ledger that looks on and on, and comes to it in none. */
const ALARMS_MAX = 10;
const CANDIDATES = /^\/repos\/[^/]+\/[^/]+\/issues$/;

export class RoomVigil {
  private readonly world: World;
  private readonly rules: Rules;
  /** By ledger: requests since its last alarm. */
  private readonly asked = new Map<string, number>();
  /** By ledger: its alarms since a poll of it was due. */
  private readonly passed = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  leaving({ path }: Leaving, by: string): void {
    const asked = (this.asked.get(by) ?? 0) + 1;
    this.asked.set(by, asked);
    // One that is rung beside another has as many of its own.
    if (asked === REQUESTS_MAX + 1 && this.world.weather.alarmOverlaps === 0)
      this.rules.broken(10, `${by} makes its request ${asked} in one alarm`);
    if (CANDIDATES.test(path)) this.passed.delete(by);
  }

  reconcile(ledger: string): void {
    this.asked.set(ledger, 0);
    const { nextLookAt = null } = (this.world.ledgers.disk(ledger).data.get("repo") ?? {}) as {
      nextLookAt?: number | null;
    };
    if (nextLookAt === null || nextLookAt > this.world.nowMs) return void this.passed.delete(ledger);
    const passed = (this.passed.get(ledger) ?? 0) + 1;
    this.passed.set(ledger, passed);
    if (passed > ALARMS_MAX + this.world.crashes) this.rules.broken(10, `${ledger} never comes to what is ready`);
  }
}
