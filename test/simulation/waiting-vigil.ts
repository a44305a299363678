/**
 * Rules 2, 6 and 10, of a run that waits for people: it costs nobody anything, they are reminded, and what they ask for is
 * heard. A part of `PullVigil`, asked of each record that was written.
 */
import type { Run } from "../../lib/core/run.ts";
import type { ReviewTurns } from "./review-turns.ts";
import type { Rules } from "./rules.ts";
import type { World } from "./world.ts";

/** As long as a slow poll and a late sweep. */
const UNHEARD_MS = 900_000;
/** In the calm: four of its polls. */
const IDLE_MS = 360_000;

type Memory = NonNullable<Run["proposal"]>;

export class WaitingVigil {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly reviews: ReviewTurns;
  /** By run: since when its record has waited for people. */
  private readonly waiting = new Map<string, number>();
  /** By run: the head with which nothing was left to do but people's part, and since when. */
  private readonly idle = new Map<string, { head: string; since: number }>();

  constructor(world: World, rules: Rules, reviews: ReviewTurns) {
    this.world = world;
    this.rules = rules;
    this.reviews = reviews;
  }

  /** Whoever waited for people long enough has rung for them. Also of one that has ended. */
  reminded(run: Run, { waitingSince }: Memory): void {
    const { world } = this;
    const before = this.waiting.get(run.id) ?? null;
    if (waitingSince === null || run.outcome !== null) this.waiting.delete(run.id);
    else this.waiting.set(run.id, waitingSince);
    if (before === null || (waitingSince === before && run.outcome === null)) return;
    const rang = run.acts.some(({ deed }) => deed.type === "ring" && deed.bell.type === "review");
    const dueMs = Number(world.settings.AFK_REVIEW_REMINDER_SECONDS || 86_400) * 1000 + UNHEARD_MS;
    if (!rang && world.nowMs - before > dueMs)
      this.rules.broken(6, `run ${run.id} has waited for people, and nobody was reminded`);
  }

  holdsNothing(run: Run, { waitingSince, holdsRepo }: Memory): void {
    const { world, rules } = this;
    if (waitingSince === null) return;
    if (holdsRepo) rules.broken(10, `run ${run.id} waits for people and holds its repo`);
    if (world.isAtWork(run)) rules.broken(2, `run ${run.id} waits for people, and its agent is at work`);
  }

  /** What people who may write have asked for is not left to lie: the run that waits has nothing else to do. */
  unheard(repo: string, run: Run, { last, waitingSince, wantsRepo }: Memory): void {
    const { world } = this;
    if (world.stormy || waitingSince === null || wantsRepo || last?.state !== "open") return;
    if (world.forge.ciWord(repo, last.head) !== "fine") return;
    const before = world.nowMs - UNHEARD_MS;
    if (waitingSince > before || world.calmSince > before) return;
    for (const { mark, at } of world.pullBook.heeded(`${repo}#${last.number}`))
      if (at < before && !this.reviews.hasAnswered(run, mark))
        this.rules.broken(6, `run ${run.id} waits for people, and has not heard ${mark}`);
  }

  /** With a green head and an agent at rest it is people's turn, and the repo is free. */
  idling(repo: string, run: Run, { last, waitingSince, wantsRepo }: Memory): void {
    const { world } = this;
    const isIdle = last?.state === "open" && !world.isAtWork(run) && world.forge.ciWord(repo, last.head) === "fine";
    if (!isIdle || world.stormy || waitingSince !== null || wantsRepo) {
      this.idle.delete(run.id);
      return;
    }
    const before = this.idle.get(run.id);
    const since = before?.head === last.head ? before.since : world.nowMs;
    this.idle.set(run.id, { head: last.head, since });
    if (world.nowMs - since > IDLE_MS) this.rules.broken(10, `run ${run.id} holds its repo, and only people can go on`);
  }
}
