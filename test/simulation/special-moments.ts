/** What somebody does in the very moment of a request, in the special weathers, and what becomes of the request then. */
import { runsOf } from "./ledger-records.ts";
import type { Mishap } from "./network.ts";
import type { Random } from "./random.ts";
import { IN_PROGRESS, READY, type World } from "./world.ts";

/** How long a close that fails is kept from the forge. */
const CLOSE_LATE_MS = 90_000;

/** Whose hands are laid on an issue in the moment of a request. */
export interface Hands {
  touch(repo: string, number: number): void;
  takeBack(repo: string, number: number): void;
}

export class SpecialMoments {
  private readonly world: World;
  private readonly random: Random;
  private readonly hands: Hands;
  private readonly takenBack = new Set<string>();
  private turnsRed = false;
  private firstFailedAt: number | null = null;

  constructor(world: World, random: Random, hands: Hands) {
    this.world = world;
    this.random = random;
    this.hands = hands;
  }

  /** Another loop, between our last look and our own stamp. */
  stampFirst(path: string): void {
    const { world } = this;
    const [, repo = "", number = ""] = /\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/labels$/.exec(path) ?? [];
    if (!world.issue(repo, Number(number)) || !this.random.chance(0.5)) return;
    world.tell(`another loop stamps ${repo}#${number}`);
    world.forge.people.label({ repo, number: Number(number), by: "other-loop", label: IN_PROGRESS });
  }

  /** While its thread is made: the gates of its first turn are read next. He labels again when he sees what he did. */
  unlabelFirst(body: string): void {
    const { world } = this;
    const id = /"threadId":"afk-([0-9a-f]{16})/.exec(body)?.[1];
    for (const [key, run] of world.everyRun()) {
      const issue = `${key}#${run.issue.number}`;
      if (run.id !== id || this.takenBack.has(issue) || !this.random.chance(0.6)) continue;
      this.takenBack.add(issue);
      const on = { repo: world.repoOf(key), number: run.issue.number, by: "dev", label: READY };
      world.tell(`dev takes the label off ${on.repo}#${on.number}`);
      this.hands.touch(on.repo, on.number);
      world.forge.people.unlabel(on);
      world.after(this.random.int(60, 200) * 1000, `dev labels ${on.repo}#${on.number} again`, () => {
        this.hands.touch(on.repo, on.number);
        world.forge.people.label(on);
      });
    }
  }

  /** The first time a run is delayed, somebody takes back what stood for it. */
  startLate(): Mishap {
    const { world } = this;
    for (const [key, disk] of world.ledgerDisks()) {
      const run = runsOf(disk).find((one) => one.outcome === null);
      if (!run || this.takenBack.has(run.id)) continue;
      this.takenBack.add(run.id);
      const repo = world.repoOf(key);
      const { number } = run.issue;
      world.after(this.random.int(500, 9_000), `dev thinks again of ${repo}#${number}`, () =>
        this.hands.takeBack(repo, number),
      );
    }
    return "lost-before";
  }

  /** The first time it fails so, and soon all is stopped; it is tried again meanwhile. */
  stopsMeanwhile(first: Mishap = "lost-before"): Mishap | null {
    const { world } = this;
    if (this.firstFailedAt === null) {
      this.firstFailedAt = world.nowMs;
      const stop = this.random.chance(0.5) ? throwSwitch : pauseAll;
      world.after(2_000, "", () => stop(world, 120_000), "top");
      return first;
    }
    const goesOn = world.armed && world.paused.size === 0;
    return world.nowMs < this.firstFailedAt + 60_000 && goesOn ? "lost-before" : null;
  }

  /** Until then all is stopped, or the head turns red. */
  mergesLate(path: string, body: string): Mishap | null {
    const { world } = this;
    const [, repo = ""] = /^\/repos\/([^/]+\/[^/]+)\/pulls/.exec(path) ?? [];
    const [head] = /[0-9a-f]{40}/.exec(body) ?? [];
    if (this.firstFailedAt === null) this.turnsRed = head !== undefined && this.random.chance(0.5);
    if (!this.turnsRed || head === undefined) return this.stopsMeanwhile();
    if (this.firstFailedAt === null) {
      this.firstFailedAt = world.nowMs;
      world.after(2_000, `ci/lint of ${head.slice(0, 7)} fails`, async () => {
        await world.forge.ci.setStatus({ repo, sha: head, context: "lint", state: "failure", by: "dev" });
        world.commitBook.reds.add(head);
      });
    }
    return world.nowMs < this.firstFailedAt + 40_000 ? "lost-before" : null;
  }

  closeLate(path: string): Mishap | null {
    const { world } = this;
    const { people } = world.forge;
    const [, repo = "", number = ""] = /\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)/.exec(path) ?? [];
    if (this.firstFailedAt === null) {
      this.firstFailedAt = world.nowMs;
      const on = { repo, number: Number(number), by: "dev" };
      world.after(1_500, `dev closes ${repo}#${number}`, () => people.close(on));
      world.after(4_000, `lead reopens ${repo}#${number}`, () => {
        this.hands.touch(repo, Number(number));
        people.reopen({ ...on, by: "lead" });
      });
    }
    return world.nowMs < this.firstFailedAt + CLOSE_LATE_MS ? "5xx-before" : null;
  }
}

export function throwSwitch(world: World, ms: number): void {
  world.tell("the kill switch is thrown");
  world.set({ AFK_KILL_SWITCH: "true" });
  world.after(ms, "the kill switch is off again", () => world.set({ AFK_KILL_SWITCH: "false" }), "top");
}

function pauseAll(world: World, ms: number): void {
  void world.pausers.pause(null);
  world.after(ms, "", () => world.pausers.resume(null), "top");
}
