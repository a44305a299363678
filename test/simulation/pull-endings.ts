/** The calm at a pull request: people see each one of a run that is under way to its end. */
import type { SeenPull } from "../fakes/forge/pulls.ts";
import type { ReviewDeeds } from "./review-deeds.ts";
import type { World } from "./world.ts";

/** In the calm: how long they try to have it merged, and how long they leave that to the loop. */
const TRYING_MS = 900_000;
const LEFT_TO_LOOP_MS = 400_000;

export class PullEndings {
  private readonly world: World;
  private readonly deeds: ReviewDeeds;
  /** Since when somebody has wanted it at its end, by pull request. */
  private readonly wanted = new Map<string, number>();
  /** How often changes were asked for in the calm. */
  private readonly insisted = new Map<string, number>();

  constructor(world: World, deeds: ReviewDeeds) {
    this.world = world;
    this.deeds = deeds;
  }

  /** The calm: approved, brought out of draft and merged; what cannot be is closed at last. */
  async finish(repo: string, pull: SeenPull): Promise<void> {
    const { world } = this;
    const run = world.runs(repo).find((one) => one.branch === pull.branch);
    // What was handed over is left to lie.
    if (!run || run.outcome !== null) return;
    const on = `${repo}#${pull.number}`;
    const since = this.wanted.get(on) ?? world.nowMs + (world.weather.pulls?.patienceMs ?? 0);
    this.wanted.set(on, since);
    if (world.nowMs < since) return;
    if (world.nowMs > since + TRYING_MS) {
      await this.deeds.does("closes-in-calm", repo, pull);
      return;
    }
    if (pull.scheduled) return;
    // Somebody at work on it is not overtaken.
    if (world.isAtWork(run)) return;
    if (pull.draft) await this.deeds.does("undrafts", repo, pull);
    const asked = this.insisted.get(on) ?? 0;
    if (asked < (world.weather.pulls?.insists ?? 0)) {
      if (run.proposal?.waitingSince == null || world.forge.ciWord(repo, pull.head) !== "fine") return;
      this.insisted.set(on, asked + 1);
      await this.deeds.does("insists", repo, pull);
      return;
    }
    await this.approve(repo, pull);
    const left = world.settings.AFK_MERGE === "when-green" && world.nowMs < since + LEFT_TO_LOOP_MS;
    if (left || world.forge.ciWord(repo, pull.head) !== "fine") return;
    await this.deeds.does("merges-in-calm", repo, pull);
  }

  /** By one who may, and by all who have asked for changes. */
  private async approve(repo: string, pull: SeenPull): Promise<void> {
    const { world } = this;
    const on = `${repo}#${pull.number}`;
    const { pullBook: book } = world;
    for (const by of ["dev", "lead", world.bot, world.unlistedBot])
      if (
        by !== pull.by &&
        ((book.approvals(on) === 0 && by !== world.bot) || book.verdictOf(on, by) === "request_changes")
      )
        await this.deeds.review(repo, pull, by, "approve");
  }
}
