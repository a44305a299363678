/** CI, as far as the forge is told of it: a workflow run for each push, with a life of its own. */
import type { Conclusion, OwnMove } from "../fakes/forge/stand-in.ts";
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import { TOKENS } from "./armed-settings.ts";
import { wordOf } from "./commit-records.ts";
import { count } from "./coverage.ts";
import { NOISE } from "./own-rules.ts";
import { Random } from "./random.ts";
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

export interface Push {
  repo: string;
  branch: string;
  sha: string;
  by: string;
  /** Whether its tests pass. */
  good: boolean;
  /** Else it is drawn. */
  life?: Life;
  /** Checks beside the one that all commits have: whether each passes. */
  besides?: Record<string, boolean>;
}

export class Ci {
  /** What became of each commit: whether its tests pass. */
  readonly good = new Map<string, boolean>();
  private readonly world: World;
  /** Anew for each push: what happens elsewhere moves nothing of it. */
  private random: Random;
  private readonly pushes = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
    this.random = new Random(world.seed, "ci");
    if (world.weather.pulls !== null)
      world.forge.onOwnMove = (move, step) => {
        // A rebase that leaves out everything a proposal has moves nothing, and CI has nothing new to see.
        if (step === "done" && move.after !== NO_COMMIT && move.after !== move.before) void this.moved(move);
      };
    world.forge.onRerun = (repo, runId) => {
      this.over.delete(runId);
      const run = world.forge.runOf(repo, runId);
      if (!run) return;
      const again = this.lives.get(run.sha) === "cancelled-twice" ? "cancelled" : null;
      this.finish(repo, runId, again ?? this.conclusion(run.sha), this.random.int(10, 90));
    };
  }

  /** Runs that ended, and that nobody runs again. */
  private readonly over = new Set<number>();
  private readonly lives = new Map<string, Life>();

  async pushed(push: Push): Promise<void> {
    const { world } = this;
    this.good.set(push.sha, push.good);
    if (push.branch === "main") world.commitBook.landed(push.repo, push.sha);
    const nth = (this.pushes.get(push.repo) ?? 0) + 1;
    this.pushes.set(push.repo, nth);
    this.random = new Random(world.seed, `ci ${push.repo} ${nth}`);
    const { random } = this;
    await this.besides(push);
    const drawn = this.drawLife(push.by);
    const life = push.life ?? world.special.trunk.lifeOf(push) ?? drawn;
    this.lives.set(push.sha, life);
    count("fault", `ci-${life}`);
    if (life === "none") return;
    const { repo, sha, branch, by } = push;
    if (life === "status") {
      const state = push.good ? "success" : "failure";
      await world.forge.ci.setStatus({ repo, sha, context: "ci", state: "pending", by });
      world.after(random.int(10, 60) * 1000, `      ci/status ${sha.slice(0, 7)} ${state}`, async () => {
        await world.forge.ci.setStatus({ repo, sha, context: "ci", state, by });
        this.noteRed(repo, sha);
      });
      return;
    }
    const begins = Math.min(random.int(1, 20), world.weather.ciBeginsSecondsMax);
    world.after(begins * 1000, "", async () => {
      const run = await world.forge.ci.createWorkflowRun({ repo, sha, branch, by, jobs: ["test"] });
      await world.forge.ci.updateWorkflowRun(repo, run.id, { status: "in_progress" });
      this.live(push, life, run.id);
    });
  }

  /** What tells of the commit beside the one check that all have. */
  private async besides({ repo, branch, sha, by, besides = {} }: Push): Promise<void> {
    const { ci } = this.world.forge;
    const rules = this.world.ownRules;
    if (rules?.ignoresNoise && branch === "main")
      await ci.setStatus({ repo, sha, context: NOISE, state: "failure", by: "dev" });
    for (const [name, passes] of Object.entries(besides)) {
      const path = `.github/workflows/${name.toLowerCase()}.yml`;
      const run = await ci.createWorkflowRun({ repo, sha, branch, by, name, path, jobs: [name.toLowerCase()] });
      this.finish(repo, run.id, passes ? "success" : "failure", 5);
    }
  }

  /** What the forge itself made: a merge, or a queue's try at one. */
  private async moved({ repo, branch, after, by }: OwnMove): Promise<void> {
    const { world } = this;
    const merged = world.forge.pulls.all(repo).find((one) => one.mergeCommit === after);
    const queued = /^gh-readonly-queue\/[^/]+\/pr-(\d+)-/.exec(branch)?.[1];
    const head = merged?.head ?? world.forge.pulls.all(repo).find((one) => String(one.number) === queued)?.head ?? "";
    if (queued !== undefined) world.pullBook.queued.add(head);
    const known = this.good.get(after);
    const random = new Random(world.seed, `merge ${repo} ${this.pushes.get(repo)}`);
    const good = known ?? (this.good.get(head) !== false && !random.chance(world.weather.pulls?.redOnTrunk ?? 0));
    await this.pushed({ repo, branch, sha: after, by, good });
  }

  private live({ repo, sha, branch, by }: Push, life: Life, runId: number): void {
    const { random } = this;
    const real = this.conclusion(sha);
    switch (life) {
      case "stays-pending":
      case "none":
      case "status":
        return;
      case "cancelled":
      case "cancelled-twice":
        this.finish(repo, runId, "cancelled", random.int(10, 60), async () => this.mayRunAgain(repo, sha, runId));
        return;
      case "action-required":
        this.finish(repo, runId, "action_required", random.int(10, 60));
        return;
      case "neutral":
        this.finish(repo, runId, "neutral", random.int(10, 60));
        return;
      case "flips":
        this.finish(repo, runId, "failure", random.int(10, 60), async () => {
          this.world.after(random.int(5, 200) * 1000, "", async () => {
            const run = await this.world.forge.ci.createWorkflowRun({
              repo,
              sha,
              branch: this.world.weather.pulls === null ? "main" : branch,
              by: "dev",
              jobs: ["test"],
            });
            this.finish(repo, run.id, "success", 10);
          });
        });
        return;
      case "slow":
        this.finish(repo, runId, real, random.int(120, 600));
        return;
      case "flaky":
        this.finish(repo, runId, "failure", random.int(10, 60), async () => {
          this.world.special.trunk.flaked(repo, () => this.world.forge.rerunByHand(repo, runId));
        });
        return;
      case "plain":
        this.finish(repo, runId, real, random.int(10, 90));
        return;
      case "staged":
        this.finish(repo, runId, "success", random.int(5, 30), async () => {
          const second = await this.world.forge.ci.createWorkflowRun({ repo, sha, branch, by, name: "deploy-check" });
          this.finish(repo, second.id, real, random.int(10, 90));
        });
        return;
      case "late":
        this.finish(repo, runId, "success", random.int(5, 30), async () => {
          this.world.after(random.int(15, 50) * 1000, "", async () => {
            const late = { name: "Late", path: ".github/workflows/late.yml", jobs: ["late"] };
            const second = await this.world.forge.ci.createWorkflowRun({ repo, sha, branch, by, ...late });
            this.finish(repo, second.id, real, random.int(10, 60), undefined, "late");
          });
        });
        return;
      default:
        life satisfies never;
    }
  }

  /** Somebody sees that it was broken off, sooner or later than the loop does. */
  private mayRunAgain(repo: string, sha: string, runId: number): void {
    if (!this.random.chance(0.4)) return;
    this.world.after(this.random.int(5, 150) * 1000, "", async () => {
      // The loop may have had it run again, and then there is nothing to see.
      if (!this.over.has(runId) || wordOf(this.world, repo, sha) === "green") return;
      count("fault", "people-rerun-ci");
      this.world.tell(`dev has ci/${repo} run ${runId} run again`);
      await this.world.forge.rerunByHand(repo, runId);
    });
  }

  private noteRed(repo: string, sha: string): void {
    if (this.world.forge.ciWord(repo, sha) !== "red") return;
    this.world.commitBook.reds.add(sha);
    this.world.special.trunk.wentRed(repo);
  }

  private drawLife(by: string): Life {
    const { weather, ownRules } = this.world;
    if (ownRules?.hasCi === false) return "none";
    if (weather.ci === "held") return by === "agent" ? "action-required" : "plain";
    if (weather.ci === "none" || weather.ci === "slow") return weather.ci;
    return weather.ci === "odd" ? this.random.weighted(ODD) : "plain";
  }

  private conclusion(sha: string): Conclusion {
    return this.good.get(sha) === false ? "failure" : "success";
  }

  private finish(
    repo: string,
    runId: number,
    conclusion: Conclusion,
    seconds: number,
    then?: () => Promise<void>,
    job = "test",
  ): void {
    const { world } = this;
    world.after(seconds * 1000, `      ci/${repo} run ${runId} ends ${conclusion}`, async () => {
      if (conclusion === "failure")
        world.forge.ci.appendLog(repo, { run: runId, name: job }, `1 failed\nleaked ${TOKENS.forge}\n`);
      await world.forge.ci.updateWorkflowRun(repo, runId, { status: "completed", conclusion });
      this.over.add(runId);
      const { sha, branch } = world.forge.runOf(repo, runId) ?? { sha: "", branch: "" };
      if (conclusion === "failure" && branch === "main") world.commitBook.failed.add(sha);
      this.noteRed(repo, sha);
      await then?.();
    });
  }
}
