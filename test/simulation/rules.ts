/**
 * What must always be true (design, section 6), asked of the world's records after every step. The ledgers' own records
 * are read only where the rule is about them: in flight, decided, settled.
 */
import type { Run } from "../../lib/core/run.ts";
import { briefOf } from "./agents.ts";
import { Bells } from "./bells.ts";
import { count } from "./coverage.ts";
import { Deadlines } from "./deadlines.ts";
import { FaultVigil } from "./fault-vigil.ts";
import { GateVigil } from "./gate-vigil.ts";
import { Inert } from "./inert.ts";
import { attemptsOf, hears, holdsRepo, inFlight, type Pending, runsOf } from "./ledger-records.ts";
import { MadeGood } from "./made-good.ts";
import { Promptness } from "./promptness.ts";
import { PullVigil } from "./pull-vigil.ts";
import { Silence } from "./silence.ts";
import { SpendVigil } from "./spend-vigil.ts";
import { ThreadLimits } from "./thread-limits.ts";
import { isMerge } from "./traffic.ts";
import { Truths } from "./truths.ts";
import { Vigil } from "./vigil.ts";
import type { System } from "./weather.ts";
import type { World } from "./world.ts";

export interface Violation {
  rule: number;
  step: number;
  text: string;
}

export class Rules {
  readonly violations: Violation[] = [];
  step = 0;
  private readonly world: World;
  private readonly settled = new Map<string, { record: Run; said: string }>();
  private readonly told = new Set<string>();
  private turns = 0;
  readonly gates: GateVigil;
  readonly deadlines: Deadlines;
  private readonly truths: Truths;
  private readonly vigil: Vigil;
  private readonly spending: SpendVigil;
  readonly pulls: PullVigil;
  readonly faults: FaultVigil;
  readonly silence: Silence;
  readonly bells: Bells;
  private readonly inert: Inert;
  private readonly threads: ThreadLimits;
  private readonly promptness: Promptness;
  readonly madeGood: MadeGood;
  private readonly asked = new Map<string, Set<string>>();
  private readonly threadsOf = new Map<string, Set<string>>();
  private readonly rerun = new Map<string, number>();
  private commands = 0;
  private unsettled = 0;
  private logged = 0;
  /** By run: what its record said of its issue. */
  private readonly answered = new Set<string>();

  constructor(world: World) {
    this.world = world;
    this.gates = new GateVigil(world, this);
    this.deadlines = new Deadlines(world);
    this.truths = new Truths(world, this);
    this.vigil = new Vigil(world, this);
    this.spending = new SpendVigil(world, this);
    this.pulls = new PullVigil(world, this);
    this.faults = new FaultVigil(world, this);
    this.silence = new Silence(world, this);
    this.bells = new Bells(world, this);
    this.inert = new Inert(world, this);
    this.threads = new ThreadLimits(world, this);
    this.promptness = new Promptness(world, this);
    this.madeGood = new MadeGood(world, this);
    world.traffic.onLeaving = (leaving) => this.leaving(leaving);
    world.traffic.onServed = (served) => this.served(served);
    world.traffic.onTooSoon = ({ method, path, by }) =>
      this.broken(10, `${by} asks ${method} ${path} of a forge that wants to be left alone`);
    world.traffic.onMishap = (one) => {
      this.silence.mishap(one);
      this.bells.mishap(one);
    };
    world.deliveries.onForged = (name) => this.broken(9, `a forged delivery ${name} was let in`);
    world.deliveries.onLost = (name) => this.broken(7, `delivery ${name} was answered 202 and woke nobody`);
    world.onStep = () => this.afterStep();
    world.onAsked = (name) => this.inert.asked(name);
    world.onReconcile = (ledger) => this.promptness.reconcile(ledger);
  }

  broken(rule: number, text: string): void {
    if (this.told.has(`${rule} ${text}`)) return;
    this.told.add(`${rule} ${text}`);
    this.violations.push({ rule, step: this.step, text });
    this.world.tell(`!!    VIOLATION of rule ${rule}: ${text}`);
  }

  /** Rules 1 and 9, of each request that leaves. */
  private leaving({ method, path, by, body }: { method: string; path: string; by: string | null; body: string }): void {
    const { world } = this;
    for (const secret of body === "" ? [] : world.secrets)
      if (body.includes(secret)) this.broken(9, `a secret leaves in ${method} ${path}`);
    this.inert.leaving({ method, path, by });
    if (by === null || !by.includes(":")) return;
    this.vigil.leaving({ method, path, by, body });
    this.faults.leaving({ by, path, body });
    if (world.weather.pulls !== null) this.pulls.leaving({ method, path, by, body });
    const disarmed = !world.armed || !world.isEnrolled(by);
    if (
      (disarmed || world.isPaused(by)) &&
      (isMerge({ method, path, body }) || /"thread\.[a-z-]+\.respond"/.test(body))
    )
      this.broken(1, `${by} asks ${method} ${path} while it is to start nothing`);
    if (disarmed && !inFlight(world.ledgers.disk(by)))
      this.broken(1, `${by} asks ${method} ${path} while disarmed with nothing in flight`);
    // What would resume it is heard.
    if (world.isPaused(by) && !inFlight(world.ledgers.disk(by)) && !hears(world.ledgers.disk(by)))
      this.broken(1, `${by} asks ${method} ${path} while paused with nothing in flight`);
  }

  /** The ledger whose run has this thread. */
  private ledgerOf(threadId: string): string | null {
    const run = /^afk-([0-9a-f]{16})/.exec(threadId)?.[1] ?? "";
    const [key = null] = this.world.ledgerDisks().find(([, disk]) => disk.data.has(`run:${run}`)) ?? [];
    return key;
  }

  private served(served: { system: System; method: string; path: string; body: string; by: string | null }): void {
    const { world } = this;
    this.bells.served(served);
    if (served.system === "forge" && served.method === "GET") this.gates.read(served);
    const [, repo = "", runId] =
      /\/repos\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)\/rerun-failed-jobs/.exec(served.path) ?? [];
    if (runId !== undefined) {
      this.deadlines.rerun(world.forge.runOf(repo, Number(runId))?.sha ?? "");
      const times = (this.rerun.get(runId) ?? 0) + 1;
      this.rerun.set(runId, times);
      if (times > 2 + world.mishaps.forge + world.crashes)
        this.broken(4, `CI run ${runId} was run again ${times} times`);
    }
    if (served.system !== "executor" || served.method === "GET") return;
    this.commandsTaken();
    const accepted = world.t3.dispatched.turns();
    for (const turn of accepted.slice(this.turns)) this.turnAccepted(turn);
    this.turns = accepted.length;
  }

  private commandsTaken(): void {
    const all = this.world.t3.dispatched.commands();
    if (all.length < this.commands) this.commands = 0;
    for (const { command } of all.slice(this.commands)) {
      const thread = String(command.threadId);
      const run = /^afk-([0-9a-f]{16})/.exec(thread)?.[1] ?? "";
      if (command.type === "thread.create") {
        const had = this.threadsOf.get(run) ?? new Set();
        this.threadsOf.set(run, had.add(thread));
        if (had.size > 1) this.broken(4, `run ${run} has the threads ${[...had].join(", ")}`);
      }
      if (!/respond$/.test(command.type)) continue;
      const asked = this.asked.get(thread) ?? new Set();
      this.asked.set(thread, asked.add(String(command.requestId)));
      if (asked.size > 1) this.broken(6, `${asked.size} questions of ${thread} were answered`);
    }
    this.commands = all.length;
  }

  /** Rules 1, 3 and 4, of each turn the executor has taken. */
  private turnAccepted({ threadId, text }: { threadId: string; text: string }): void {
    const { world } = this;
    if (!world.armed) this.broken(1, `a turn starts in ${threadId} while the kill switch is on`);
    const key = this.ledgerOf(threadId);
    if (key !== null && world.isPaused(key)) this.broken(1, `a turn starts in ${threadId} while its repo is paused`);
    if (key !== null && !world.isEnrolled(key)) this.broken(1, `a turn starts in ${key}, which is not enrolled`);
    if (this.pulls.turn(threadId, text)) return;
    const sha = /CI of your (?:landed commit|pull request's head) ([0-9a-f]{40})/.exec(text)?.[1];
    if (sha !== undefined) {
      const answer = `${threadId} ${sha}`;
      if (this.answered.has(answer)) this.broken(4, `two answers to the red ${sha.slice(0, 7)} in ${threadId}`);
      this.answered.add(answer);
      this.faults.taken(threadId);
      if (!world.wasRedSince(sha) && !world.book.queued.has(sha))
        this.broken(4, `an answer in ${threadId} to ${sha.slice(0, 7)}: nothing was red there`);
      return;
    }
    const { repo, issue, run } = briefOf(text);
    if (this.answered.has(run)) this.broken(4, `a second first turn of run ${run}`);
    this.answered.add(run);
    this.gates.firstTurn(repo, issue, run);
    this.vigil.firstTurn(repo);
    const claimed = runsOf(world.ledgers.disk(world.key(repo))).find((one) => one.id === run);
    if (claimed && world.weather.pulls !== null) this.pulls.firstTurn(repo, claimed);
    if (claimed?.labelEvent.ordered) count("fault", "retry-started");
  }

  afterStep(): void {
    this.step++;
    this.gates.afterStep();
    this.deadlines.afterStep();
    this.truths.afterStep();
    this.silence.afterStep();
    this.inert.afterStep();
    this.vigil.afterStep();
    this.spending.afterStep();
    if (this.world.weather.pulls !== null) this.pulls.afterStep();
    this.alarms();
    this.agentsAtWork();
    this.runs();
    this.threads.afterStep();
    this.promptness.afterStep();
    this.madeGood.afterStep();
    this.lines();
  }

  /** Rule 7: a ledger that owes something has an alarm for it. */
  private alarms(): void {
    const { world } = this;
    for (const [name, disk] of world.ledgerDisks()) {
      const repo = disk.data.get("repo") as (Pending & { dirty: number; done: number }) | undefined;
      if (!repo || world.alarms.isRinging(name)) continue;
      if (world.deliveries.unseen.has(name) && repo.dirty === repo.done)
        this.broken(7, `${name} is marked clean, and a delivery was not looked at`);
      const owes = repo.dirty !== repo.done || repo.active.length > 0 || repo.commenting.length > 0;
      if (world.alarmless.has(name)) continue;
      if (owes && disk.alarmAt === null) this.broken(7, `${name} owes something and has no alarm`);
      if (disk.alarmAt === null) continue;
      const due = runsOf(disk).flatMap((run) => [
        ...(run.outcome === null ? [run.nextLookAt] : []),
        ...run.acts.filter((one) => one.state === "pending" && one.after.length === 0).map((one) => one.dueAt),
      ]);
      const earliest = Math.max(Math.min(...due), world.nowMs);
      if (due.length > 0 && disk.alarmAt > earliest + 10_000)
        this.broken(7, `the alarm of ${name} is later than what is due`);
    }
  }

  /** Rule 2. */
  private agentsAtWork(): void {
    const byRepo = new Map<string, string>();
    for (const { threadId, workspaceRoot } of this.world.t3.dispatched.atWork()) {
      const other = byRepo.get(workspaceRoot);
      if (other !== undefined && other !== threadId)
        this.broken(2, `two agents at work in ${workspaceRoot}: ${other} and ${threadId}`);
      byRepo.set(workspaceRoot, threadId);
    }
  }

  /** Rules 2 and 4, of the ledgers' records; rule 5, that a settled run does not move. */
  private runs(): void {
    const { world } = this;
    let unsettled = 0;
    for (const [name, disk] of world.ledgerDisks()) {
      let here = 0;
      const events = new Map<string, string>();
      for (const run of runsOf(disk)) {
        if (holdsRepo(run)) here++;
        if (run.settledAt !== null) this.isSettled(run);
        const wish = `${run.labelEvent.id}/${run.claim}`;
        if (events.has(wish))
          this.broken(4, `label event ${run.labelEvent.id} ran twice: ${events.get(wish)}, ${run.id}`);
        events.set(wish, run.id);
        if (attemptsOf(run) > run.limits.fixAttempts)
          this.broken(4, `run ${run.id} had more fix turns than ${run.limits.fixAttempts}`);
        if (run.threads.length > 1) this.broken(4, `run ${run.id} has ${run.threads.length} threads`);
      }
      if (here > 1) this.broken(2, `${here} runs have ${name} for themselves`);
      unsettled += here;
    }
    // A limit that is tightened stops nothing that is under way.
    const most = Number(world.settings.AFK_MAX_RUNS);
    if (unsettled > most && unsettled > this.unsettled) this.broken(4, `${unsettled} runs in flight, ${most} may be`);
    this.unsettled = unsettled;
  }

  private isSettled(run: Run): void {
    const before = this.settled.get(run.id);
    if (before?.record === run) return;
    const now = JSON.stringify([run.outcome, run.settledAt, run.turns.map((turn) => turn.sentAt), run.threads]);
    this.settled.set(run.id, { record: run, said: before?.said ?? now });
    if (before && before.said !== now) this.broken(5, `settled run ${run.id} moved: ${before.said} -> ${now}`);
  }

  /** Rules 9 and 10, of what the loop wrote to its log. */
  private lines(): void {
    for (const line of this.world.log.slice(this.logged)) {
      for (const secret of this.world.secrets) if (line.msg.includes(secret)) this.broken(9, "a secret in the log");
      if (line.code === "thrown" && !/crashed/.test(line.msg)) this.broken(10, `thrown: ${line.msg.slice(0, 300)}`);
    }
    this.logged = this.world.log.length;
  }
}
