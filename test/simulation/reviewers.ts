/** People and bots at open pull requests: in the weather they do what comes to their minds, in the calm they end each. */
import type { SeenPull } from "../fakes/forge/pulls.ts";
import type { Ci } from "./ci.ts";
import { count } from "./coverage.ts";
import { PullEndings } from "./pull-endings.ts";
import { Random } from "./random.ts";
import { REVIEWING, ReviewDeeds } from "./review-deeds.ts";
import type { World } from "./world.ts";

const CALM_LOOK_MS = 45_000;

export class Reviewers {
  private readonly world: World;
  private readonly random: Random;
  private readonly deeds: ReviewDeeds;
  private readonly endings: PullEndings;

  constructor(world: World, ci: Ci) {
    this.world = world;
    this.random = new Random(world.seed, "reviewers");
    this.deeds = new ReviewDeeds(world, ci, this.random);
    this.endings = new PullEndings(world, this.deeds);
  }

  begin(): void {
    const { pulls } = this.world.weather;
    if (pulls === null) return;
    for (const repo of this.world.repoNames) {
      this.world.forge.pulls.setMerging(repo, { methods: pulls.methods });
      if (pulls.rules !== null) this.world.forge.pulls.setRules(repo, "main", pulls.rules);
    }
    count("fault", pulls.rules === null ? "pulls-unruled" : pulls.rules.queue ? "pulls-queued" : "pulls-ruled");
    this.world.onHeard = ({ code, repo }) => {
      if (code === "merge" && repo !== null && this.random.chance(pulls.raced)) this.race(this.world.repoOf(repo));
    };
    this.lookLater(pulls.everySecondsMax);
  }

  /** Between the loop's decision and what comes of it. */
  private race(repo: string): void {
    const { world } = this;
    const open = world.forge.pulls.all(repo).filter((one) => one.state === "open" && one.branch.startsWith("afk/"));
    for (const pull of open) world.after(1, "", () => this.deeds.does("pushes-at-merge", repo, pull));
  }

  private lookLater(secondsMax: number): void {
    const { world, random } = this;
    const ms = world.stormy ? random.int(5, secondsMax) * 1000 : CALM_LOOK_MS;
    world.after(ms, "", async () => {
      for (const repo of world.repoNames)
        for (const pull of world.forge.pulls.all(repo))
          if (pull.state === "open" && pull.branch.startsWith("afk/")) await this.look(repo, pull);
      this.lookLater(secondsMax);
    });
  }

  private async look(repo: string, pull: SeenPull): Promise<void> {
    const { world, random } = this;
    if (!world.stormy) return this.endings.finish(repo, pull);
    if (random.chance(world.weather.pulls?.deeds ?? 0)) await this.deeds.does(random.weighted(REVIEWING), repo, pull);
  }
}
