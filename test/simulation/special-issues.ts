/** What people do to issues in the special weathers. */
import { holder } from "./issue-records.ts";
import type { Random } from "./random.ts";
import { throwSwitch } from "./special-moments.ts";
import { IN_PROGRESS, READY, type World } from "./world.ts";

export class SpecialIssues {
  private readonly world: World;
  private readonly random: Random;
  private readonly touch: (repo: string, number: number) => void;

  constructor(world: World, random: Random, touch: (repo: string, number: number) => void) {
    this.world = world;
    this.random = random;
    this.touch = touch;
  }

  /** Before it is labelled. */
  block(repo: string, number: number): void {
    const { people } = this.world.forge;
    const blocker = people.createIssue({ repo, title: "First this", by: "dev" }).number;
    people.addBlockedBy({ repo, number, by: "dev", blocker: { number: blocker } });
    this.world.after(600_000, `dev closes the blocker ${repo}#${blocker}`, () =>
      people.close({ repo, number: blocker, by: "dev" }),
    );
  }

  /** Another loop was first, and left it: somebody takes its stamp off, as our refusal tells him to. */
  holdElsewhere(repo: string, number: number): void {
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

  stopAndRelabel(repo: string, number: number): void {
    const { world, random } = this;
    const { people } = world.forge;
    const on = { repo, number, by: "dev", label: READY };
    world.stoppers.say(repo, number, "dev");
    world.after(random.int(5, 30) * 1000, `dev takes the label off ${repo}#${number}`, () => people.unlabel(on));
    world.after(random.int(100, 250) * 1000, `dev labels ${repo}#${number} again`, () => people.label(on));
  }

  /** While a fix cannot leave. */
  endFix(repo: string, number: number): void {
    const { world, random } = this;
    const deed = random.pick(["stop", "stop", "delete", "switch"] as const);
    world.after(random.int(1, 60) * 1000, "", () => {
      if (deed === "switch") return throwSwitch(world, 300_000);
      if (deed === "stop") return world.stoppers.say(repo, number, "dev");
      world.tell(`lead deletes ${repo}#${number}`);
      this.touch(repo, number);
      world.forge.people.deleteIssue({ repo, number, by: "lead" });
    });
  }

  revise(repo: string, number: number): void {
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

  takeBack(repo: string, number: number): void {
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
}
