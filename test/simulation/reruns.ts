/** What CI the loop has had run again: of each run how often (rule 4), of each commit when. A part of `Rules`. */
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

const RERUN = /\/repos\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)\/rerun-failed-jobs/;
const TIMES_MAX = 2;

export class Reruns {
  private readonly world: World;
  private readonly rules: Rules;
  /** By run of CI. */
  private readonly times = new Map<string, number>();
  /** By commit: the last time. */
  private readonly at = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  served(path: string): void {
    const { world } = this;
    const [, repo = "", runId] = RERUN.exec(path) ?? [];
    if (runId === undefined) return;
    this.at.set(world.forge.runOf(repo, Number(runId))?.sha ?? "", world.nowMs);
    const times = (this.times.get(runId) ?? 0) + 1;
    this.times.set(runId, times);
    if (times > TIMES_MAX + world.mishaps.forge + world.crashes)
      this.rules.broken(4, `CI run ${runId} was run again ${times} times`);
  }

  /** Null: never. */
  lastOf(sha: string): number | null {
    return this.at.get(sha) ?? null;
  }
}
