/** What the loop runs on: its ledgers and its fleet, and how they die. */
import { Fleet } from "../../functions/fleet.ts";
import { RepoLedger } from "../../functions/repo-ledger.ts";
import { count } from "./coverage.ts";
import { type ObjectClass, Objects } from "./platform.ts";
import type { Incarnation } from "./storage.ts";
import type { World } from "./world.ts";

export class Machine {
  readonly ledgers: Objects;
  readonly fleet: Objects;
  crashes = 0;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    const hooks = {
      diesAtWrite: (incarnation: Incarnation) => this.dies(world.weather.crashAtWrite, incarnation, "at a write"),
      onAlarm: (name: string, at: number | null) => world.alarms.arm(name, at),
    };
    this.ledgers = new Objects(RepoLedger as unknown as ObjectClass, () => world.env, hooks);
    this.fleet = new Objects(Fleet as unknown as ObjectClass, () => world.env, hooks);
  }

  dies(probability: number, incarnation: Incarnation, where: string): boolean {
    const { world } = this;
    const { platform } = world.random;
    const fragile = world.weather.special === "fleet-dies" && incarnation.name === "fleet";
    if (!world.stormy || !platform.chance(fragile ? 0.2 : probability)) return false;
    this.crashes++;
    count("fault", `crash-${where.replaceAll(" ", "-")}`);
    world.tell(`      CRASH of ${incarnation.name} ${where}`);
    if (platform.chance(0.3)) {
      count("fault", "machine-down");
      this.killAll();
    }
    return true;
  }

  /** The machine goes down, or a new release comes up. */
  killAll(): void {
    this.ledgers.killAll();
    this.fleet.killAll();
  }
}
