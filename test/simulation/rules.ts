/**
 * What must always be true (design, section 6), asked of the world's records after every step. The ledgers' own records
 * are read only where the rule is about them: in flight, decided, settled.
 */
import type { Run, Turn } from "../../lib/core/run.ts";
import type { SeenIssue, SeenLabelling } from "../fakes/forge/stand-in.ts";
import { briefOf } from "./agents.ts";
import { count } from "./coverage.ts";
import { FaultVigil } from "./fault-vigil.ts";
import type { Disk } from "./platform.ts";
import { PullVigil } from "./pull-vigil.ts";
import { SpendVigil } from "./spend-vigil.ts";
import { Truths, wordOf } from "./truths.ts";
import { Vigil } from "./vigil.ts";
import { IN_PROGRESS, READY, US, type World } from "./world.ts";

export interface Violation {
  rule: number;
  step: number;
  text: string;
}

interface Pending {
  active: string[];
  commenting: number[];
  acts: { state: string }[];
}

const DECISION_SLACK_MS = 420_000;
/** A thread is counted when it is claimed and created a little later: a shorter window never accuses wrongly. */
const HOUR_MS = 35 * 60_000;

export class Rules {
  readonly violations: Violation[] = [];
  step = 0;
  private readonly world: World;
  private readonly settled = new Map<string, { record: Run; said: string }>();
  /** Gates that failed, by issue, at the last two real reads of it by the loop: a later gate may read it once more. */
  private readonly lastReads = new Map<string, string[][]>();
  /** By ledger: since it last read its repo, as each try of a start begins, the gates that failed at the issue read next. */
  private readonly tried = new Map<string, { key: string; failing: string[] } | null>();
  private readonly told = new Set<string>();
  /** By ledger: what it asked of its forge last. */
  private readonly lastAsked = new Map<string, string>();
  private turns = 0;
  private readonly truths: Truths;
  private readonly vigil: Vigil;
  private readonly spending: SpendVigil;
  readonly pulls: PullVigil;
  readonly faults: FaultVigil;
  private readonly asked = new Map<string, Set<string>>();
  private readonly threadsOf = new Map<string, Set<string>>();
  private readonly rerun = new Map<string, number>();
  private commands = 0;
  private spentSince: number | null = null;
  private oldSince: number | null = null;
  private unsettled = 0;
  private logged = 0;
  /** By run: what its record said of its issue. */
  private readonly answered = new Set<string>();

  constructor(world: World) {
    this.world = world;
    this.truths = new Truths(world, this);
    this.vigil = new Vigil(world, this);
    this.spending = new SpendVigil(world, this);
    this.pulls = new PullVigil(world, this);
    this.faults = new FaultVigil(world, this);
    world.traffic.onLeaving = (leaving) => this.leaving(leaving);
    world.traffic.onServed = (served) => this.served(served);
    world.deliveries.onForged = (name) => this.broken(9, `a forged delivery ${name} was let in`);
    world.deliveries.onLost = (name) => this.broken(7, `delivery ${name} was answered 202 and woke nobody`);
    world.onStep = () => this.afterStep();
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
    if (by === null || !by.includes(":")) return;
    this.vigil.leaving({ method, path, by, body });
    this.faults.leaving({ by, path, body });
    if (world.weather.pulls !== null) this.pulls.leaving({ method, path, by, body });
    const disarmed = !world.armed || !world.isEnrolled(by);
    if (disarmed && !inFlight(world.ledgers.disk(by)))
      this.broken(1, `${by} asks ${method} ${path} while disarmed with nothing in flight`);
    // What would resume it is heard.
    if (world.isPaused(by) && !inFlight(world.ledgers.disk(by)) && !hears(world.ledgers.disk(by)))
      this.broken(1, `${by} asks ${method} ${path} while paused with nothing in flight`);
  }

  /** Whether its repo is paused, whoever's turn it is. */
  private isPaused(threadId: string): boolean {
    const { world } = this;
    if (world.paused.size === 0) return false;
    const run = /^afk-([0-9a-f]{16})/.exec(threadId)?.[1] ?? "";
    return [...world.ledgers.disks].some(([key, disk]) => disk.data.has(`run:${run}`) && world.isPaused(key));
  }

  private served(served: { system: string; method: string; path: string; by: string | null }): void {
    const { world } = this;
    if (served.system === "forge" && served.method === "GET") this.issueRead(served);
    const [, runId] = /actions\/runs\/(\d+)\/rerun-failed-jobs/.exec(served.path) ?? [];
    if (runId !== undefined) {
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

  private issueRead({ path, by }: { path: string; by: string | null }): void {
    const asker = by ?? "";
    const before = this.lastAsked.get(asker) ?? "";
    this.lastAsked.set(asker, path);
    if (/^\/repos\/[^/]+\/[^/]+$/.test(path)) this.tried.set(asker, null);
    const [, repo = "", number = ""] = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)$/.exec(path) ?? [];
    // Right after its blockers an issue is read for their count alone: the same try has read its gates before.
    if (number === "" || before.startsWith(`${path}/dependencies/`)) return;
    const key = `${repo}#${number}`;
    const last = this.lastReads.get(key)?.at(-1) ?? [];
    const failing = this.gates(repo, Number(number));
    this.lastReads.set(key, [last, failing]);
    if (this.tried.get(asker) === null) this.tried.set(asker, { key, failing });
  }

  /** Rules 1, 3 and 4, of each turn the executor has taken. */
  private turnAccepted({ threadId, text }: { threadId: string; text: string }): void {
    const { world } = this;
    if (!world.armed) this.broken(1, `a turn starts in ${threadId} while the kill switch is on`);
    if (this.isPaused(threadId)) this.broken(1, `a turn starts in ${threadId} while its repo is paused`);
    if (this.pulls.turn(threadId, text)) return;
    const sha = /CI of your (?:landed commit|pull request's head) ([0-9a-f]{40})/.exec(text)?.[1];
    if (sha !== undefined) {
      const key = `${threadId} ${sha}`;
      if (this.answered.has(key)) this.broken(4, `two answers to the red ${sha.slice(0, 7)} in ${threadId}`);
      this.answered.add(key);
      this.faults.taken(threadId);
      if (!world.wasRedSince(sha) && !world.book.queued.has(sha))
        this.broken(4, `an answer in ${threadId} to ${sha.slice(0, 7)}: nothing was red there`);
      return;
    }
    const { repo, issue, run } = briefOf(text);
    if (this.answered.has(run)) this.broken(4, `a second first turn of run ${run}`);
    this.answered.add(run);
    const key = `${repo}#${issue}`;
    if (!world.isEnrolled(world.key(repo))) this.broken(1, `a first turn in ${repo}, which is not enrolled`);
    this.othersGates(repo, issue, run, key);
    this.vigil.firstTurn(repo);
    const claimed = runsOf(world.ledgers.disk(world.key(repo))).find((one) => one.id === run);
    if (claimed && world.weather.pulls !== null) this.pulls.firstTurn(repo, claimed);
    if (claimed?.labelEvent.ordered) count("fault", "retry-started");
    const now = this.gates(repo, issue);
    const [first, last] = this.lastReads.get(key) ?? [["never read"], ["never read"]];
    for (const gate of last ?? [])
      if (gate === "never read" || (now.includes(gate) && first?.includes(gate)))
        this.broken(3, `a first turn on ${key} against the gate ${gate}`);
    // Where no two tries of one ledger overlap, the last one is the one that sent it.
    const tried = world.weather.alarmOverlaps === 0 ? this.tried.get(world.key(repo)) : null;
    for (const gate of tried?.key === key ? tried.failing : [])
      if (now.includes(gate)) this.broken(3, `a first turn on ${key} against the gate ${gate}`);
  }

  /** Of a first turn: the gates that are not the issue's own. */
  private othersGates(name: string, number: number, id: string, key: string): void {
    const { world } = this;
    const disk = world.ledgers.disk(world.key(name));
    const run = runsOf(disk).find((one) => one.id === id);
    const history = world.records.history(name, number);
    if (!run || !history) return;
    const taken = history.findIndex((one) => one.id === run.labelEvent.id);
    const marks = history.slice(taken + 1).filter((one) => one.label === IN_PROGRESS);
    const [stamp] = marks.slice(marks.findLastIndex((one) => one.what === "unlabeled") + 1);
    if (taken >= 0 && stamp?.by !== US) this.broken(2, `a first turn on ${key} without our stamp`);
    const { freeze } = (disk.data.get("repo") ?? {}) as { freeze?: { forgeIso: string | null; at: number } | null };
    const { atIso } = run.labelEvent.ordered ?? run.labelEvent;
    const ordered = freeze?.forgeIso != null && Date.parse(atIso) > Date.parse(freeze.forgeIso);
    if (freeze && !ordered) this.broken(3, `a first turn on ${key} against the gate repo_frozen`);
    const head = world.git.toJSON()[name]?.branches.main ?? "";
    if (!freeze && wordOf(world, name, head, world.forgeNow() - 120_000) === "red")
      this.broken(3, `a first turn on ${key} against the gate trunk_red`);
    const before = (since: number | null) => since !== null && since < run.startedAt - 60_000;
    if (this.isSpent() && before(this.spentSince)) this.broken(3, `a first turn on ${key} against the gate quota`);
    if (before(world.special.misruledSince)) this.broken(3, `a first turn on ${key} against the gate repo_config`);
    if (world.t3.version !== null && before(this.oldSince))
      this.broken(3, `a first turn on ${key} against the gate executor`);
  }

  /** The gates that fail now, by the forge's own records. */
  gates(repo: string, number: number): string[] {
    const { world } = this;
    const issue = world.issue(repo, number);
    if (!issue || issue.state === "closed" || !issue.labels.includes(READY)) return ["not_ready"];
    const failing: string[] = [];
    const event = latestLabelling(issue, READY);
    const ours = event?.by === US ? world.retriers.judge(repo, issue, event) : null;
    const may = event && (event.by === world.bot || (!isBot(event.by) && world.forge.mayPush(repo, event.by)));
    if (!(ours ? ours.trusted : may)) failing.push("labeller_untrusted");
    if (ours ? !ours.stands : event && world.forge.textStands(repo, number, event.id) === "no") failing.push("edited");
    if (blockersOf(world, repo, issue).some((one) => one.state === "open")) failing.push("blocked");
    return failing;
  }

  afterStep(): void {
    this.step++;
    this.spentSince = this.isSpent() ? (this.spentSince ?? this.world.nowMs) : null;
    this.oldSince = this.world.t3.version !== null ? (this.oldSince ?? this.world.nowMs) : null;
    this.truths.afterStep();
    this.vigil.afterStep();
    this.spending.afterStep();
    if (this.world.weather.pulls !== null) this.pulls.afterStep();
    this.alarms();
    this.agentsAtWork();
    this.runs();
    this.limits();
    this.lines();
  }

  private isSpent(): boolean {
    const quota = this.world.records.quota();
    return quota !== null && quota.left <= 50 && quota.resetAt > this.world.forgeNow();
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

  /** Rules 2, 4 and 5, of the ledgers' records. */
  private runs(): void {
    const { world } = this;
    const { weather } = world;
    let unsettled = 0;
    for (const [name, disk] of world.ledgerDisks()) {
      let here = 0;
      const events = new Map<string, string>();
      for (const run of runsOf(disk)) {
        const over =
          run.startedAt + waitedMs(run, world.nowMs) + run.limits.runMs + weather.sweepMs * 2 + DECISION_SLACK_MS;
        if (run.outcome === null && world.nowMs > over)
          this.broken(5, `run ${run.id} of ${name} is not decided in time`);
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

  /** Rule 4. */
  private limits(): void {
    const threads = this.world.t3.dispatched.threads();
    const newest = threads.at(-1)?.at ?? 0;
    // One that the executor has forgotten and that is made anew is the same.
    const recent = new Set(threads.filter(({ at }) => at > newest - HOUR_MS).map(({ threadId }) => threadId)).size;
    if (recent > Number(this.world.settings.AFK_THREADS_PER_HOUR))
      this.broken(4, `${recent} threads within the hour, ${this.world.settings.AFK_THREADS_PER_HOUR} may be`);
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

/** By disk, as long as nothing is written there: they are asked for many times after every step. */
const read = new WeakMap<Disk, { writes: number; runs: Run[] }>();

export function runsOf(disk: Disk): Run[] {
  const before = read.get(disk);
  if (before?.writes === disk.writes) return before.runs;
  const runs: Run[] = [];
  for (const [key, value] of disk.data) if (key.startsWith("run:")) runs.push(value as Run);
  read.set(disk, { writes: disk.writes, runs });
  return runs;
}

/** Whether an agent of this run may be at work in its repo; one that waits for people lets others in. */
function holdsRepo(run: Run): boolean {
  return run.settledAt === null && (run.proposal?.holdsRepo ?? true);
}

/** How long it has waited for people: none of it is its own time. */
export function waitedMs(run: Run, now: number): number {
  const { waitingSince = null, waitedMs: before = 0 } = run.proposal ?? {};
  return before + (waitingSince === null ? 0 : now - waitingSince);
}

/** Turns that answered what was wrong with a commit of ours; not one that found nothing wrong any more. */
export function attemptsOf(run: Run): number {
  const neverLeft = ({ cancelledAt, sentAt }: Turn) => cancelledAt !== null && sentAt === null;
  return run.turns.filter((turn) => (turn.purpose === "fix" || turn.purpose === "update") && !neverLeft(turn)).length;
}

export function inFlight(disk: Disk): boolean {
  const repo = disk.data.get("repo") as Pending | undefined;
  if (!repo) return false;
  return repo.active.length > 0 || repo.commenting.length > 0 || repo.acts.some((one) => one.state === "pending");
}

function hears(disk: Disk): boolean {
  const { hearing = [] } = (disk.data.get("repo") ?? {}) as { hearing?: object[] };
  return hearing.length > 0;
}

export function latestLabelling(issue: SeenIssue, label: string): SeenLabelling | undefined {
  return issue.labellings.findLast((one) => one.added && one.label === label);
}

/** One that is named and was moved away is found where it is now, as the forge leads there. */
export function blockersOf(world: World, repo: string, issue: SeenIssue): SeenIssue[] {
  const named = [...issue.body.matchAll(/Blocked by #(\d+)/g)].flatMap(([, number]) =>
    found(world, repo, Number(number)),
  );
  if (issue.blockedBy.length === 0) return named;
  return [...named, ...world.forge.issues(repo).filter((one) => issue.blockedBy.includes(one.id))];
}

function found(world: World, repo: string, number: number): SeenIssue[] {
  const moved = world.moved.get(`${repo}#${number}`);
  return moved ? found(world, moved.repo, moved.number) : [world.issue(repo, number)].filter((one) => one !== null);
}

/** Where the forge tells bots from people. */
function isBot(login: string): boolean {
  return login.endsWith("[bot]");
}

/** Whose in-progress label it is: who put it on last. */
export function holder(issue: SeenIssue): "none" | "us" | "other" {
  if (!issue.labels.includes(IN_PROGRESS)) return "none";
  const told = issue.labellings.filter((one) => one.label === IN_PROGRESS);
  const standing = told.slice(told.findLastIndex((one) => !one.added) + 1);
  // Two that put it on in one moment: the later one yields.
  return standing.every((one) => one.by === US) ? "us" : "other";
}
