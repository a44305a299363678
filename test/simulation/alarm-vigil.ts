/** Rule 7: a ledger that owes something has an alarm for it. A part of `Rules`, asked after every step. */
import { type Pending, runsOf } from "./ledger-records.ts";
import type { Rules } from "./rules.ts";
import type { Disk } from "./storage.ts";
import type { World } from "./world.ts";

/** How much later than what is due an alarm may be. */
const LATE_MS = 10_000;

type RepoRecord = Pending & { dirty: number; done: number };

export class AlarmVigil {
  private readonly world: World;
  private readonly rules: Rules;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    const { world } = this;
    for (const [name, disk] of world.ledgerDisks()) {
      const repo = disk.data.get("repo") as RepoRecord | undefined;
      if (repo && !world.alarms.isRinging(name)) this.check(name, disk, repo);
    }
  }

  private check(name: string, disk: Disk, repo: RepoRecord): void {
    const { world, rules } = this;
    if (world.deliveries.unseen.has(name) && repo.dirty === repo.done)
      rules.broken(7, `${name} is marked clean, and a delivery was not looked at`);
    if (world.alarmless.has(name)) return;
    const owes = repo.dirty !== repo.done || repo.active.length > 0 || repo.commenting.length > 0;
    if (owes && disk.alarmAt === null) rules.broken(7, `${name} owes something and has no alarm`);
    if (disk.alarmAt === null) return;
    const due = dueTimes(disk);
    const earliest = Math.max(Math.min(...due), world.nowMs);
    if (due.length > 0 && disk.alarmAt > earliest + LATE_MS)
      rules.broken(7, `the alarm of ${name} is later than what is due`);
  }
}

/** Of the next look at each run under way, and of each act that waits for no other. */
function dueTimes(disk: Disk): number[] {
  return runsOf(disk).flatMap((run) => [
    ...(run.outcome === null ? [run.nextLookAt] : []),
    ...run.acts.filter((one) => one.state === "pending" && one.after.length === 0).map((one) => one.dueAt),
  ]);
}
