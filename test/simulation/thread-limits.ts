/** Rule 4, of threads: never more in any hour, nor in all, than the limits allow. A part of `Rules`. */
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

const HOUR_MS = 3_600_000;
/** Between the room for a thread and the claim that is stored; where a ledger died between the two, a sweep comes first. */
const CLAIM_MS = 30_000;
const CLAIM_ANEW_MS = 900_000;

export class ThreadLimits {
  private readonly world: World;
  private readonly rules: Rules;
  private threads = 0;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    const { world } = this;
    const { settings, threadsMade, threadsPerDay } = world;
    const threads = world.t3.dispatched.threads();
    if (threads.length === this.threads) return;
    this.threads = threads.length;
    const claims = this.claims(new Set(threads.map(({ threadId }) => threadId)));
    const most = Number(settings.AFK_THREADS_PER_HOUR);
    const hourMs = HOUR_MS - (world.crashes > 0 ? CLAIM_ANEW_MS : CLAIM_MS);
    for (const from of claims) {
      const within = claims.filter((at) => at >= from && at < from + hourMs).length;
      if (within > most) this.rules.broken(4, `${within} threads within the hour, ${most} may be`);
    }
    // No history here is as long as a day.
    if (threadsMade > threadsPerDay)
      this.rules.broken(4, `${threadsMade} threads within the day, ${threadsPerDay} may be`);
  }

  /** When the runs of these threads were claimed: a thread is counted then, and made a little later. */
  private claims(threads: Set<string>): number[] {
    const ofRun = (id: string) => [...threads].some((thread) => thread.startsWith(`afk-${id}`));
    return [...this.world.everyRun()].flatMap(([, { id, startedAt }]) => (ofRun(id) ? [startedAt] : []));
  }
}
