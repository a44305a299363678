/** What happens in the special weathers that is more than a figure: people's hands on issues, repos and settings. */
import { count } from "./coverage.ts";
import { holder } from "./issue-records.ts";
import { Random } from "./random.ts";
import { Replacing } from "./replacing.ts";
import { SpecialMishaps, throwSwitch } from "./special-mishaps.ts";
import { SpecialTrunk } from "./special-trunk.ts";
import type { SpecialName } from "./specials.ts";
import { IN_PROGRESS, READY, START_MS, type World } from "./world.ts";

const QUOTA_LEFT = 50;
/** Where either forge tells of CI. */
const CI_PATHS = /\/(check-runs|status|statuses)$|\/actions\//;
const QUOTA_RESET_MS = 900_000;

export class SpecialHappenings {
  private readonly world: World;
  private readonly random: Random;
  private readonly name: SpecialName | null;
  readonly mishaps: SpecialMishaps;
  /** The rules of its repos cannot be understood. */
  misruledSince: number | null = null;
  /** When anybody's hand was last on an issue. */
  touch: (repo: string, number: number) => void = () => {};
  /** What happens to the trunk. */
  readonly trunk: SpecialTrunk;

  constructor(world: World) {
    this.world = world;
    this.name = world.weather.special;
    this.random = new Random(world.seed, "special happenings");
    this.trunk = new SpecialTrunk(world, this.random, (repo, number) => this.touch(repo, number));
    this.mishaps = new SpecialMishaps(world, {
      touch: (repo, number) => this.touch(repo, number),
      takeBack: (repo, number) => this.takeBack(repo, number),
    });
    if (this.name !== null) count("fault", `special-${this.name}`);
  }

  /** Before anybody opens an issue. */
  begin(): void {
    const { world, random } = this;
    this.trunk.begin();
    switch (this.name) {
      case "quota-spent":
        world.at(START_MS + 40_000, "the forge's quota is spent", () =>
          world.forge.quota?.leave(QUOTA_LEFT, world.forgeNow() + QUOTA_RESET_MS),
        );
        return;
      case "executor-wedged":
        world.at(START_MS + 30_000, "the executor wedges", () => world.t3.setWedged(true), "top");
        return;
      case "executor-old":
        world.at(START_MS + 30_000, "the executor is set back", () => world.t3.setVersion("0.0.28"), "top");
        return;
      case "executor-replaced":
        world.at(START_MS, "", () => new Replacing(world).begin());
        return;
      case "squatted-name":
        this.squatLater();
        return;
      case "misruled":
        world.at(START_MS + 30_000, "dev mistypes a rule", () => this.rule("landng: push\n"));
        world.at(START_MS + random.int(250, 450) * 1000, "dev mends the rules", () => this.rule("landing: push\n"));
        return;
      case "fix-unread":
        world.onHeard = ({ code, repo, issue }) => {
          if (code === "fix_forward" && repo !== null && issue !== null) this.endUnread(world.repoOf(repo), issue);
        };
        return;
      default:
        return;
    }
  }

  private async rule(text: string): Promise<void> {
    const { world } = this;
    for (const repo of world.repoNames) {
      await world.forge.people.writeFiles({ repo, by: "dev", files: { ".afk.yml": text } });
      this.misruledSince = text.startsWith("landing") ? null : world.nowMs;
    }
  }

  private mistype(): void {
    const { world, random } = this;
    const { AFK_CI_GRACE_SECONDS = "" } = world.settings;
    world.set({ AFK_CI_GRACE_SECONDS: "soon" });
    world.after(random.int(150, 300) * 1000, "the setting is mended", () => world.set({ AFK_CI_GRACE_SECONDS }));
  }

  private rename(repo: string): void {
    const { world, random } = this;
    const begun = world.runs(repo).some((run) => run.turns[0]?.acceptedAt != null);
    if (!begun) return void (world.stormy && world.after(10_000, "", () => this.rename(repo)));
    const to = `${repo}-anew`;
    world.tell(`lead renames ${repo} to ${to}`);
    world.renaming.rename(repo, to);
    // Where its old name leads nowhere, it is missed, and called as before.
    if (world.renaming.areFollowed && random.chance(0.5)) return;
    world.after(random.int(60_000, 400_000), `lead calls ${repo} as before`, () => world.renaming.giveBack(repo));
  }

  /** Before it is labelled. */
  opened(repo: string, number: number): void {
    if (this.name !== "blockers-unread") return;
    const { people } = this.world.forge;
    const blocker = people.createIssue({ repo, title: "First this", by: "dev" }).number;
    people.addBlockedBy({ repo, number, by: "dev", blocker: { number: blocker } });
    this.world.after(600_000, `dev closes the blocker ${repo}#${blocker}`, () =>
      people.close({ repo, number: blocker, by: "dev" }),
    );
  }

  /** Who labels; null: anybody. */
  labeller(): string | null {
    return this.name === "permission-unread" ? "helper" : null;
  }

  labelled(repo: string, number: number): unknown {
    const { world, random } = this;
    const { people } = world.forge;
    const on = { repo, number, by: "dev" };
    const later = (low: number, high: number, what: string, run: () => unknown) =>
      world.after(random.int(low, high), `dev ${what} ${repo}#${number}`, () => {
        if (!world.issue(repo, number)) return;
        this.touch(repo, number);
        run();
      });
    switch (this.name) {
      case "second-thoughts":
        return later(30_000, 100_000, "unlabels", () => people.unlabel({ ...on, label: READY }));
      case "closed-under-way":
        return later(140_000, 260_000, "closes", () => people.close(on));
      case "mistyped":
        return world.after(random.int(60_000, 240_000), "a setting is mistyped", () => this.mistype());
      case "two-loops":
        return random.chance(0.3) ? this.holdElsewhere(repo, number) : null;
      case "stop-unheard":
        return world.after(random.int(20_000, 60_000), "", () => this.stopAndRelabel(repo, number));
      case "renamed":
        return world.after(random.int(10_000, 200_000), "", () => this.rename(repo));
      case "issue-vanishes":
        return later(100_000, 260_000, "deletes", () => people.deleteIssue({ ...on, by: "lead" }));
      case "revised":
        return later(3_000, 90_000, "takes the label off, to write anew,", () => this.revise(repo, number));
      case "edited-unseen":
        if (random.chance(0.3)) return null;
        return later(1_000, 120_000, "edits", () => people.edit({ ...on, body: "It should be blue." }));
      case "executor-unread":
        return world.after(random.int(40_000, 90_000), "the executor cannot be read", () =>
          world.outages.set("executor", { until: world.nowMs + 400_000, mishap: "5xx-before" }),
        );
      default:
        return null;
    }
  }

  /** Another loop was first, and left it: somebody takes its stamp off, as our refusal tells him to. */
  private holdElsewhere(repo: string, number: number): void {
    const { world, random } = this;
    const { people } = world.forge;
    world.tell(`another loop stamps ${repo}#${number}`);
    people.label({ repo, number, by: "other-loop", label: IN_PROGRESS });
    world.after(random.int(60, 200) * 1000, "", () => {
      const issue = world.issue(repo, number);
      if (!issue || holder(issue) !== "other") return;
      world.tell(`lead takes its stamp off ${repo}#${number}`);
      people.unlabel({ repo, number, by: "lead", label: IN_PROGRESS });
    });
  }

  private stopAndRelabel(repo: string, number: number): void {
    const { world, random } = this;
    const { people } = world.forge;
    const on = { repo, number, by: "dev", label: READY };
    this.mishaps.unread(/\/issues\/comments\/\d+$/, world.nowMs + 300_000);
    world.stoppers.say(repo, number, "dev");
    world.after(random.int(5, 30) * 1000, `dev takes the label off ${repo}#${number}`, () => people.unlabel(on));
    world.after(random.int(100, 250) * 1000, `dev labels ${repo}#${number} again`, () => people.label(on));
  }

  /** The fix cannot leave while CI cannot be read. */
  private endUnread(repo: string, number: number): void {
    const { world, random } = this;
    this.mishaps.unread(CI_PATHS, world.nowMs + 150_000);
    const deed = random.pick(["stop", "stop", "delete", "switch"] as const);
    world.after(random.int(1, 60) * 1000, "", () => {
      if (deed === "switch") return throwSwitch(world, 300_000);
      if (deed === "stop") return world.stoppers.say(repo, number, "dev");
      world.tell(`lead deletes ${repo}#${number}`);
      this.touch(repo, number);
      world.forge.people.deleteIssue({ repo, number, by: "lead" });
    });
  }

  /** Of an issue that can never be read: nobody waits for it. */
  excuses(number: number): boolean {
    return this.name === "issue-unread" && number === 1;
  }

  private revise(repo: string, number: number): void {
    const { world } = this;
    const { people } = world.forge;
    const on = { repo, number, by: "dev" };
    people.unlabel({ ...on, label: READY });
    world.after(4_000, `dev writes ${repo}#${number} anew`, () => people.edit({ ...on, body: "It should be blue." }));
    world.after(8_000, `dev labels ${repo}#${number} again`, () => {
      this.touch(repo, number);
      people.label({ ...on, label: READY });
    });
  }

  private takeBack(repo: string, number: number): void {
    const { world, random } = this;
    const { people } = world.forge;
    const on = { repo, number, by: "dev" };
    if (!world.issue(repo, number)) return;
    this.touch(repo, number);
    const deed = random.pick(["unlabel", "close", "unenrol", "switch"] as const);
    world.tell(`which means: ${deed}`);
    switch (deed) {
      case "unlabel":
        people.unlabel({ ...on, label: READY });
        return;
      case "close":
        people.close(on);
        return;
      case "unenrol":
        world.set({ AFK_ALLOWLIST: world.key("acme/none") });
        world.after(200_000, "enrolled again", () => world.enrolAll(), "top");
        return;
      case "switch":
        throwSwitch(world, 200_000);
        return;
      default:
        deed satisfies never;
    }
  }

  /** Once a run there is over: the ledger has met the repo by then. */
  private squatLater(): void {
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
