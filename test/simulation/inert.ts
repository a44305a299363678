/**
 * Rule 1, of what stays still while nothing may start and nothing is in flight: no ledger is written or asks anybody, the
 * fleet neither, and the sweep asks nobody anything. What was noted before is settled first: that is the one change that
 * may come. An alarm that a platform rings once more writes down what is there already. A part of `Rules`, asked after
 * every step and of each request that leaves.
 */
import { hears, inFlight } from "./ledger-records.ts";
import type { Rules } from "./rules.ts";
import type { Disk } from "./storage.ts";
import { isMerge, type Leaving } from "./traffic.ts";
import type { World } from "./world.ts";

interface Kept {
  writes: number;
  data: Map<string, unknown>;
}

interface FleetRecord {
  reservations: Record<string, { repo: string }>;
  standings: Record<string, { inFlight: object[]; waiting?: number; actsPending: number }>;
}

interface RepoRecord {
  dirty: number;
  done: number;
  nextLookAt: number | null;
}

export class Inert {
  private readonly world: World;
  private readonly rules: Rules;
  /** What was to be still at the last step, by name, as it was. */
  private still = new Map<string, Kept>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  /** What is asked for no ledger and not by the fleet, the sweep asks. */
  leaving({ method, path, by }: Leaving): void {
    const { world } = this;
    const [, repo] = /^\/repos\/([^/]+\/[^/]+)/.exec(path) ?? [];
    if (by === null && !world.armed && world.armedSweeps === 0)
      this.rules.broken(1, `the sweep asks ${method} ${path} while disarmed`);
    if (by === null && repo !== undefined && !world.isEnrolled(world.key(repo)))
      this.rules.broken(1, `the sweep asks ${method} ${path}, which is not enrolled`);
    if (by === "fleet" && !world.armed && this.isAllStill())
      this.rules.broken(1, `the fleet asks ${method} ${path} while disarmed with nothing in flight`);
  }

  /** A ledger asks: also while it is paused. */
  ledgerAsks(by: string, asked: Leaving): void {
    const { world, rules } = this;
    const { method, path, body } = asked;
    const disk = world.ledgers.disk(by);
    const disarmed = !world.armed || !world.isEnrolled(by);
    if ((disarmed || world.isPaused(by)) && (isMerge(asked) || /"thread\.[a-z-]+\.respond"/.test(body)))
      rules.broken(1, `${by} asks ${method} ${path} while it is to start nothing`);
    if (disarmed && !inFlight(disk))
      rules.broken(1, `${by} asks ${method} ${path} while disarmed with nothing in flight`);
    // What would resume it is heard.
    if (world.isPaused(by) && !inFlight(disk) && !hears(disk))
      rules.broken(1, `${by} asks ${method} ${path} while paused with nothing in flight`);
  }

  /** An operator asks: what it changes is his. */
  asked(name: string): void {
    this.still.delete(name);
  }

  afterStep(): void {
    const { world } = this;
    const still = new Map<string, Kept>();
    for (const [key, disk] of world.ledgerDisks()) {
      if (world.armed && world.isEnrolled(key)) continue;
      this.compare(key, disk);
      if (this.isStill(key, disk)) still.set(key, this.kept(key, disk));
    }
    if (!world.armed) {
      const fleet = world.fleet.disk("fleet");
      this.compare("fleet", fleet);
      if (this.isAllStill()) still.set("fleet", this.kept("fleet", fleet));
    }
    this.still = still;
  }

  private compare(name: string, { writes, data }: Disk): void {
    const before = this.still.get(name);
    if (before === undefined || before.writes === writes) return;
    if (JSON.stringify([...before.data]) !== JSON.stringify([...data]))
      this.rules.broken(1, `${name} is changed while disarmed with nothing in flight`);
  }

  private kept(name: string, { writes, data }: Disk): Kept {
    const before = this.still.get(name);
    return before?.writes === writes ? before : { writes, data: new Map(data) };
  }

  private isAllStill(): boolean {
    return this.world.ledgerDisks().every(([key, disk]) => this.isStill(key, disk));
  }

  /** In the fleet's eyes too: what a ledger died before it told is told again. */
  private isStill(key: string, disk: Disk): boolean {
    const fleet = this.world.fleet.disk("fleet").data.get("fleet") as FleetRecord | undefined;
    const standing = fleet?.standings[key];
    if (standing && standing.inFlight.length + (standing.waiting ?? 0) + standing.actsPending > 0) return false;
    if (Object.values(fleet?.reservations ?? {}).some(({ repo }) => repo === key)) return false;
    // Or what the fleet died of before it was kept.
    if (this.world.crashes > 0 && disk.alarmAt !== null) return false;
    return owesNothing(disk);
  }
}

function owesNothing(disk: Disk): boolean {
  const repo = disk.data.get("repo") as RepoRecord | undefined;
  if (repo === undefined) return true;
  return repo.dirty === repo.done && repo.nextLookAt === null && !inFlight(disk) && !hears(disk);
}
