/** A ledger's alarms, as its platform rings them: late, twice, again while one is under way, and given up at last. */
import { count, rowName } from "./coverage.ts";
import { runsOf } from "./ledger-records.ts";
import { Crash, type Disk } from "./storage.ts";
import { DELAY_MS_NOTED, type World } from "./world.ts";

const OVERLAP_MS_MAX = 400;
/** A platform tries a failed alarm again. */
const ALARM_RETRY_MS = 2_000;

export class Alarms {
  private readonly world: World;
  private readonly newest = new Map<string, number>();
  private readonly ringing = new Set<string>();

  constructor(world: World) {
    this.world = world;
  }

  arm(name: string, at: number | null): void {
    const token = (this.newest.get(name) ?? 0) + 1;
    this.newest.set(name, token);
    if (at === null || this.ringing.has(name)) return;
    this.world.alarmless.delete(name);
    const late = this.world.stormy ? this.world.random.platform.int(0, this.world.weather.alarmLateMsMax) : 0;
    if (late > DELAY_MS_NOTED) count("fault", "alarm-late");
    this.world.at(Math.max(at, this.world.nowMs) + late, "", () => this.alarm(name, token), "aside");
  }

  private async alarm(name: string, token: number): Promise<void> {
    if (this.newest.get(name) !== token || this.ringing.has(name)) return;
    const disk = this.world.ledgers.disk(name);
    if (disk.alarmAt === null || disk.alarmAt > this.world.nowMs) return;
    disk.alarmAt = null;
    if (this.isDropped(name)) return;
    this.ringing.add(name);
    this.world.reconciles++;
    this.world.onReconcile(name);
    this.world.deliveries.looksAt(name);
    // It begins a few turns of the queue later.
    void Promise.resolve()
      .then(() => {})
      .then(() => {})
      .then(() => {})
      .then(() => this.world.deliveries.looksAt(name));
    if (hasSettled(disk)) count("row", rowName(1));
    if (this.world.stormy && this.world.random.platform.chance(this.world.weather.alarmOverlaps))
      this.world.after(this.world.random.platform.int(0, OVERLAP_MS_MAX), "", () => this.ringBeside(name), "aside");
    let failed = false;
    try {
      await this.world.ledgers.call(name, "alarm", []);
    } catch (error) {
      failed = true;
      if (!(error instanceof Crash))
        this.world.tell(`!!    the alarm threw: ${error instanceof Error ? error.stack : error}`);
    }
    this.ringing.delete(name);
    if (failed && disk.alarmAt === null) disk.alarmAt = this.world.nowMs + ALARM_RETRY_MS;
    const twice = this.world.stormy && this.world.random.platform.chance(this.world.weather.alarmTwice);
    if (twice) count("fault", "alarm-twice");
    if (twice) disk.alarmAt = Math.min(disk.alarmAt ?? this.world.nowMs, this.world.nowMs);
    this.arm(name, disk.alarmAt);
  }

  /** A platform tries an alarm a few times, and then no more. */
  private isDropped(name: string): boolean {
    if (!this.world.stormy || this.world.weather.special !== "alarm-dropped" || !name.includes(":")) return false;
    // A sweep wakes only what it knows to be in flight.
    const isInFlight = runsOf(this.world.ledgers.disk(name)).some((run) => run.settledAt === null);
    if (!isInFlight || !this.world.random.platform.chance(0.1)) return false;
    this.world.tell(`      the alarm of ${name} is given up`);
    this.world.alarmless.add(name);
    return true;
  }

  /** The same alarm while it is under way: at least once is what a platform promises, and not one at a time. */
  private async ringBeside(name: string): Promise<void> {
    if (!this.ringing.has(name)) return;
    count("fault", "overlap-of-itself");
    this.world.deliveries.looksAt(name);
    try {
      await this.world.ledgers.call(name, "alarm", []);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  isRinging(name: string): boolean {
    return this.ringing.has(name);
  }
}

function hasSettled(disk: Disk): boolean {
  for (const [key, value] of disk.data)
    if (key.startsWith("run:") && (value as { settledAt: number | null }).settledAt !== null) return true;
  return false;
}
