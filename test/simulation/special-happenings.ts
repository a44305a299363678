/** What happens in the special weathers that is more than a figure, and when: to issues, repos, systems and settings. */
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import { Replacing } from "./replacing.ts";
import { SpecialIssues } from "./special-issues.ts";
import { SpecialMishaps } from "./special-mishaps.ts";
import { SpecialRepos } from "./special-repos.ts";
import { SpecialTrunk } from "./special-trunk.ts";
import type { SpecialName } from "./specials.ts";
import { READY, START_MS, type World } from "./world.ts";

/** Where either forge tells of CI, and of a comment. */
const CI_PATHS = /\/(check-runs|status|statuses)$|\/actions\//;
const COMMENT_PATHS = /\/issues\/comments\/\d+$/;
const QUOTA_LEFT = 50;
/** Once pull requests lie there. */
const BUSY_FROM_MS = 240_000;
const WAKE_MS = 1_000;
/** Before the calm, in which a quota is whole. */
const QUOTA_RESET_MS = 600_000;

export class SpecialHappenings {
  private readonly world: World;
  private readonly random: Random;
  private readonly name: SpecialName | null;
  readonly mishaps: SpecialMishaps;
  readonly trunk: SpecialTrunk;
  readonly repos: SpecialRepos;
  private readonly issues: SpecialIssues;
  /** When anybody's hand was last on an issue. */
  touch: (repo: string, number: number) => void = () => {};

  constructor(world: World) {
    this.world = world;
    this.name = world.weather.special;
    this.random = new Random(world.seed, "special happenings");
    const touch = (repo: string, number: number) => this.touch(repo, number);
    this.trunk = new SpecialTrunk(world, this.random, touch);
    this.repos = new SpecialRepos(world, this.random);
    this.issues = new SpecialIssues(world, this.random, touch);
    this.mishaps = new SpecialMishaps(world, {
      touch,
      takeBack: (repo, number) => this.issues.takeBack(repo, number),
    });
    if (this.name !== null) count("fault", `special-${this.name}`);
  }

  /** Before anybody opens an issue. */
  begin(): void {
    const { world } = this;
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
      case "never-quiet":
        world.at(START_MS + BUSY_FROM_MS, "", () => this.wakeAgainAndAgain(), "aside");
        return;
      case "squatted-name":
        this.repos.squatLater();
        return;
      case "misruled":
        this.repos.misruleLater();
        return;
      case "fix-unread":
        world.onHeard = ({ code, repo, issue }) => {
          if (code !== "fix_forward" || repo === null || issue === null) return;
          this.mishaps.unread(CI_PATHS, world.nowMs + 150_000);
          this.issues.endFix(world.repoOf(repo), issue);
        };
        return;
      default:
        return;
    }
  }

  /** As the deliveries of a CI of many jobs do. */
  private wakeAgainAndAgain(): void {
    const { world } = this;
    if (!world.stormy) return;
    for (const repo of world.repoNames) {
      const key = world.key(repo);
      void world.ledgers.call(key, "wake", [key]);
    }
    world.after(WAKE_MS, "", () => this.wakeAgainAndAgain(), "aside");
  }

  private mistype(): void {
    const { world, random } = this;
    const { AFK_CI_GRACE_SECONDS = "" } = world.settings;
    world.set({ AFK_CI_GRACE_SECONDS: "soon" });
    world.after(random.int(150, 300) * 1000, "the setting is mended", () => world.set({ AFK_CI_GRACE_SECONDS }));
  }

  /** Before it is labelled. */
  opened(repo: string, number: number): void {
    if (this.name === "blockers-unread") this.issues.block(repo, number);
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
        return random.chance(0.3) ? this.issues.holdElsewhere(repo, number) : null;
      case "stop-unheard":
        return world.after(random.int(20_000, 60_000), "", () => {
          this.mishaps.unread(COMMENT_PATHS, world.nowMs + 300_000);
          this.issues.stopAndRelabel(repo, number);
        });
      case "renamed":
        if (random.chance(0.3)) return world.after(random.int(0, 3_000), "", () => this.repos.rename(repo));
        return world.after(random.int(10_000, 200_000), "", () => this.repos.renameUnderWay(repo));
      case "issue-vanishes":
        return later(100_000, 260_000, "deletes", () => people.deleteIssue({ ...on, by: "lead" }));
      case "revised":
        return later(3_000, 90_000, "takes the label off, to write anew,", () => this.issues.revise(repo, number));
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

  /** Of an issue that can never be read: nobody waits for it. */
  excuses(number: number): boolean {
    return this.name === "issue-unread" && number === 1;
  }
}
