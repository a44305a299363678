/** What becomes of CI of a push: of its first run, and what follows upon that. */
import type { Conclusion } from "../fakes/forge/stand-in.ts";
import type { Ci, Push } from "./ci.ts";
import { wordOf } from "./commit-records.ts";
import { count } from "./coverage.ts";
import type { World } from "./world.ts";

export type Life =
  | "plain"
  | "none"
  | "stays-pending"
  | "cancelled"
  | "cancelled-twice"
  | "flips"
  | "action-required"
  | "neutral"
  | "status"
  | "slow"
  | "staged"
  /** A second check is not even there until the first has ended for a while. */
  | "late"
  /** It fails, and the same run succeeds once somebody has it run again. */
  | "flaky";

export const ODD: readonly (readonly [Life, number])[] = [
  ["plain", 6],
  ["none", 1],
  ["stays-pending", 1],
  ["cancelled", 2],
  ["cancelled-twice", 1],
  ["flips", 1],
  ["action-required", 1],
  ["neutral", 1],
  ["status", 1],
  ["slow", 2],
  ["staged", 2],
];

/** In what its first run ends, after how many seconds, least and most; `real`: as its tests do. Null: never, or there is none. */
const ENDS: Record<Life, readonly [Conclusion | "real", number, number] | null> = {
  plain: ["real", 10, 90],
  slow: ["real", 120, 600],
  staged: ["success", 5, 30],
  late: ["success", 5, 30],
  flips: ["failure", 10, 60],
  flaky: ["failure", 10, 60],
  cancelled: ["cancelled", 10, 60],
  "cancelled-twice": ["cancelled", 10, 60],
  "action-required": ["action_required", 10, 60],
  neutral: ["neutral", 10, 60],
  "stays-pending": null,
  none: null,
  status: null,
};

export class CiLives {
  private readonly world: World;
  private readonly ci: Ci;

  constructor(world: World, ci: Ci) {
    this.world = world;
    this.ci = ci;
  }

  /** Its first run is under way. */
  live(push: Push, life: Life, runId: number): void {
    const { ci } = this;
    const end = ENDS[life];
    if (end === null) return;
    const real = ci.conclusion(push.sha);
    const [conclusion, least, most] = end;
    const seconds = ci.random.int(least, most);
    const then = this.following(push, life, runId, real);
    ci.finish(push.repo, runId, conclusion === "real" ? real : conclusion, seconds, then);
  }

  /** What comes once the first run has ended. */
  private following(push: Push, life: Life, runId: number, real: Conclusion): (() => Promise<void>) | undefined {
    const { world, ci } = this;
    const { random } = ci;
    const { repo, sha, branch, by } = push;
    const later = (least: number, most: number, run: () => unknown) =>
      world.workAfter(random.int(least, most) * 1000, "", run);
    switch (life) {
      case "cancelled":
      case "cancelled-twice":
        return async () => this.mayRunAgain(repo, sha, runId);
      case "flips":
        return async () => later(5, 200, () => this.flip(push));
      case "flaky":
        return async () => world.special.trunk.flaked(repo, () => world.forge.rerunByHand(repo, runId));
      case "staged":
        return async () => {
          const second = await world.forge.ci.createWorkflowRun({ repo, sha, branch, by, name: "deploy-check" });
          ci.finish(repo, second.id, real, random.int(10, 90));
        };
      case "late":
        return async () =>
          later(15, 50, async () => {
            const late = { name: "Late", path: ".github/workflows/late.yml", jobs: ["late"] };
            const second = await world.forge.ci.createWorkflowRun({ repo, sha, branch, by, ...late });
            ci.finish(repo, second.id, real, random.int(10, 60), undefined, "late");
          });
      default:
        return undefined;
    }
  }

  /** A run of its own says the opposite. */
  private async flip({ repo, sha, branch }: Push): Promise<void> {
    const { world } = this;
    const on = world.weather.pulls === null ? "main" : branch;
    const run = await world.forge.ci.createWorkflowRun({ repo, sha, branch: on, by: "dev", jobs: ["test"] });
    this.ci.finish(repo, run.id, "success", 10);
  }

  /** Somebody sees that it was broken off, sooner or later than the loop does. */
  private mayRunAgain(repo: string, sha: string, runId: number): void {
    const { world, ci } = this;
    if (!ci.random.chance(0.4)) return;
    world.workAfter(ci.random.int(5, 150) * 1000, "", async () => {
      // The loop may have had it run again, and then there is nothing to see.
      if (!ci.isOver(runId) || wordOf(world, repo, sha) === "green") return;
      count("fault", "people-rerun-ci");
      world.tell(`dev has ci/${repo} run ${runId} run again`);
      await world.forge.rerunByHand(repo, runId);
    });
  }
}
