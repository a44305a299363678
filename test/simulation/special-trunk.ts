/** What happens to the trunk in the special weathers: pushed to, merged into, repaired, and what becomes of its CI. */
import type { Life } from "./ci-lives.ts";
import { count } from "./coverage.ts";
import type { Random } from "./random.ts";
import type { SpecialName } from "./specials.ts";
import { READY, START_MS, type World } from "./world.ts";

export class SpecialTrunk {
  /** Somebody pushes bad code to the trunk. */
  breaks: (repo: string) => unknown = () => {};
  private readonly merged = new Set<string>();
  private readonly broken = new Set<string>();
  /** What waits for somebody to have it run again. */
  private again: (() => unknown)[] = [];
  /** Somebody merges into the trunk what was tested beside it. */
  merge: (repo: string) => unknown = () => {};
  /** Somebody takes off the trunk all that came to it, and pushes good code in its place. */
  startOver: (repo: string) => unknown = () => {};
  /** Somebody pushes good code to the trunk. */
  repair: (repo: string) => unknown = () => {};
  private readonly world: World;
  private readonly random: Random;
  private readonly name: SpecialName | null;
  private readonly touch: (repo: string, number: number) => void;

  constructor(world: World, random: Random, touch: (repo: string, number: number) => void) {
    this.world = world;
    this.random = random;
    this.name = world.weather.special;
    this.touch = touch;
  }

  /** Before anybody opens an issue. */
  begin(): void {
    const { world } = this;
    switch (this.name) {
      case "superseded":
        for (const repo of world.repoNames) world.played.supersede(repo);
        return;
      case "repair-order":
        for (const repo of world.repoNames) this.orderLater(repo);
        return;
      case "flaky":
        world.onHeard = ({ code }) => {
          if (code === "fix_forward") this.rerunUnseen();
        };
        return;
      case "frozen":
        for (const repo of world.repoNames) this.repairLater(repo);
        return;
      default:
        return;
    }
  }

  /** An agent begins its work. */
  begins(repo: string): void {
    if (this.name !== "red-before" || !this.random.chance(0.6)) return;
    const { world, random } = this;
    world.after(random.int(1, 20) * 1000, `dev breaks ${repo}`, () => this.breaks(repo));
    world.after(random.int(300, 500) * 1000, `dev repairs ${repo}`, () => this.repair(repo));
  }

  /** What becomes of CI of a push; null: what is drawn. */
  lifeOf({ repo, by, branch }: { repo: string; by: string; branch: string }): Life | null {
    if (this.name === "superseded" && by === "agent" && branch === "main") this.pushOnTop(repo);
    if (this.name === "trunk-behind" && by === "agent" && branch === "main") this.unlabelLanded(repo);
    // A status knows no branch: what was said of a commit beside the trunk looks like the trunk's own.
    if (this.name === "merged-on-top") return "status";
    if (this.name === "late-check") return "late";
    if (this.name !== "flaky" || by !== "agent" || branch !== "main") return null;
    return this.random.chance(0.7) ? "flaky" : null;
  }

  /** Before the forge tells of what has landed. */
  private unlabelLanded(repo: string): void {
    const { world, random } = this;
    if (!random.chance(0.4)) return;
    const run = world.runs(repo).find((one) => one.settledAt === null);
    world.after(random.int(1, 12) * 1000, `dev takes the label off #${run?.issue.number}`, () => {
      const issue = run ? world.issue(repo, run.issue.number) : null;
      if (!issue?.labels.includes(READY)) return;
      this.touch(repo, issue.number);
      world.forge.people.unlabel({ repo, number: issue.number, by: "dev", label: READY });
    });
  }

  /** Somebody is close behind. */
  private pushOnTop(repo: string): void {
    const push = this.random.chance(0.6) ? this.repair : this.breaks;
    this.world.after(this.random.int(3, 60) * 1000, `dev pushes to ${repo}`, () => push(repo));
  }

  /** A check failed that will not fail again. */
  flaked(_repo: string, again: () => unknown): void {
    this.again.push(again);
    // Where nobody answers it, somebody sees it all the same.
    this.world.after(200_000, "", () => this.rerun(again));
  }

  private rerun(again: () => unknown): void {
    if (!this.again.includes(again)) return;
    this.again = this.again.filter((one) => one !== again);
    this.world.tell("dev has CI run again");
    void again();
  }

  /** While its answer is about to leave, and what it would say cannot be read. */
  private rerunUnseen(): void {
    const { world, random } = this;
    if (this.again.length === 0 || !random.chance(0.8)) return;
    const system = random.chance(0.8) ? "forge" : "executor";
    // The executor may take the answer all the same, and only its own answer is lost.
    const mishap = system === "executor" && random.chance(0.6) ? "lost-after" : "5xx-before";
    world.outages.set(system, { until: world.nowMs + 150_000, mishap });
    for (const again of this.again) world.after(1_000, "", () => this.rerun(again));
  }

  /** A while after it froze for the first time somebody writes an issue to have it mended. */
  private orderLater(repo: string): void {
    const { world } = this;
    const { people } = world.forge;
    const look = () => {
      if (world.freezeOf(world.key(repo)) === null) return world.after(20_000, "", look);
      world.after(this.random.int(60, 120) * 1000, `dev orders the repair of ${repo}`, () => {
        count("fault", "repair-ordered");
        const { number } = people.createIssue({ repo, title: "Mend the trunk", by: "dev" });
        this.touch(repo, number);
        world.after(5_000, "", () => people.label({ repo, number, by: "dev", label: READY }));
      });
    };
    world.at(START_MS + 100_000, "", look);
  }

  /** A commit of a trunk did not pass its tests. */
  wentRed(repo: string): void {
    if (this.name === "merged-on-top") this.mergeLater(repo);
    if (this.name !== "repaired-on-top") return;
    if (!this.broken.has(repo) && this.random.chance(0.5)) this.breakOnTop(repo);
    this.world.after(this.random.int(2, 15) * 1000, "", () => this.repair(repo));
  }

  /** Somebody else's, red too: what repairs the trunk is then not the only commit on top. */
  private breakOnTop(repo: string): void {
    this.broken.add(repo);
    this.world.after(1000, "", () => this.breaks(repo));
  }

  private mergeLater(repo: string): void {
    if (this.merged.has(repo)) return;
    this.merged.add(repo);
    this.world.after(this.random.int(1, 15) * 1000, "", () => this.merge(repo));
  }

  /** A while after it froze for the first time. */
  private repairLater(repo: string): void {
    const { world } = this;
    const look = () => {
      if (world.freezeOf(world.key(repo)) === null) return world.after(20_000, "", look);
      const deed = this.random.chance(0.4) ? this.startOver : this.repair;
      world.after(this.random.int(90, 240) * 1000, "", () => deed(repo));
    };
    world.at(START_MS + 100_000, "", look);
  }
}
