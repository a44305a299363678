/** What becomes of requests in the special weathers, and what somebody does in the very moment between them. */
import { count } from "./coverage.ts";
import { runsOf } from "./ledger-records.ts";
import type { Mishap } from "./network.ts";
import { Random } from "./random.ts";
import type { SpecialName } from "./specials.ts";
import { isMerge } from "./traffic.ts";
import type { System } from "./weather.ts";
import { IN_PROGRESS, READY, type World } from "./world.ts";

/** How long a close that fails is kept from the forge. */
const CLOSE_LATE_MS = 90_000;

interface Asked {
  system: System;
  method: string;
  path: string;
  body: string;
}

/** Whose hands are laid on an issue in the moment of a request. */
interface Hands {
  touch(repo: string, number: number): void;
  takeBack(repo: string, number: number): void;
}

export class SpecialMishaps {
  private readonly world: World;
  private readonly random: Random;
  private readonly name: SpecialName | null;
  private readonly delayed: "stamp" | "thread" | "turn";
  private readonly hands: Hands;
  private readonly takenBack = new Set<string>();
  private turnsRed = false;
  private firstFailedAt: number | null = null;
  private hole: { paths: RegExp; untilMs: number } | null = null;

  constructor(world: World, hands: Hands) {
    this.world = world;
    this.hands = hands;
    this.name = world.weather.special;
    this.random = new Random(world.seed, "special mishaps");
    this.delayed = this.random.pick(["stamp", "thread", "turn", "turn"]);
  }

  /** What becomes of a request on its way; null: nothing of ours. */
  mishap(asked: Asked): Mishap | null {
    const mishap = this.drawn(asked);
    if (mishap !== null) count("fault", `${asked.system}-${mishap}`);
    return mishap;
  }

  /** What the forge cannot be asked for a while. */
  unread(paths: RegExp, untilMs: number): void {
    this.hole = { paths, untilMs };
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
        if (this.isStamp({ system, method, path, body })) this.stampFirst(path);
        return null;
      case "answers-lost": {
        if (!turn || !random.chance(0.6)) return null;
        return random.pick(["lost-after", "hang-after", "5xx-after", "5xx-before", "garbage-after"]);
      }
      case "mention-lost":
        return method === "POST" && body.includes("afk-hand-over:") && random.chance(0.7) ? "lost-after" : null;
      case "close-late":
        return closes ? this.closeLate(path) : null;
      case "blockers-unread":
        return /\/dependencies(\/blocked_by)?$/.test(path) ? unread : null;
      case "permission-unread":
        return path.endsWith("/permission") ? unread : null;
      case "protected":
      case "protected-pulls":
        return /\/commits\/[0-9a-f]{40}$|\/pulls\/\d+\/files$/.test(path) && random.chance(0.4) ? unread : null;
      case "trunk-unread":
        return /\/compare\/|\/commits$/.test(path) ? unread : null;
      case "fix-unread":
      case "stop-unheard":
        return this.hole?.paths.test(path) && world.nowMs < this.hole.untilMs ? unread : null;
      case "start-delayed":
        return this.isDelayed({ system, method, path, body }) && random.chance(0.75) ? this.startLate() : null;
      case "record-behind":
        if (system === "executor" && body.includes('"thread.create"')) this.unlabelFirst(body);
        return null;
      case "fix-delayed":
        return turn && body.includes("CI of your landed commit") ? this.stopsMeanwhile() : null;
      case "fix-unheard":
        return turn && body.includes("CI of your landed commit") ? this.stopsMeanwhile("lost-after") : null;
      case "answer-delayed":
        return system === "executor" && /\.respond"/.test(body) ? this.stopsMeanwhile() : null;
      case "merge-delayed":
        return system === "forge" && isMerge({ method, path, body }) ? this.mergesLate(path, body) : null;
      default:
        return null;
    }
  }

  /** Also in the calm. */
  private isUnread(path: string): boolean {
    if (this.name === "repo-unread") return /^\/repos\/acme\/one(\/|$)/.test(path);
    return this.name === "issue-unread" && /\/issues\/1(\/|$)/.test(path);
  }

  /** Another loop, between our last look and our own stamp. */
  private stampFirst(path: string): void {
    const { world } = this;
    const [, repo = "", number = ""] = /\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/labels$/.exec(path) ?? [];
    if (!world.issue(repo, Number(number)) || !this.random.chance(0.5)) return;
    world.tell(`another loop stamps ${repo}#${number}`);
    world.forge.people.label({ repo, number: Number(number), by: "other-loop", label: IN_PROGRESS });
  }

  private isStamp({ system, method, path, body }: Asked): boolean {
    const [, repo] = /^\/repos\/([^/]+\/[^/]+)\/issues\/\d+\/labels$/.exec(path) ?? [];
    if (system !== "forge" || method !== "POST" || repo === undefined) return false;
    return this.world.played.labelsPut(repo, body).includes(IN_PROGRESS);
  }

  /** One of the three steps that lead to a start, the same in all of this seed. */
  private isDelayed(asked: Asked): boolean {
    const { system, body } = asked;
    switch (this.delayed) {
      case "stamp":
        return this.isStamp(asked);
      case "thread":
        return system === "executor" && body.includes('"thread.create"');
      case "turn":
        return system === "executor" && body.includes('"thread.turn.start"');
      default:
        return this.delayed satisfies never;
    }
  }

  /** While its thread is made: the gates of its first turn are read next. He labels again when he sees what he did. */
  private unlabelFirst(body: string): void {
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
  private startLate(): Mishap {
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
  private stopsMeanwhile(first: Mishap = "lost-before"): Mishap | null {
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
  private mergesLate(path: string, body: string): Mishap | null {
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

  private closeLate(path: string): Mishap | null {
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
