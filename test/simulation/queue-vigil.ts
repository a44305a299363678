/**
 * Rule 6, of a merge queue: what it has put out, as its own record shows, is answered or handed over. A part of
 * `PullVigil`, asked of each record that was written.
 */
import type { Run } from "../../lib/core/run.ts";
import { newestOf, RED } from "./commit-records.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

/** The look that sees it put out of its queue decides. */
const PUT_OUT_MS = 60_000;

export class QueueVigil {
  private readonly world: World;
  private readonly rules: Rules;
  /** By run: the head that its record has seen in a queue, and since when it is out of it. */
  private readonly queued = new Map<string, { head: string; commit: string; outSince: number | null }>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  putOut(run: Run, { last, waitingSince, wantsRepo }: NonNullable<Run["proposal"]>): void {
    const { world } = this;
    if (last?.queued?.commit) this.queued.set(run.id, { head: last.head, commit: last.queued.commit, outSince: null });
    const seen = this.queued.get(run.id);
    if (!seen || last === null || last.queued) return;
    const tested = world.records.queueCi(`${run.repo.owner}/${run.repo.name}`, seen.commit);
    // Out of it for any other reason it is people's to see to, also if that turns red when it is run again.
    const isRed = newestOf(tested).some((one) => RED.includes(one.word));
    const isOver = last.state !== "open" || last.head !== seen.head || run.turns.some((turn) => turn.sha === seen.head);
    if (!isRed || isOver) {
      this.queued.delete(run.id);
      return;
    }
    seen.outSince ??= world.nowMs;
    const isQuiet = !world.stormy || (world.mishaps.forge === 0 && world.crashes === 0);
    if (isQuiet && waitingSince !== null && !wantsRepo && world.nowMs > seen.outSince + PUT_OUT_MS)
      this.rules.broken(6, `run ${run.id} does nothing about ${seen.head.slice(0, 7)}, which the queue put out`);
  }
}
