/** People: what they do to issues, to the trunk and to the settings while the weather lasts. */

import { RULES_FILE } from "../../lib/core/repo-rules.ts";
import type { Ci } from "./ci.ts";
import { Meddlers } from "./meddling.ts";
import { DOCS, textOf } from "./own-rules.ts";
import { Random } from "./random.ts";
import { Reviewers } from "./reviewers.ts";
import { Troubles } from "./troubles.ts";
import { READY, START_MS, US, type World } from "./world.ts";

export class People {
  /** When anybody last touched an issue by hand. */
  readonly touched = new Map<string, number>();
  private readonly world: World;
  private readonly ci: Ci;
  private readonly random: Random;
  private readonly meddlers: Meddlers;
  private readonly troubles: Troubles;
  private readonly hasty: Random;

  constructor(world: World, ci: Ci, random: Random) {
    this.world = world;
    this.ci = ci;
    this.random = random;
    this.meddlers = new Meddlers(world, ci, random, (repo, number) => this.touch(repo, number));
    this.hasty = new Random(world.seed, "hasty");
    this.troubles = new Troubles(world, random);
  }

  async populate(): Promise<void> {
    const { world, random, ci } = this;
    await populateRepos(world, ci);
    new Reviewers(world, ci).begin();
    for (const repo of world.repoNames) {
      if (world.weather.special !== null || !random.chance(0.05)) continue;
      await this.meddlers.pushTrunk(repo, false);
      world.after(random.int(5, 15) * 60_000, `dev repairs ${repo}`, () => this.meddlers.pushTrunk(repo, true));
    }
    const { issues, weatherMs, meddling, troubles } = world.weather;
    world.special.touch = (repo, number) => this.touch(repo, number);
    world.special.trunk.repair = (repo) => this.meddlers.pushTrunk(repo, true);
    world.special.trunk.merge = (repo) => this.meddlers.mergeIntoTrunk(repo);
    world.special.trunk.startOver = (repo) => this.meddlers.startOver(repo);
    world.special.trunk.breaks = (repo) => this.meddlers.pushTrunk(repo, false);
    world.special.begin();
    world.deploys.begin();
    const busy = world.busyRepos;
    for (let n = 0; n < issues; n++) {
      const repo = busy[n % busy.length] ?? "";
      const at = START_MS + random.int(90, Math.floor((weatherMs * 0.6) / 1000)) * 1000;
      world.at(at, "", () => this.open(repo));
    }
    // Where everything else is labelled, one issue is not: nobody has anything to do with it.
    if (world.weather.special !== null)
      world.at(START_MS + weatherMs * 0.6 + 1000, "", () => this.bystander(busy.at(-1) ?? ""));
    for (let n = 0; n < Math.round(meddling * issues); n++)
      world.at(START_MS + random.int(150_000, weatherMs), "", () => this.meddlers.meddle());
    for (let n = 0; n < troubles; n++)
      world.at(START_MS + random.int(100_000, weatherMs), "", () => this.troubles.begin(), "top");
    world.pausers.begin();
    world.retriers.begin((repo, number) => this.touch(repo, number));
    world.stoppers.begin((repo, number) => this.touch(repo, number));
  }

  private open(repo: string): void {
    const { world, random } = this;
    const { people } = world.forge;
    const by = random.weighted([
      ["dev", 6],
      ["stranger", 1],
    ]);
    const template = random.chance(0.08);
    const labels = [...(template ? [READY] : []), ...(random.chance(0.2) ? [`priority:${random.int(1, 3)}`] : [])];
    if (world.ownRules?.evidence === "required-but-for-docs" && this.hasty.chance(0.3)) labels.push(DOCS);
    const earlier = world.forge.issues(repo).at(-1);
    const body = earlier && random.chance(0.1) ? `Blocked by #${earlier.number}` : "It should be there.";
    const { number } = people.createIssue({ repo, title: "Add a widget", body, by, labels });
    this.touch(repo, number);
    world.special.opened(repo, number);
    world.tell(`${by} opens ${repo}#${number}${template ? ", labelled by a template" : ""}`);
    if (random.chance(template ? 0.5 : 0.25) && world.weather.special === null) return;
    world.after(random.int(2, 120) * 1000, "", () => this.label(repo, number));
  }

  private bystander(repo: string): void {
    const { number } = this.world.forge.people.createIssue({ repo, title: "Not yet", by: "stranger" });
    this.world.tell(`stranger opens ${repo}#${number}, and nobody labels it`);
  }

  private label(repo: string, number: number): void {
    if (!this.world.issue(repo, number)) return;
    const drawn = this.random.weighted([
      ["dev", 8],
      ["lead", 2],
      [this.world.bot, 1],
      [this.world.unlistedBot, 0.4],
    ]);
    const by = this.world.special.labeller() ?? drawn;
    this.touch(repo, number);
    this.world.tell(`${by} labels ${repo}#${number} ready`);
    this.world.forge.people.label({ repo, number, by, label: READY });
    this.world.special.labelled(repo, number);
    // In the very second of the label; where only a sight proves the text, nobody could tell.
    if (!this.world.played.needsSights && this.hasty.chance(0.05))
      this.world.forge.people.edit({ repo, number, by: "dev", body: "And one thing more." });
  }

  private touch(repo: string, number: number): void {
    this.touched.set(`${repo}#${number}`, this.world.nowMs);
  }
}

/** Repos with a green trunk, and everybody who has a part. */
export async function populateRepos(world: World, ci: Ci): Promise<void> {
  const { people } = world.forge;
  for (const login of ["dev", "lead", "stranger", "helper", "agent", "other-loop"]) people.addUser(login);
  const permissions = { dev: "write", lead: "admin", agent: "write", "other-loop": "write", helper: "triage" } as const;
  for (const repo of world.repoNames) {
    const { id } = people.addRepo({ name: repo, permissions: { ...permissions, [US]: world.played.ourRole } });
    world.repoIds.set(repo, id);
    people.setPermission(repo, world.bot, "write");
    people.setPermission(repo, world.unlistedBot, "write");
    const contents: Record<string, string> = world.ownRules === null ? {} : { [RULES_FILE]: textOf(world.ownRules) };
    const sha = world.git.add(repo, "main", {
      message: "Begin",
      files: ["README.md", ...Object.keys(contents)],
      contents,
    });
    if (world.busyRepos.includes(repo)) await ci.pushed({ repo, branch: "main", sha, by: "dev", good: true });
  }
}
