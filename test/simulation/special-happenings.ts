/** What happens in the special weathers that is more than a figure: people's hands, and requests that fail. */
import { count } from "./coverage.ts";
import type { Mishap } from "./network.ts";
import { Random } from "./random.ts";
import type { SpecialName } from "./specials.ts";
import type { System } from "./weather.ts";
import { IN_PROGRESS, READY, START_MS, type World } from "./world.ts";

const QUOTA_LEFT = 50;
const QUOTA_RESET_MS = 900_000;
/** How long a close that fails is kept from the forge. */
const CLOSE_LATE_MS = 90_000;

interface Asked {
  system: System;
  method: string;
  path: string;
  body: string;
}

export class SpecialHappenings {
  private readonly world: World;
  private readonly random: Random;
  private readonly name: SpecialName | null;
  private firstFailedAt: number | null = null;
  /** When anybody's hand was last on an issue. */
  touch: (repo: string, number: number) => void = () => {};

  constructor(world: World) {
    this.world = world;
    this.name = world.weather.special;
    this.random = new Random(world.seed, "special happenings");
    if (this.name !== null) count("fault", `special-${this.name}`);
  }

  /** Before anybody opens an issue. */
  begin(): void {
    const { world } = this;
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
      case "squatted-name":
        this.squatLater();
        return;
      default:
        return;
    }
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
      case "issue-vanishes":
        return later(100_000, 260_000, "deletes", () => people.deleteIssue({ ...on, by: "lead" }));
      case "executor-unread":
        return world.after(random.int(40_000, 90_000), "the executor cannot be read", () =>
          world.outages.set("executor", { until: world.nowMs + 400_000, mishap: "5xx-before" }),
        );
      case "start-delayed":
        return later(10_000, 60_000, "thinks again of", () => this.takeBack(repo, number));
      default:
        return null;
    }
  }

  /** What becomes of a request on its way; null: nothing of ours. */
  mishap(asked: Asked): Mishap | null {
    const mishap = this.drawn(asked);
    if (mishap !== null) count("fault", `${asked.system}-${mishap}`);
    return mishap;
  }

  private drawn({ system, method, path, body }: Asked): Mishap | null {
    const { world, random } = this;
    const closes = system === "forge" && method === "PATCH" && body.includes('"state":"closed"');
    if (this.name === "close-refused") return closes ? "4xx" : null;
    if (system === "forge" && method === "GET" && this.isUnread(path)) return "5xx-before";
    if (!world.stormy || this.name === null) return null;
    const turn = system === "executor" && body.includes('"thread.turn.start"');
    const unread = system === "forge" && method === "GET" && random.chance(0.95) ? "5xx-before" : null;
    switch (this.name) {
      case "two-loops":
        if (system === "forge" && method === "POST" && body.includes(IN_PROGRESS)) this.stampFirst(path);
        return null;
      case "answers-lost": {
        if (!turn || !random.chance(0.6)) return null;
        return random.pick(["lost-after", "hang-after", "5xx-after", "5xx-before", "garbage-after"]);
      }
      case "close-late":
        return closes ? this.closeLate(path) : null;
      case "blockers-unread":
        return path.endsWith("/dependencies/blocked_by") ? unread : null;
      case "permission-unread":
        return path.endsWith("/permission") ? unread : null;
      case "trunk-unread":
        return path.includes("/compare/") ? unread : null;
      case "start-delayed":
        return turn && random.chance(0.9) ? "lost-before" : null;
      case "fix-delayed":
        return turn && body.includes("CI of your landed commit") ? this.fixLate() : null;
      default:
        return null;
    }
  }

  /** Also in the calm. */
  private isUnread(path: string): boolean {
    if (this.name === "repo-unread") return /^\/repos\/acme\/one(\/|$)/.test(path);
    return this.name === "issue-unread" && /\/issues\/1(\/|$)/.test(path);
  }

  /** Of an issue that can never be read: nobody waits for it. */
  excuses(number: number): boolean {
    return this.name === "issue-unread" && number === 1;
  }

  /** Another loop, between our last look and our own stamp. */
  private stampFirst(path: string): void {
    const { world } = this;
    const [, repo = "", number = ""] = /\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/labels$/.exec(path) ?? [];
    if (!world.issue(repo, Number(number)) || !this.random.chance(0.5)) return;
    world.tell(`another loop stamps ${repo}#${number}`);
    world.forge.people.label({ repo, number: Number(number), by: "other-loop", label: IN_PROGRESS });
  }

  private takeBack(repo: string, number: number): void {
    const { world, random } = this;
    const { people } = world.forge;
    const on = { repo, number, by: "dev" };
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
        world.set({ AFK_ALLOWLIST: "github:acme/none" });
        world.after(200_000, "enrolled again", () => world.enrolAll(), "top");
        return;
      case "switch":
        this.throwSwitch(200_000);
        return;
      default:
        deed satisfies never;
    }
  }

  private throwSwitch(ms: number): void {
    const { world } = this;
    world.tell("the kill switch is thrown");
    world.set({ AFK_KILL_SWITCH: "true" });
    world.after(ms, "the kill switch is off again", () => world.set({ AFK_KILL_SWITCH: "false" }), "top");
  }

  private fixLate(): Mishap | null {
    const { world } = this;
    if (this.firstFailedAt === null) {
      this.firstFailedAt = world.nowMs;
      world.after(2_000, "", () => this.throwSwitch(120_000), "top");
    }
    return world.nowMs < this.firstFailedAt + 60_000 && world.armed ? "lost-before" : null;
  }

  private closeLate(path: string): Mishap | null {
    const { world } = this;
    const { people } = world.forge;
    const [, repo = "", number = ""] = /\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)/.exec(path) ?? [];
    if (this.firstFailedAt === null) {
      this.firstFailedAt = world.nowMs;
      const on = { repo, number: Number(number), by: "dev" };
      world.after(1_500, `dev closes ${repo}#${number}`, () => people.close(on));
      world.after(4_000, `lead reopens ${repo}#${number}`, () => {
        this.touch(repo, Number(number));
        people.reopen({ ...on, by: "lead" });
      });
    }
    return world.nowMs < this.firstFailedAt + CLOSE_LATE_MS ? "5xx-before" : null;
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
    if (world.records) world.records.repo(repo).id += 900_000;
    const { number } = people.createIssue({ repo, title: "Mine now", body: "Do it.", by: "dev", labels: [] });
    people.label({ repo, number, by: "dev", label: READY });
  }
}
