/**
 * People who pause a repo, or all, and resume it before the weather is over. Dealt last and from a stream of their own:
 * where nobody pauses, a seed is the history it would be without them.
 */
import type { Pause } from "../../lib/core/pause.ts";
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import { Crash } from "./storage.ts";
import { START_MS, type World } from "./world.ts";

const SEEDS_PAUSED = 0.06;
/** Who asks and is answered nothing asks again. */
const AGAIN_MS = 5000;

export class Pausers {
  private readonly world: World;
  private readonly random: Random;

  constructor(world: World) {
    this.world = world;
    this.random = new Random(world.seed, "pausing");
  }

  begin(): void {
    const { world, random } = this;
    if (world.weather.special !== null || !random.chance(SEEDS_PAUSED)) return;
    const { weatherMs } = world.weather;
    const repo = random.chance(0.3) ? null : random.pick(world.busyRepos);
    const from = START_MS + random.int(90_000, Math.floor(weatherMs * 0.7));
    const until = Math.min(from + random.int(1, 10) * 60_000, START_MS + weatherMs - 1000);
    world.at(from, "", () => this.pause(repo), "top");
    world.at(until, "", () => this.resume(repo), "top");
  }

  /** Null: every repo. */
  async pause(repo: string | null): Promise<void> {
    const { world } = this;
    const mark: Pause = { at: world.nowMs, by: repo === null ? null : "lead", via: "api" };
    count("fault", repo === null ? "people-pause-all" : "people-pause");
    world.tell(`${repo ?? "every repo"} is paused`);
    await this.ask(repo, "pause", [mark], () => world.paused.add(repo ?? "all"));
  }

  async resume(repo: string | null): Promise<void> {
    const { world } = this;
    world.tell(`${repo ?? "every repo"} is resumed`);
    world.paused.delete(repo ?? "all");
    await this.ask(repo, "resume", [], () => {});
  }

  private async ask(repo: string | null, method: string, args: unknown[], then: () => unknown): Promise<void> {
    const { world } = this;
    const key = world.key(repo ?? "");
    world.onAsked(repo === null ? "fleet" : key);
    try {
      if (repo === null) await world.fleet.call("fleet", method, args);
      else await world.ledgers.call(key, method, [key, ...args]);
      then();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      world.after(AGAIN_MS, "", () => this.ask(repo, method, args, then), "top");
    }
  }
}
