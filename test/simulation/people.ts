/** People: what they do to issues, to the trunk and to the settings while the weather lasts. */
import { pushCommit } from "./agents.ts";
import type { Ci } from "./ci.ts";
import { count } from "./coverage.ts";
import { drawMishap } from "./network.ts";
import type { Random } from "./random.ts";
import type { System } from "./weather.ts";
import { FOR_HUMAN, IN_PROGRESS, READY, START_MS, US, type World } from "./world.ts";

/** One thing somebody does to an issue that is there. */
type Deed = (repo: string, number: number) => void | Promise<void>;

export class People {
  /** When anybody last touched an issue by hand. */
  readonly touched = new Map<string, number>();
  private readonly world: World;
  private readonly ci: Ci;
  private readonly random: Random;

  constructor(world: World, ci: Ci, random: Random) {
    this.world = world;
    this.ci = ci;
    this.random = random;
  }

  async populate(): Promise<void> {
    const { world, random, ci } = this;
    const { people } = world.github;
    for (const login of ["dev", "lead", "stranger", "agent", "other-loop"]) people.addUser(login);
    people.addBot("triage", 777);
    for (const repo of world.repoNames) {
      const permissions = {
        dev: "write",
        lead: "admin",
        agent: "write",
        "other-loop": "write",
        [US]: "write",
      } as const;
      people.addRepo({ name: repo, permissions });
      people.setPermission(repo, "triage[bot]", "write");
      const sha = world.git.add(repo, "main", { message: "Begin", files: ["README.md"] });
      const good = !random.chance(0.05);
      await ci.pushed({ repo, branch: "main", sha, by: "dev", good });
      if (!good) world.after(random.int(5, 15) * 60_000, `dev repairs ${repo}`, () => this.pushTrunk(repo, true));
    }
    const { issues, weatherMs, meddling, troubles } = world.weather;
    for (let n = 0; n < issues; n++) {
      const repo = world.repoNames[n % world.repoNames.length] ?? "";
      const at = START_MS + random.int(90, Math.floor((weatherMs * 0.6) / 1000)) * 1000;
      world.at(at, "", () => this.open(repo));
    }
    for (let n = 0; n < Math.round(meddling * issues); n++)
      world.at(START_MS + random.int(150_000, weatherMs), "", () => this.meddle());
    for (let n = 0; n < troubles; n++)
      world.at(START_MS + random.int(100_000, weatherMs), "", () => this.trouble(), "top");
  }

  private open(repo: string): void {
    const { world, random } = this;
    const { people } = world.github;
    const by = random.weighted([
      ["dev", 6],
      ["stranger", 1],
    ]);
    const template = random.chance(0.08);
    const labels = [...(template ? [READY] : []), ...(random.chance(0.2) ? [`priority:${random.int(1, 3)}`] : [])];
    const earlier = world.repo(repo).issues.at(-1);
    const body = earlier && random.chance(0.1) ? `Blocked by #${earlier.number}` : "It should be there.";
    const { number } = people.createIssue({ repo, title: "Add a widget", body, by, labels });
    this.touch(repo, number);
    world.tell(`${by} opens ${repo}#${number}${template ? ", labelled by a template" : ""}`);
    if (template && random.chance(0.5)) return;
    world.after(random.int(2, 120) * 1000, "", () => this.label(repo, number));
  }

  private label(repo: string, number: number): void {
    if (!this.world.issue(repo, number)) return;
    const by = this.random.weighted([
      ["dev", 8],
      ["lead", 2],
      ["triage[bot]", 1],
    ]);
    this.touch(repo, number);
    this.world.tell(`${by} labels ${repo}#${number} ready`);
    this.world.github.people.label({ repo, number, by, label: READY });
  }

  private async meddle(): Promise<void> {
    const { world, random } = this;
    const repo = random.pick(world.repoNames);
    const there = world.repo(repo).issues.filter((one) => world.issue(repo, one.number));
    if (there.length === 0) return;
    const { number } = random.pick(there);
    const [name, deed] = random.weighted(this.deeds());
    count("fault", `people-${name}`);
    world.tell(`somebody: ${name} ${repo}#${number}`);
    if (!["pushes-good", "pushes-bad", "repairs", "comments"].includes(name)) this.touch(repo, number);
    await deed(repo, number);
  }

  private deeds(): readonly (readonly [readonly [string, Deed], number])[] {
    const { people } = this.world.github;
    const by = "dev";
    return [
      [["unlabels", (repo, number) => people.unlabel({ repo, number, by, label: READY })], 2],
      [["closes", (repo, number) => people.close({ repo, number, by })], 2],
      [["reopens", (repo, number) => people.reopen({ repo, number, by: "lead" })], 1.5],
      [["relabels", (repo, number) => this.relabel(repo, number)], 3],
      [["edits", (repo, number) => people.edit({ repo, number, by, body: `Changed ${this.random.int(1, 99)}` })], 1.5],
      [["renames", (repo, number) => people.edit({ repo, number, by, title: `Title ${this.random.int(1, 99)}` })], 1],
      [["comments", (repo, number) => void people.comment({ repo, number, by, body: "Any news?" })], 1],
      [["pushes-good", (repo) => this.pushTrunk(repo, true)], 2],
      [["pushes-bad", (repo) => this.pushTrunk(repo, false)], 1],
      [["takes-human-label", (repo, number) => people.unlabel({ repo, number, by, label: FOR_HUMAN })], 0.5],
      [
        ["stamps-elsewhere", (repo, number) => people.label({ repo, number, by: "other-loop", label: IN_PROGRESS })],
        0.7,
      ],
      [["blocks", (repo, number) => this.block(repo, number)], 1],
      [["deletes", (repo, number) => people.deleteIssue({ repo, number, by: "lead" })], 0.7],
      [["demotes-dev", (repo) => this.demote(repo)], 0.4],
    ];
  }

  private relabel(repo: string, number: number): void {
    const { people } = this.world.github;
    people.unlabel({ repo, number, by: "lead", label: READY });
    people.label({ repo, number, by: "lead", label: READY });
  }

  private block(repo: string, number: number): void {
    const { people } = this.world.github;
    const blocker = people.createIssue({ repo, title: "First this", by: "dev" }).number;
    people.addBlockedBy({ repo, number, by: "dev", blocker: { number: blocker } });
    this.world.after(this.random.int(1, 20) * 60_000, `dev closes the blocker ${repo}#${blocker}`, () => {
      if (this.world.issue(repo, blocker)) people.close({ repo, number: blocker, by: "dev" });
    });
  }

  private demote(repo: string): void {
    const { people } = this.world.github;
    people.setPermission(repo, "dev", "triage");
    this.world.after(this.random.int(1, 10) * 60_000, `dev may write in ${repo} again`, () =>
      people.setPermission(repo, "dev", "write"),
    );
  }

  private async pushTrunk(repo: string, good: boolean): Promise<void> {
    this.world.tell(`dev pushes ${good ? "good" : "bad"} code to ${repo}`);
    await pushCommit(this.world, this.ci, { repo, branch: "main", message: "By hand", good, by: "dev" });
  }

  private trouble(): void {
    const { world, random } = this;
    const minutes = random.int(1, 12);
    const kind = random.pick([
      "outage",
      "outage",
      "wedge",
      "restart",
      "switch",
      "unenrol",
      "quota",
      "release",
    ] as const);
    count("fault", `trouble-${kind}`);
    const end = (what: string, run: () => void) => world.after(minutes * 60_000, what, run, "top");
    switch (kind) {
      case "outage": {
        const system: System = random.pick(["forge", "executor", "slack", "ntfy"]);
        const mishap = drawMishap(random, "GET", system);
        world.tell(`${system} is out for ${minutes} minutes: ${mishap}`);
        world.outages.set(system, { until: world.nowMs + minutes * 60_000, mishap });
        return;
      }
      case "wedge":
        world.tell("the executor wedges");
        world.t3.setWedged(true);
        end("the executor is freed", () => world.t3.setWedged(false));
        return;
      case "restart":
        world.tell("the executor restarts");
        world.t3.restart();
        world.agents.killAll();
        return;
      case "switch":
        world.tell("the kill switch is thrown");
        world.set({ AFK_KILL_SWITCH: "true" });
        end("the kill switch is off again", () => world.set({ AFK_KILL_SWITCH: "false" }));
        return;
      case "unenrol": {
        const repo = random.pick(world.repoNames);
        world.tell(`${repo} is taken off the list`);
        world.set({
          AFK_ALLOWLIST: (world.settings.AFK_ALLOWLIST ?? "").replace(`github:${repo}`, "github:acme/none"),
        });
        end(`${repo} is on the list again`, () => this.enrolAll());
        return;
      }
      case "quota": {
        world.tell("the forge's quota is nearly spent");
        const { rateLimit } = world.github.state;
        rateLimit.used = rateLimit.limit - random.int(0, 60);
        rateLimit.resetAt = Math.floor(world.forgeNow() / 1000) + minutes * 60;
        return;
      }
      case "release":
        world.tell("a new release");
        world.killAll();
        return;
      default:
        kind satisfies never;
    }
  }

  enrolAll(): void {
    this.world.set({ AFK_ALLOWLIST: this.world.repoNames.map((name) => `github:${name}`).join(",") });
  }

  private touch(repo: string, number: number): void {
    this.touched.set(`${repo}#${number}`, this.world.nowMs);
  }
}
