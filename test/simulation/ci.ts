/** CI, as far as the forge is told of it: a workflow run for each push, with a life of its own. */
import type { Conclusion, OwnMove } from "../fakes/forge/stand-in.ts";
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import { TOKENS } from "./armed-settings.ts";
import { CiLives, type Life, ODD } from "./ci-lives.ts";
import { count } from "./coverage.ts";
import { NOISE } from "./own-rules.ts";
import { Random } from "./random.ts";
import type { World } from "./world.ts";

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
  random: Random;
  private readonly pushes = new Map<string, number>();
  private readonly outcomes: CiLives;
  /** Runs that ended, and that nobody runs again. */
  private readonly over = new Set<number>();
  private readonly lives = new Map<string, Life>();

  constructor(world: World) {
    this.world = world;
    this.random = new Random(world.seed, "ci");
    this.outcomes = new CiLives(world, this);
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
    if (life === "status") return this.tellStatus(push, random);
    const { repo, sha, branch, by } = push;
    const begins = Math.min(random.int(1, 20), world.weather.ciBeginsSecondsMax);
    world.after(begins * 1000, "", async () => {
      const run = await world.forge.ci.createWorkflowRun({ repo, sha, branch, by, jobs: ["test"] });
      await world.forge.ci.updateWorkflowRun(repo, run.id, { status: "in_progress" });
      this.outcomes.live(push, life, run.id);
    });
  }

  private async tellStatus({ repo, sha, by, good }: Push, random: Random): Promise<void> {
    const { world } = this;
    const state = good ? "success" : "failure";
    await world.forge.ci.setStatus({ repo, sha, context: "ci", state: "pending", by });
    world.workAfter(random.int(10, 60) * 1000, `      ci/status ${sha.slice(0, 7)} ${state}`, async () => {
      await world.forge.ci.setStatus({ repo, sha, context: "ci", state, by });
      this.noteRed(repo, sha);
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

  isOver(runId: number): boolean {
    return this.over.has(runId);
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

  conclusion(sha: string): Conclusion {
    return this.good.get(sha) === false ? "failure" : "success";
  }

  finish(
    repo: string,
    runId: number,
    conclusion: Conclusion,
    seconds: number,
    then?: () => Promise<void>,
    job = "test",
  ): void {
    const { world } = this;
    world.workAfter(seconds * 1000, `      ci/${repo} run ${runId} ends ${conclusion}`, async () => {
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
