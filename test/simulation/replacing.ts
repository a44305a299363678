/**
 * Another server answers at the executor's address, while agents are at work on the first: nobody can ask these any more,
 * and a person lets their runs go once he has seen them end.
 */
import { currentThread, type Run } from "../../lib/core/run.ts";
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import type { World } from "./world.ts";

/** The other server's own id. */
const OTHER = "env-other";
const LOOKS_EVERY_MS = 30_000;

export class Replacing {
  private readonly world: World;
  private readonly random: Random;

  constructor(world: World) {
    this.world = world;
    this.random = new Random(world.seed, "replacing");
  }

  /** Once an agent is at work. */
  begin(): void {
    const { world, random } = this;
    const atWork = world.busyRepos.some((repo) => world.runs(repo).some((run) => run.turns[0]?.acceptedAt != null));
    if (!atWork) return void (world.stormy && world.after(LOOKS_EVERY_MS, "", () => this.begin()));
    const inMs = random.int(0, 120) * 1000;
    world.after(inMs, "another executor answers at its address", () => world.t3.replaceBy(OTHER), "top");
    world.after(inMs + LOOKS_EVERY_MS, "", () => this.look());
  }

  /** Said again until it is heard: the loop may not know of the trouble yet. */
  private look(): void {
    const { world, random } = this;
    for (const repo of world.busyRepos)
      for (const run of world.runs(repo)) if (this.isOver(run) && random.chance(0.3)) this.release(repo, run);
    world.after(LOOKS_EVERY_MS, "", () => this.look());
  }

  private isOver(run: Run): boolean {
    if (run.settledAt !== null || !this.world.isLeft(run)) return false;
    return this.world.t3.dispatched.atWork().every(({ threadId }) => threadId !== currentThread(run));
  }

  private release(repo: string, { issue }: Run): void {
    const { world } = this;
    if (!world.issue(repo, issue.number)) return;
    count("fault", "people-release");
    world.tell(`lead says /afk release on ${repo}#${issue.number}`);
    world.forge.people.comment({ repo, number: issue.number, by: "lead", body: "/afk release" });
  }
}
