/** What becomes of repos in the special weathers: of their rules, of their names, and of what bears them. */
import type { Random } from "./random.ts";
import { READY, START_MS, type World } from "./world.ts";

export class SpecialRepos {
  /** The rules of its repos cannot be understood. */
  misruledSince: number | null = null;
  private readonly world: World;
  private readonly random: Random;

  constructor(world: World, random: Random) {
    this.world = world;
    this.random = random;
  }

  misruleLater(): void {
    const { world, random } = this;
    world.at(START_MS + 30_000, "dev mistypes a rule", () => this.rule("landng: push\n"));
    world.at(START_MS + random.int(250, 450) * 1000, "dev mends the rules", () => this.rule("landing: push\n"));
  }

  private async rule(text: string): Promise<void> {
    const { world } = this;
    for (const repo of world.repoNames) {
      await world.forge.people.writeFiles({ repo, by: "dev", files: { ".afk.yml": text } });
      this.misruledSince = text.startsWith("landing") ? null : world.nowMs;
    }
  }

  /** Once an agent is at work in it. */
  renameUnderWay(repo: string): void {
    const { world } = this;
    const begun = world.runs(repo).some((run) => run.turns[0]?.acceptedAt != null);
    if (begun) this.rename(repo);
    else if (world.stormy) world.after(10_000, "", () => this.renameUnderWay(repo));
  }

  rename(repo: string): void {
    const { world, random } = this;
    const to = `${repo}-anew`;
    world.tell(`lead renames ${repo} to ${to}`);
    world.renaming.rename(repo, to);
    // Where its old name leads nowhere, it is missed, and called as before.
    if (world.renaming.areFollowed && random.chance(0.5)) return;
    world.after(random.int(60_000, 400_000), `lead calls ${repo} as before`, () => world.renaming.giveBack(repo));
  }

  /** Once a run there is over: the ledger has met the repo by then. */
  squatLater(): void {
    const { world } = this;
    const repo = world.repoNames[0] ?? "";
    const look = () => {
      const runs = [...world.ledgers.disk(world.key(repo)).data].filter(([key]) => key.startsWith("run:"));
      const over = runs.length > 0 && runs.every(([, run]) => (run as { settledAt: number | null }).settledAt !== null);
      if (!over) return world.after(20_000, "", look);
      world.after(30_000, `${repo} is another repo under the same name`, () => this.squat(repo));
    };
    world.at(START_MS + 100_000, "", look);
  }

  private squat(repo: string): void {
    const { world } = this;
    const { people } = world.forge;
    world.squatted.add(repo);
    world.records.squat(repo);
    const { number } = people.createIssue({ repo, title: "Mine now", body: "Do it.", by: "dev", labels: [] });
    people.label({ repo, number, by: "dev", label: READY });
  }
}
