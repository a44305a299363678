/**
 * Whoever deploys: what is green on a trunk comes to run, late, never, or only for a while; and the page or the check that
 * tells of it. In the calm all that is green comes to run in the end.
 */
import type { DeployRule } from "../../lib/core/repo-rules.ts";
import { type AskedOfApp, FakeApp } from "../fakes/app/fake-app.ts";
import { wordOf } from "./commit-records.ts";
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import type { World } from "./world.ts";

const LOOK_MS = 10_000;
/** Three hits, each a poll after the one before, less what is under way. */
const SPAN_POLLS = 2;
const POLL_MS_LEAST = 30_000;
const SLACK_MS = 3_000;

type Fate = "comes" | "never" | "goes-back" | "garbage" | "redirect" | "down" | "fails";

const PAGE_FATES: readonly (readonly [Fate, number])[] = [
  ["comes", 3],
  ["never", 1],
  ["goes-back", 3],
  ["garbage", 1],
  ["redirect", 1],
  ["down", 1],
];
const CHECK_FATES: readonly (readonly [Fate, number])[] = [
  ["comes", 2],
  ["never", 1],
  ["fails", 2],
];

export const DEPLOY_FATES: string[] = [...new Set([...PAGE_FATES, ...CHECK_FATES].map(([fate]) => fate))];

export class Deploys {
  readonly app: FakeApp;
  readonly rule: DeployRule;
  private readonly world: World;
  private readonly random: Random;
  /** What the forge was told of a commit, and when. */
  private readonly said = new Map<string, { state: string; at: number }[]>();
  private readonly planned = new Set<string>();
  /** In the calm a deploy is begun once more. */
  private readonly mended = new Set<string>();

  constructor(world: World) {
    this.world = world;
    this.app = new FakeApp(() => world.nowMs);
    this.random = new Random(world.seed, "deploys");
    this.rule = world.ownRules?.deploy ?? { type: "none" };
  }

  begin(): void {
    if (this.rule.type !== "none") this.look();
  }

  /** As the records call the check that tells of it, and that is none of CI's; undefined: no check does. */
  get check(): string | undefined {
    return this.rule.type === "check" ? `status ${this.rule.name}` : undefined;
  }

  async answer(request: Request): Promise<Response> {
    const response = await this.app.handle(request);
    const location = response.headers.get("location");
    return location === null || request.redirect === "manual" ? response : this.answer(new Request(location));
  }

  /** Whether the loop was shown, or could see, until then that one of these commits is live, by this world's rule. */
  isLive(repo: string, commits: string[], untilMs = Number.POSITIVE_INFINITY): boolean {
    if (this.isTold) return commits.some((sha) => this.lastSaid(repo, sha, untilMs) === "success");
    const asked = this.app.asked.filter((one) => one.at <= untilMs);
    const isOther = (one: AskedOfApp) => one.path !== "/version" || one.said === null || !commits.includes(one.said);
    const streak = asked.slice(asked.findLastIndex(isOther) + 1);
    const spanMs = (streak.at(-1)?.at ?? 0) - (streak[0]?.at ?? 0);
    return streak.length > SPAN_POLLS && spanMs >= SPAN_POLLS * POLL_MS_LEAST - SLACK_MS;
  }

  private lastSaid(repo: string, sha: string, untilMs: number): string | undefined {
    return this.said.get(`${repo} ${sha}`)?.findLast(({ at }) => at <= untilMs)?.state;
  }

  /** The forge is told, and no page. */
  private get isTold(): boolean {
    return this.rule.type === "check" || this.rule.type === "environment";
  }

  /** Nothing is left to happen that keeps these from being live. */
  isSettled(commits: string[]): boolean {
    return this.isTold || (this.app.mood === "commit" && commits.includes(this.app.running ?? ""));
  }

  private look(): void {
    const { world } = this;
    world.after(LOOK_MS, "", async () => {
      this.look();
      for (const repo of world.repoNames) await this.lookAt(repo);
    });
  }

  private async lookAt(repo: string): Promise<void> {
    const { world } = this;
    const green = world.commitBook.trunk(repo).findLast((sha) => this.isGreen(repo, sha));
    if (green === undefined) return;
    if (!world.stormy && !this.mended.has(green)) {
      this.mended.add(green);
      this.planned.add(green);
      await this.come(repo, green);
    }
    if (this.planned.has(green)) return;
    this.planned.add(green);
    const isFirst = world.commitBook.trunk(repo)[0] === green;
    const fate = isFirst ? "comes" : this.random.weighted(this.isTold ? CHECK_FATES : PAGE_FATES);
    if (!isFirst) count("fault", `deploy-${fate}`);
    await this.live(repo, green, fate);
  }

  /** Of CI's own checks. */
  private isGreen(repo: string, sha: string): boolean {
    const own = this.world.records.ci(repo, sha).filter((one) => one.name !== this.check);
    return own.length > 0 && wordOf(this.world, repo, sha) === "green";
  }

  private async live(repo: string, sha: string, fate: Fate): Promise<void> {
    const { random } = this;
    if (this.isTold) await this.tell(repo, sha, "pending");
    switch (fate) {
      case "never":
        return;
      case "comes":
        return this.later(random.int(10, 150), () => this.come(repo, sha));
      case "goes-back": {
        const before = this.app.running ?? sha;
        return this.later(random.int(5, 60), async () => {
          await this.come(repo, sha);
          this.later(random.int(35, 85), () => this.app.deploy(before));
          this.later(random.int(130, 260), () => this.come(repo, sha));
        });
      }
      case "garbage":
      case "redirect":
      case "down":
        return this.later(random.int(5, 60), () => {
          this.app.deploy(sha);
          this.app.mood = fate;
          this.later(random.int(60, 400), () => {
            this.app.mood = "commit";
          });
        });
      case "fails":
        return this.later(random.int(10, 60), () => this.tell(repo, sha, "failure"));
      default:
        fate satisfies never;
    }
  }

  private later(seconds: number, run: () => unknown): void {
    this.world.after(seconds * 1000, "", () => this.world.stormy && run());
  }

  private async come(repo: string, sha: string): Promise<void> {
    this.world.tell(`      ${sha.slice(0, 7)} of ${repo} is deployed`);
    if (this.isTold) return this.tell(repo, sha, "success");
    this.app.mood = "commit";
    this.app.deploy(sha);
  }

  private async tell(repo: string, sha: string, state: "pending" | "success" | "failure"): Promise<void> {
    if (state === "failure") this.world.commitBook.reds.add(sha);
    if (state === "failure") this.world.commitBook.failed.add(sha);
    const key = `${repo} ${sha}`;
    this.said.set(key, [...(this.said.get(key) ?? []), { state, at: this.world.nowMs }]);
    if (this.rule.type === "check")
      await this.world.forge.ci.setStatus({ repo, sha, context: this.rule.name, state, by: "dev" });
    if (this.rule.type === "environment") this.world.played.deploy?.({ repo, sha, environment: this.rule.name, state });
  }
}
