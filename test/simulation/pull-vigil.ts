/**
 * What must always be true of runs that land by pull request: who is heeded, what is answered how often, what is merged,
 * and that waiting for people costs nobody anything. A part of `Rules`, which asks it.
 */
import type { Run } from "../../lib/core/run.ts";
import { runsOf } from "./ledger-records.ts";
import { MergeVigil } from "./merge-vigil.ts";
import { PullTimes } from "./pull-times.ts";
import { QueueVigil } from "./queue-vigil.ts";
import { ReviewTurns } from "./review-turns.ts";
import type { Rules } from "./rules.ts";
import type { Leaving } from "./traffic.ts";
import { WaitingVigil } from "./waiting-vigil.ts";
import type { World } from "./world.ts";

export class PullVigil {
  readonly times: PullTimes;
  readonly reviews: ReviewTurns;
  private readonly world: World;
  private readonly rules: Rules;
  private readonly merges: MergeVigil;
  private readonly waiting: WaitingVigil;
  private readonly queue: QueueVigil;
  /** By run: since when its record has shown an open pull request. */
  private readonly proposedSince = new Map<string, number>();
  private readonly writes = new Map<string, number>();

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
    this.times = new PullTimes(world, rules);
    this.reviews = new ReviewTurns(world, rules);
    this.merges = new MergeVigil(world, rules);
    this.waiting = new WaitingVigil(world, rules, this.reviews);
    this.queue = new QueueVigil(world, rules);
  }

  /** Rule 3: the gate pulls_full. */
  firstTurn(repo: string, run: Run): void {
    const { world } = this;
    const pulls = world.forge.pulls.all(repo);
    // Merged within this very step, it waits no more.
    const isOpen = ({ branch }: Run) => pulls.some((one) => one.branch === branch && one.state === "open");
    const since = ({ id }: Run) => this.proposedSince.get(id) ?? Number.POSITIVE_INFINITY;
    const waits = (one: Run) => one.outcome === null && isOpen(one) && since(one) < run.startedAt;
    const others = world.runs(repo).filter((one) => one.id !== run.id && waits(one));
    if (others.length >= Number(world.settings.AFK_MAX_OPEN_PULLS))
      this.rules.broken(3, `a first turn of ${run.id} while ${others.length} pull requests wait in ${repo}`);
  }

  leaving(one: Leaving): void {
    this.merges.leaving(one);
  }

  afterStep(): void {
    const { world } = this;
    this.times.afterStep();
    this.merges.afterStep();
    for (const [key, disk] of world.ledgerDisks()) {
      if (this.writes.get(key) === disk.writes) continue;
      this.writes.set(key, disk.writes);
      for (const run of runsOf(disk))
        if (run.proposal) this.proposing(world.repoOf(key), run, run.proposal);
        else this.rules.broken(3, `run ${run.id} of ${key} is to land by push`);
    }
  }

  private proposing(repo: string, run: Run, memory: NonNullable<Run["proposal"]>): void {
    const isOpen = memory.last?.state === "open" && run.outcome === null;
    if (isOpen) this.proposedSince.set(run.id, this.proposedSince.get(run.id) ?? this.world.nowMs);
    else this.proposedSince.delete(run.id);
    this.answersOnce(run);
    this.waiting.reminded(run, memory);
    if (run.outcome !== null) return;
    this.waiting.holdsNothing(run, memory);
    this.queue.putOut(run, memory);
    this.waiting.unheard(repo, run, memory);
    this.waiting.idling(repo, run, memory);
  }

  /** Rule 4, of heads. A turn that was taken back before it left answers none. */
  private answersOnce(run: Run): void {
    const stands = run.turns.filter(({ cancelledAt, refused }) => cancelledAt === null || refused !== undefined);
    const answers = stands.filter(({ purpose }) => purpose === "fix" || purpose === "update").map(({ sha }) => sha);
    if (new Set(answers).size < answers.length) this.rules.broken(4, `run ${run.id} answers one head twice`);
  }
}
