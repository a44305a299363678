/** What becomes of requests in the special weathers. */
import { count } from "./coverage.ts";
import type { Mishap } from "./network.ts";
import { Random } from "./random.ts";
import { type Hands, SpecialMoments } from "./special-moments.ts";
import type { SpecialName } from "./specials.ts";
import { isMerge, type Served } from "./traffic.ts";
import { IN_PROGRESS, type World } from "./world.ts";

type Asked = Omit<Served, "by">;

export class SpecialMishaps {
  private readonly world: World;
  private readonly random: Random;
  private readonly name: SpecialName | null;
  private readonly delayed: "stamp" | "thread" | "turn";
  private readonly moments: SpecialMoments;
  private hole: { paths: RegExp; untilMs: number } | null = null;

  constructor(world: World, hands: Hands) {
    this.world = world;
    this.name = world.weather.special;
    this.random = new Random(world.seed, "special mishaps");
    this.moments = new SpecialMoments(world, this.random, hands);
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
        if (this.isStamp({ system, method, path, body })) this.moments.stampFirst(path);
        return null;
      case "answers-lost": {
        if (!turn || !random.chance(0.6)) return null;
        return random.pick(["lost-after", "hang-after", "5xx-after", "5xx-before", "garbage-after"]);
      }
      case "mention-lost":
        return method === "POST" && body.includes("afk-hand-over:") && random.chance(0.7) ? "lost-after" : null;
      case "close-late":
        return closes ? this.moments.closeLate(path) : null;
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
        return this.isDelayed({ system, method, path, body }) && random.chance(0.75) ? this.moments.startLate() : null;
      case "record-behind":
        if (system === "executor" && body.includes('"thread.create"')) this.moments.unlabelFirst(body);
        return null;
      case "fix-delayed":
        return turn && body.includes("CI of your landed commit") ? this.moments.stopsMeanwhile() : null;
      case "fix-unheard":
        return turn && body.includes("CI of your landed commit") ? this.moments.stopsMeanwhile("lost-after") : null;
      case "answer-delayed":
        return system === "executor" && /\.respond"/.test(body) ? this.moments.stopsMeanwhile() : null;
      case "merge-delayed":
        return system === "forge" && isMerge({ method, path, body }) ? this.moments.mergesLate(path, body) : null;
      default:
        return null;
    }
  }

  /** Also in the calm. */
  private isUnread(path: string): boolean {
    if (this.name === "repo-unread") return /^\/repos\/acme\/one(\/|$)/.test(path);
    return this.name === "issue-unread" && /\/issues\/1(\/|$)/.test(path);
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
}
