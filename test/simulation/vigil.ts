/**
 * Rules about single deeds: each request that leaves a ledger, each run that begins, ends or settles, held against the
 * stand-ins' records. A part of `Rules`, which asks it.
 */
import type { Run } from "../../lib/core/run.ts";
import { isLook } from "./bells.ts";
import { runsOf } from "./ledger-records.ts";
import type { Rules } from "./rules.ts";
import type { Leaving } from "./traffic.ts";
import { IN_PROGRESS, READY, US, type World } from "./world.ts";

/** Of one and the same writing request, so many within so long: the backoff would not allow it. */
const SAME_MAX = 6;
const SAME_MS = 15_000;
/** Two polls of the slowest, a fence, and reads that hang. */
const WITHDRAWN_WITHIN_MS = 480_000;

/** What was read before the executor went out may still count so long. */
const OUT_MS = 60_000;

/** A late alarm, a slow poll and their likes. */
const STARTED_SLACK_MS = 320_000;

export class Vigil {
  private readonly world: World;
  private readonly rules: Rules;
  private readonly left = new Map<string, number[]>();
  private readonly known = new Set<string>();
  private readonly decided = new Set<string>();
  private readonly settled = new Set<string>();
  private modelless = false;
  private spent = false;
  private blindUntil = 0;
  private outSince: number | null = null;

  constructor(world: World, rules: Rules) {
    this.world = world;
    this.rules = rules;
  }

  leaving(one: Leaving): void {
    // Reads that look like posts: each message of several is looked for in the same words.
    const isRead = one.method === "GET" || one.path === "/graphql" || isLook(one.path);
    if (one.by === null || isRead) return;
    this.sameAgain(one, one.by);
    this.startAfterEnd(one, one.by);
    this.unordered(one, one.by);
    this.onAfterStop(one, one.by);
  }

  /** Rule 5: ordered to stop, it begins no turn. */
  private onAfterStop({ body }: { body: string }, by: string): void {
    const id = body.includes('"thread.turn.start"') ? /"threadId":"afk-([0-9a-f]{16})/.exec(body)?.[1] : undefined;
    const run = id === undefined ? undefined : runsOf(this.world.ledgers.disk(by)).find((one) => one.id === id);
    // A turn that may have left before is looked after.
    if (run?.stop && run.turns.at(-1)?.sentAt === this.world.nowMs)
      this.rules.broken(5, `run ${id} was ordered to stop and sends a turn`);
  }

  /** Rule 9: the ready label is a person's, and we put it on for one. */
  private unordered({ path, body }: { path: string; body: string }, by: string): void {
    const repo = this.world.repoOf(by);
    const [, number] = /\/issues\/(\d+)\/labels$/.exec(path) ?? [];
    if (number === undefined || !this.world.played.labelsPut(repo, body).includes(READY)) return;
    if (!this.world.retriers.isOrdered(`${repo}#${number}`))
      this.rules.broken(9, `${by} labels #${number} ready, which nobody who may has ordered`);
  }

  /** Rule 10: what fails is not tried again at once, for ever. */
  private sameAgain({ method, path, body }: { method: string; path: string; body: string }, by: string): void {
    const { world } = this;
    // A command says when it was sent.
    const key = `${by} ${method} ${path} ${body.replace(/"createdAt":"[^"]*"/, "")}`;
    const recent = (this.left.get(key) ?? []).filter((at) => at > world.nowMs - SAME_MS);
    recent.push(world.nowMs);
    this.left.set(key, recent);
    if (recent.length > SAME_MAX + world.crashes)
      this.rules.broken(10, `${by} sends the same ${method} ${path} again and again`);
  }

  /** Rule 5: an ended run begins nothing more. */
  private startAfterEnd({ path, body }: { path: string; body: string }, by: string): void {
    const runs = runsOf(this.world.ledgers.disk(by));
    const create = body.includes('"thread.create"') ? /"threadId":"afk-([0-9a-f]{16})/.exec(body)?.[1] : undefined;
    if (create !== undefined && runs.find((run) => run.id === create)?.outcome)
      this.rules.broken(5, `run ${create} has ended and makes a thread`);
    const [, number] = /\/issues\/(\d+)\/labels$/.exec(path) ?? [];
    if (number === undefined || !this.world.played.labelsPut(this.world.repoOf(by), body).includes(IN_PROGRESS)) return;
    if (!runs.some((run) => run.issue.number === Number(number) && run.outcome === null))
      this.rules.broken(5, `${by} stamps #${number}, which no run holds`);
  }

  afterStep(): void {
    const { world } = this;
    const modelless = world.settings.AFK_MODEL === "";
    if (isSpent(world)) this.spent = true;
    for (const [key, run] of world.everyRun()) {
      if (!this.known.has(run.id)) {
        this.claimed(run, modelless && this.modelless);
        this.limited(run);
        this.rules.gates.claimed(key, run);
      }
      this.known.add(run.id);
      if (run.outcome === null) this.owed(run);
      if (run.outcome !== null && !this.decided.has(run.id)) this.ending(key, run);
      if (run.settledAt !== null && !this.settled.has(run.id)) this.settling(run);
    }
    this.modelless = modelless;
    const { until } = world.outages.get("executor") ?? { until: 0 };
    this.outSince = until > world.nowMs ? (this.outSince ?? world.nowMs) : null;
  }

  /** Rule 5: the limits of a run are those of the settings, or the tighter ones of its repo. */
  private limited(run: Run): void {
    const { settings } = this.world;
    const most = [
      ["AFK_RUN_MAX_SECONDS", run.limits.runMs],
      ["AFK_START_SECONDS", run.limits.startMs],
      ["AFK_STALL_SECONDS", run.limits.stallMs],
      ["AFK_DEPLOY_SECONDS", run.limits.deployMs],
      ["AFK_CI_GRACE_SECONDS", run.limits.ciGraceMs],
      ["AFK_FIX_FORWARD_MAX_SECONDS", run.limits.fixMs],
    ] as const;
    for (const [name, ms] of most)
      if (ms !== Number(settings[name]) * 1000 && run.startedAt === this.world.nowMs)
        this.rules.broken(5, `run ${run.id} has ${ms} ms of ${name}, which is ${settings[name]}`);
  }

  /** Rule 3, of what can be said of a claim itself: its executor is there, and has a model. */
  private claimed(run: Run, modelless: boolean): void {
    if (modelless) this.rules.broken(3, `a claim (${run.id}) while no model is set`);
    const { until } = this.world.outages.get("executor") ?? { until: 0 };
    if (until > this.world.nowMs && this.outSince !== null && run.startedAt > this.outSince + OUT_MS)
      this.rules.broken(3, `a claim (${run.id}) while the executor cannot be read`);
  }

  /** Rule 5: where the executor could be read all the time, a turn that never starts is not waited for. */
  private owed(run: Run): void {
    const { world } = this;
    const turn = run.turns.at(-1);
    if (turn?.acceptedAt == null || turn.startedTurnId !== null || turn.cancelledAt !== null) return;
    if (world.mishaps.executor > 0 || world.crashes > 0) return;
    // One set back to an old version shows no threads, another server no threads of the first, and nobody looks without an alarm: that time does not count.
    if (world.t3.version !== null || world.isLeft(run) || world.alarmless.size > 0) this.blindUntil = world.nowMs;
    if (this.blindUntil >= turn.acceptedAt || world.forgotAt >= turn.acceptedAt) return;
    if (world.nowMs - turn.acceptedAt > run.limits.startMs + STARTED_SLACK_MS)
      this.rules.broken(5, `run ${run.id} waits on for a turn that never started`);
  }

  /** Rule 2: a run that lets go of its repo leaves nobody at work in it. */
  private settling(run: Run): void {
    this.settled.add(run.id);
    const { world } = this;
    if (world.isAtWork(run))
      this.rules.broken(2, `run ${run.id} is settled (${run.outcome?.reason.code}), and its agent is at work`);
  }

  private ending(key: string, run: Run): void {
    this.decided.add(run.id);
    const { world } = this;
    const { outcome } = run;
    if (outcome === null) return;
    if (outcome.reason.code === "turn_refused" && world.isAtWork(run))
      this.rules.broken(2, `run ${run.id} ends ${outcome.reason.code}, and its agent is at work`);
    const quiet = world.mishaps.forge === 0 && world.crashes === 0 && !this.spent && world.alarmless.size === 0;
    if (!quiet || outcome.type === "withdrawn" || outcome.type === "gone") return;
    const since = unlabelledSince(world, world.repoOf(key), run);
    if (since === null || world.forgeNow() < since + WITHDRAWN_WITHIN_MS) return;
    const first = firstLanding(world, world.repoOf(key), run);
    if (first === null || first > since + WITHDRAWN_WITHIN_MS)
      this.rules.broken(6, `run ${run.id} ends ${outcome.type}, long after a person took its label off`);
  }
}

/** On the forge's clock: since when a person has had the ready label off; null: it is on, or we took it. */
function unlabelledSince(world: World, repo: string, run: Run): number | null {
  const history = world.records.history(repo, run.issue.number) ?? [];
  const last = history.findLast((one) => one.label === READY);
  if (last?.what !== "unlabeled" || last.by === US) return null;
  return history.indexOf(last) > history.findIndex((one) => one.id === run.labelEvent.id) ? last.at : null;
}

function firstLanding(world: World, repo: string, run: Run): number | null {
  const commits = Object.values(world.git.toJSON()[repo]?.commits ?? {});
  const ours = commits.filter((one) => one.message.includes(`AFK-Run: ${run.id}`));
  return ours.length === 0 ? null : Math.min(...ours.map((one) => Date.parse(one.committer.date)));
}

function isSpent({ records }: World): boolean {
  const quota = records.quota();
  return quota !== null && quota.left <= 50;
}
