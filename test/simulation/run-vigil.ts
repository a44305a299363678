/**
 * Rules 2 and 4, of what goes on at once: agents in a repo, runs in a repo and in all, runs of one wish. And rule 5: a
 * settled run does not move. A part of `Rules`, asked after every step.
 */
import type { Run } from "../../lib/core/run.ts";
import { attemptsOf } from "./attempts.ts";
import { countsInAll, holdsRepo, runsOf } from "./ledger-records.ts";
import type { Rules } from "./rules.ts";
import type { Disk } from "./storage.ts";
import type { World } from "./world.ts";

export class RunVigil {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly settled = new Map<string, { record: Run; said: string }>();
  /** Runs in flight at the last step. */
  private inAll = 0;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  afterStep(): void {
    this.agentsAtWork();
    this.runs();
  }

  private agentsAtWork(): void {
    const byRepo = new Map<string, string>();
    for (const { threadId, workspaceRoot } of this.world.t3.dispatched.atWork()) {
      const other = byRepo.get(workspaceRoot);
      if (other !== undefined && other !== threadId)
        this.rules.broken(2, `two agents at work in ${workspaceRoot}: ${other} and ${threadId}`);
      byRepo.set(workspaceRoot, threadId);
    }
  }

  private runs(): void {
    const { world, rules } = this;
    let inAll = 0;
    for (const [name, disk] of world.ledgerDisks()) {
      this.ofLedger(disk);
      const here = runsOf(disk).filter(holdsRepo).length;
      if (here > 1) rules.broken(2, `${here} runs have ${name} for themselves`);
      inAll += runsOf(disk).filter(countsInAll).length;
    }
    // A limit that is tightened stops nothing that is under way.
    const most = Number(world.settings.AFK_MAX_RUNS);
    if (inAll > most && inAll > this.inAll) rules.broken(4, `${inAll} runs in flight, ${most} may be`);
    this.inAll = inAll;
  }

  private ofLedger(disk: Disk): void {
    const { rules } = this;
    const events = new Map<string, string>();
    for (const run of runsOf(disk)) {
      if (run.settledAt !== null) this.isSettled(run);
      const wish = `${run.labelEvent.id}/${run.claim}`;
      if (events.has(wish))
        rules.broken(4, `label event ${run.labelEvent.id} ran twice: ${events.get(wish)}, ${run.id}`);
      events.set(wish, run.id);
      if (attemptsOf(this.world, run) > run.limits.fixAttempts)
        rules.broken(4, `run ${run.id} had more fix turns than ${run.limits.fixAttempts}`);
      if (run.threads.length > 1) rules.broken(4, `run ${run.id} has ${run.threads.length} threads`);
    }
  }

  private isSettled(run: Run): void {
    const before = this.settled.get(run.id);
    if (before?.record === run) return;
    const now = JSON.stringify([run.outcome, run.settledAt, run.turns.map((turn) => turn.sentAt), run.threads]);
    this.settled.set(run.id, { record: run, said: before?.said ?? now });
    if (before && before.said !== now) this.rules.broken(5, `settled run ${run.id} moved: ${before.said} -> ${now}`);
  }
}
