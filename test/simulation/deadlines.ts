/**
 * What an ending says of a time that is over, held against the run's own limits and what the world has seen of it: an agent
 * that was silent so long, a turn that did not start, CI that did not come. A part of `Rules`, asked in the step that decides.
 */
import { asksDeploy } from "../../lib/core/deploy-rule.ts";
import { currentThread, type Reason, type Run } from "../../lib/core/run.ts";
import { judgedOf, newestOf, toldOf, UNDER_WAY } from "./commit-records.ts";
import { runsOf } from "./ledger-records.ts";
import type { Says } from "./reason-truths.ts";
import type { Reruns } from "./reruns.ts";
import type { World } from "./world.ts";

/** Between a look's first read and its decision: reads that hang, several in a row. */
const SLACK_MS = 120_000;
/** Two of the slowest polls: what changes between two of them is seen, and counted from, at the second. */
const POLLS_MS = 360_000;
/** A clock that is read a moment later than what it is to measure. */
const TICK_MS = 15_000;

export class Deadlines {
  private readonly world: World;
  /** By thread: when each sign of life came that a step has shown. */
  private readonly lives = new Map<string, number[]>();
  /** By ledger: when the loop was last told to start nothing there. */
  private readonly stoppedAt = new Map<string, number>();
  /** When the executor was out, from the step that showed it on. */
  private readonly outs: { from: number; to: number }[] = [];
  private readonly reruns: Reruns;

  constructor(world: World, reruns: Reruns) {
    this.world = world;
    this.reruns = reruns;
  }

  afterStep(): void {
    const { world } = this;
    this.noteOut();
    for (const [key, disk] of world.ledgerDisks()) {
      if (isStopped(world, key)) this.stoppedAt.set(key, world.nowMs);
      for (const run of runsOf(disk)) if (run.outcome === null) this.noteLife(run);
    }
  }

  private noteOut(): void {
    const { nowMs, outages } = this.world;
    const { until } = outages.get("executor") ?? { until: 0 };
    const last = this.outs.at(-1);
    if (until <= nowMs || last?.to === until) return;
    // Another outage takes its place.
    if (last) last.to = Math.min(last.to, nowMs);
    this.outs.push({ from: nowMs, to: until });
  }

  private noteLife(run: Run): void {
    const thread = currentThread(run);
    const last = thread === null ? null : this.world.t3.lifeOf(thread);
    if (thread === null || last === null) return;
    // By the executor's clock: between two steps minutes may pass.
    const at = Date.parse(last) - this.world.weather.executorAheadMs;
    const before = this.lives.get(thread) ?? [];
    if (before.at(-1) !== at) this.lives.set(thread, [...before, at]);
  }

  check(key: string, run: Run, reason: Reason, says: Says): void {
    const { limits } = run;
    switch (reason.code) {
      case "stalled":
        if (!this.wasSilent(run, limits.stallMs)) says(5, "and it was not silent so long");
        if (this.wasUnanswered(key, run)) says(6, "and nobody answered what it asked");
        return;
      case "never_started": {
        const acceptedAt = run.turns.at(-1)?.acceptedAt ?? null;
        if (acceptedAt !== null && this.readableMs(acceptedAt, decidedAt(run)) < limits.startMs - TICK_MS)
          says(5, "too early");
        return;
      }
      case "asked_again":
        if (run.requests.length === 0 && !this.wasStopped(key, run)) says(6, "at its first question");
        return;
      case "infra":
      case "no_ci":
        if (this.judgedMs(key, run) < limits.ciGraceMs - TICK_MS) says(5, "before the grace is over");
        return;
      case "deploy_overdue":
        if (this.judgedMs(key, run) < limits.deployMs - TICK_MS) says(5, "before the time of a deploy is over");
        return;
      case "time_over":
        if (this.wasPlain(key, run)) says(5, "though nothing was left to wait for");
        return;
      default:
        return;
    }
  }

  /** Whether so long a silence ended with the decision, or with a sign of life that its look had missed. */
  private wasSilent(run: Run, ms: number): boolean {
    const at = this.lives.get(currentThread(run) ?? "") ?? [];
    const decided = decidedAt(run);
    return at.some((from, n) => {
      const to = Math.min(at[n + 1] ?? decided, decided);
      return to >= decided - SLACK_MS && to - from >= ms - TICK_MS;
    });
  }

  /** Its question stands, and no answer was ever sent, though one could have been all the time. */
  private wasUnanswered(key: string, run: Run): boolean {
    const { mishaps, crashes, t3 } = this.world;
    const wasStopped = (this.stoppedAt.get(key) ?? Number.NEGATIVE_INFINITY) >= run.startedAt;
    if (mishaps.executor + crashes > 0 || t3.version !== null || wasStopped || this.world.isLeft(run)) return false;
    const told = t3.dispatched.commands().filter(({ command }) => /\.respond$/.test(command.type));
    return t3.isAsking(run.threads) && !told.some(({ command }) => run.threads.includes(String(command.threadId)));
  }

  /** Of that time, without what the executor was out; the calm ends what is out. */
  private readableMs(from: number, to: number): number {
    const calmSince = this.world.stormy ? to : this.world.calmSince;
    const out = this.outs.map((one) => Math.min(one.to, to, calmSince) - Math.max(one.from, from));
    return out.reduce((left, ms) => left - Math.max(ms, 0), to - from);
  }

  private wasStopped(key: string, run: Run): boolean {
    return (this.stoppedAt.get(key) ?? Number.NEGATIVE_INFINITY) >= decidedAt(run) - SLACK_MS;
  }

  /** How long what was judged has been there, or been run again. */
  private judgedMs(key: string, run: Run): number {
    const { world } = this;
    const sha = judgedOf(run);
    const commit = world.git.toJSON()[world.repoOf(key)]?.commits[sha];
    if (!commit) return Number.POSITIVE_INFINITY;
    const madeAt = Date.parse(commit.committer.date) - world.weather.forgeAheadMs;
    return decidedAt(run) - Math.max(madeAt, this.reruns.lastOf(sha) ?? 0);
  }

  /** At rest for long, CI's last word spoken for long, and everybody could be asked: there was no reason to wait. */
  private wasPlain(key: string, run: Run): boolean {
    const { world } = this;
    const { mishaps, crashes, alarmless, t3 } = world;
    const isClear = mishaps.forge + mishaps.executor + crashes + alarmless.size === 0 && t3.version === null;
    if (!isClear || world.isLeft(run) || run.proposal || asksDeploy(run.rules)) return false;
    const patienceMs = Math.max(run.limits.ciGraceMs, run.limits.stallMs) + POLLS_MS + SLACK_MS;
    const long = decidedAt(run) - patienceMs;
    const life = this.lives.get(currentThread(run) ?? "")?.at(-1) ?? Number.POSITIVE_INFINITY;
    if (life > long || this.world.isAtWork(run)) return false;
    const told = newestOf(toldOf(world, world.repoOf(key), judgedOf(run)));
    return told.every(
      ({ word, changedAt }) => !UNDER_WAY.includes(word) && changedAt - world.weather.forgeAheadMs < long,
    );
  }
}

function decidedAt(run: Run): number {
  return run.outcome?.decidedAt ?? 0;
}

/** Disarmed, off the list, paused, or a setting mistyped. */
function isStopped(world: World, key: string): boolean {
  if (!world.armed || !world.isEnrolled(key) || world.isPaused(key)) return true;
  return Object.entries(world.settings).some(([name, text]) => /_SECONDS$/.test(name) && !/^[\d.]*$/.test(text));
}
