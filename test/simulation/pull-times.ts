/**
 * Since when each pull request has been what it is, as the forge itself knows it. And rule 4, of pull requests: one of a
 * branch at a time, and another only once it has landed. A part of `PullVigil`, asked whenever the forge told of anything.
 */
import type { SeenPull } from "../fakes/forge/pulls.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

export class PullTimes {
  private readonly world: World;
  private readonly rules: Rules;
  /** Each by `repo#number`. */
  private readonly openSince = new Map<string, number>();
  private readonly mergedSince = new Map<string, number>();
  /** Since when it has been merged or closed. */
  private readonly overSince = new Map<string, number>();
  /** How many deliveries there were at the last look. */
  private told = -1;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    const { world } = this;
    if (world.deliveries.told === this.told) return;
    this.told = world.deliveries.told;
    for (const repo of world.repoNames) {
      const before = new Map<string, SeenPull>();
      for (const pull of world.forge.pulls.all(repo)) {
        const on = `${repo}#${pull.number}`;
        this.note(on, pull);
        this.follows(on, pull, before.get(pull.branch));
        before.set(pull.branch, pull);
      }
    }
  }

  private note(on: string, { state }: SeenPull): void {
    const { nowMs } = this.world;
    if (state === "open") {
      this.openSince.set(on, this.openSince.get(on) ?? nowMs);
      this.overSince.delete(on);
      return;
    }
    this.openSince.delete(on);
    this.overSince.set(on, this.overSince.get(on) ?? nowMs);
    if (state === "merged") this.mergedSince.set(on, this.mergedSince.get(on) ?? nowMs);
  }

  private follows(on: string, pull: SeenPull, last: SeenPull | undefined): void {
    if (last && last.state !== "merged")
      this.rules.broken(4, `${on} is opened, and #${last.number} of its branch has not landed`);
    if (last?.state === "open" && pull.state === "open") this.rules.broken(4, `two of ${pull.branch} are open`);
  }

  /** By the clock of the loop. */
  merges(repo: string, branch: string): { by: string | null; at: number }[] {
    const pulls = this.world.forge.pulls.all(repo).filter((one) => one.branch === branch);
    return pulls.flatMap(({ number, mergedBy }) => {
      const at = this.mergedSince.get(`${repo}#${number}`);
      return at === undefined ? [] : [{ by: mergedBy, at }];
    });
  }

  /** How long a pull request of that branch has been open, or has landed. */
  proposedMs(repo: string, branch: string): number {
    const { world } = this;
    const since = world.forge.pulls
      .all(repo)
      .filter((one) => one.branch === branch)
      .map(({ number }) => this.openSince.get(`${repo}#${number}`) ?? this.mergedSince.get(`${repo}#${number}`));
    return world.nowMs - Math.min(world.nowMs, ...since.filter((one) => one !== undefined));
  }

  /** What the forge itself has long known of it, and a run that looked would have seen. */
  overMs(repo: string, branch: string): number {
    const { world } = this;
    const last = world.forge.pulls.all(repo).findLast((one) => one.branch === branch);
    return last === undefined || last.state === "open"
      ? 0
      : world.nowMs - (this.overSince.get(`${repo}#${last.number}`) ?? world.nowMs);
  }
}
