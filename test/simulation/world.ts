/**
 * One seed's world: a clock, a queue of what will happen, the stand-ins, and the real worker in between. Whatever is
 * due while a request is under way happens then, between the question and its answer.
 */
import type { Env } from "../../functions/env.ts";
import { Fleet } from "../../functions/fleet.ts";
import { RepoLedger } from "../../functions/repo-ledger.ts";
import { sweep } from "../../functions/sweep.ts";
import worker from "../../functions/worker.ts";
import type { Run } from "../../lib/core/run.ts";
import type { Delivery, ForgeStandIn, SeenIssue } from "../fakes/forge/stand-in.ts";
import { GitMemory } from "../fakes/git/git-memory.ts";
import { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";
import { FakeSlack } from "../fakes/slack/fake-slack.ts";
import { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { ScriptedRunner } from "../fakes/t3/scripted-runner.ts";
import { armedEnv } from "../rehearsal/arm-child.ts";
import { count, rowName } from "./coverage.ts";
import { Deploys } from "./deploys.ts";
import { type PlayedForge, playedForge } from "./forges.ts";
import { LateRecords } from "./late-records.ts";
import { answerOf, drawMishap, type Mishap, takesEffect } from "./network.ts";
import { APP_ORIGIN, drawOwnRules, type OwnRules } from "./own-rules.ts";
import { Crash, type Disk, type Incarnation, type ObjectClass, Objects, running } from "./platform.ts";
import { PullBook } from "./pull-book.ts";
import { Random } from "./random.ts";
import type { Records } from "./records.ts";
import { Renaming } from "./renaming.ts";
import { Retriers } from "./retrying.ts";
import { runsOf } from "./rules.ts";
import { SpecialHappenings } from "./special-happenings.ts";
import { weatherOf } from "./specials.ts";
import { Stoppers } from "./stopping.ts";
import type { System, Weather } from "./weather.ts";

export const US = "afk-loop";
export const READY = "ready-for-agent";
export const IN_PROGRESS = "agent-in-progress";
export const FOR_HUMAN = "ready-for-human";
export const START_MS = Date.parse("2026-11-02T09:00:00Z");
export const MODEL = "claudeAgent/claude-sonnet-4-6";
/** The account of the bot whose labels count, and of one whose labels do not. */
const BOT_ID = 777;
const UNLISTED_BOT_ID = 778;
const SECRET = "a simulated webhook secret";
export const TOKENS = {
  forge: "ghp_simulatedsimulatedsimulated0",
  executor: "t3-simulated-token",
  slack: "xoxb-simulated-token",
  ntfy: "tk_simulated",
};
const PORTS: Record<string, System> = { "8101": "forge", "8102": "executor", "8103": "slack", "8104": "ntfy" };
const ADDRESS = /^http:\/\/127\.0\.0\.1:(\d+)(\/[^?]*)(\?.*)?$/;
const CALL_MS = 10_000;
/** A delivery or an alarm that is later than this is late. */
const DELAY_MS_NOTED = 30_000;
const OVERLAP_MS_MAX = 400;
/** More than a sweep reads. */
const IDLE_REPOS = 42;
/** A platform tries a failed alarm again. */
const ALARM_RETRY_MS = 2_000;
/** More in one seed, and the loop spins. */
const RECONCILES_MAX = 4000;

export class Spinning extends Error {}

/** Of the worker's doings, beside the one at the top. */
const BESIDE_MAX = 3;

export interface Happening {
  at: number;
  order: number;
  what: string;
  /**
   * `top`: only between two steps, never while a request is under way. `aside`: the worker's own doings; started while
   * a request is under way they run beside it, overlapping at every await.
   */
  place: "anywhere" | "top" | "aside";
  run: () => unknown;
}

export interface LogLine {
  level: string;
  msg: string;
  repo: string | null;
  issue: number | null;
  run: string | null;
  code: string | null;
}

export class World {
  nowMs = START_MS;
  readonly seed: number;
  readonly weather: Weather;
  readonly story: string[] = [];
  readonly log: LogLine[] = [];
  readonly git = new GitMemory(() => this.forgeNow());
  readonly agents = new ScriptedRunner();
  readonly played: PlayedForge;
  readonly t3: FakeT3;
  readonly slack: FakeSlack;
  readonly ntfy: FakeNtfy;
  readonly ledgers: Objects;
  readonly fleet: Objects;
  readonly settings: Record<string, string>;
  /** Requests that were met by a fault, by system. */
  readonly mishaps: Record<System, number> = { forge: 0, executor: 0, slack: 0, ntfy: 0 };
  /** Commits that CI called red at some time. */
  readonly reds = new Set<string>();
  /** Commits of which a run of the trunk failed at some time: one that is run again forgets it. */
  readonly failed = new Set<string>();
  /** What came to each trunk, oldest first. */
  readonly trunks = new Map<string, string[]>();
  /** By repo, as the forge knows it. */
  readonly repoIds = new Map<string, number>();
  /** The login of the bot whose labels count. */
  readonly bot: string;
  /** Texts with their labels on that the loop took from a delivery, by issue and second. */
  readonly sights = new Set<string>();
  /** Issues that were moved to another repo: where to. */
  readonly moved = new Map<string, { repo: string; number: number }>();
  /** Issues whose comment of ours a person deleted. */
  readonly commentsTaken = new Set<string>();
  readonly book = new PullBook();
  /** Deliveries so far, lost or not: what nobody was told of has not changed. */
  told = 0;
  crashes = 0;
  kills = 0;
  reconciles = 0;
  /** Weather is on; off in the calm. */
  stormy = true;
  calmSince = 0;
  /** When the executor last forgot every thread. */
  forgotAt = 0;
  /** Down until then, with that mishap for every request. */
  readonly outages = new Map<System, { until: number; mishap: Mishap }>();
  /** Told of every request that was really served, with its body. */
  onServed: (served: { system: System; method: string; path: string; body: string; by: string | null }) => void =
    () => {};
  onLost: (name: string) => void = () => {};
  /** By ledger: its dirty count when last a delivery was answered, until a reconcile begins. */
  onForged: (name: string) => void = () => {};
  private readonly pageMax: number | null;
  private readonly forgers: Random;
  private readonly lookedAt = new Map<string, number>();
  readonly unseen = new Map<string, number>();
  /** Told of every request that leaves, before anything happens to it. */
  onLeaving: (leaving: { method: string; path: string; by: string | null; body: string }) => void = () => {};
  /** Issues on which an act of ours was refused for good. */
  readonly refusedActs = new Set<string>();
  /** Told of every line the loop writes, as it writes it. */
  onHeard: (line: LogLine) => void = () => {};
  onStep: (what: string) => void = () => {};
  readonly special: SpecialHappenings;
  /** What its repos say of themselves on their trunks; null: nothing. */
  readonly ownRules: OwnRules | null;
  readonly deploys: Deploys;
  readonly retriers: Retriers;
  readonly stoppers: Stoppers;
  private readonly lateRecords: LateRecords | null;
  readonly records: Records;
  readonly renaming: Renaming;
  /** The login of a bot that is on no list. */
  readonly unlistedBot: string;
  /** Repos whose reads are all answered with 404. */
  readonly hidden = new Set<string>();
  /** Names that another repo bears by now. */
  readonly squatted = new Set<string>();
  /** Ledgers whose alarm the platform gave up, until they are woken. */
  readonly alarmless = new Set<string>();
  private readonly queue: Happening[] = [];
  private readonly alarms = new Map<string, number>();
  private readonly ringing = new Set<string>();
  private order = 0;
  private bound: Env | null = null;
  private pumping = false;
  private readonly beside = new Set<Promise<unknown>>();
  private readonly random: Record<"network" | "platform" | "loop", Random>;

  constructor(seed: number, weather: Weather = weatherOf(seed)) {
    this.seed = seed;
    this.weather = weather;
    this.pageMax = new Random(seed, "pages").pick([null, null, null, 4]);
    this.forgers = new Random(seed, "forgers");
    this.special = new SpecialHappenings(this);
    this.ownRules = drawOwnRules(seed, weather);
    this.deploys = new Deploys(this);
    this.retriers = new Retriers(this);
    this.stoppers = new Stoppers(this);
    this.lateRecords = weather.special === "record-behind" ? new LateRecords(this) : null;
    this.random = {
      network: new Random(seed, "network"),
      platform: new Random(seed, "platform"),
      loop: new Random(seed, "loop"),
    };
    let uuids = 0;
    const now = () => this.nowMs;
    const keeps = "nothing";
    this.played = playedForge(this.weather.forge, {
      now: () => this.forgeNow(),
      git: this.git,
      token: TOKENS.forge,
      login: US,
      secret: SECRET,
      ready: READY,
      botId: BOT_ID,
      ci: this.weather.ciOf,
      deliver: (delivery) => this.send(delivery),
    });
    this.records = this.played.records;
    this.renaming = new Renaming(this.played.leads, (repo) => this.repoIds.get(repo) ?? 0);
    this.bot = this.forge.people.addBot("triage", BOT_ID).login;
    this.unlistedBot = this.forge.people.addBot("unlisted", UNLISTED_BOT_ID).login;
    this.t3 = new FakeT3({
      now: () => this.nowMs + this.weather.executorAheadMs,
      keeps,
      token: TOKENS.executor,
      environmentId: "env-simulated",
      runner: this.agents,
      uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`,
    });
    this.t3.setReportsTokens(this.weather.spending.reports);
    this.slack = new FakeSlack({ now, keeps, token: TOKENS.slack, channels: [{ id: "C0AFK", name: "afk" }] });
    this.ntfy = new FakeNtfy({ now, keeps, token: TOKENS.ntfy });
    const hooks = {
      diesAtWrite: (incarnation: Incarnation) => this.dies(this.weather.crashAtWrite, incarnation, "at a write"),
      onAlarm: (name: string, at: number | null) => this.arm(name, at),
    };
    this.ledgers = new Objects(RepoLedger as unknown as ObjectClass, () => this.env, hooks);
    this.fleet = new Objects(Fleet as unknown as ObjectClass, () => this.env, hooks);
    this.settings = armedEnv(
      {
        ...this.played.settings,
        T3_URL: "http://127.0.0.1:8102",
        T3_TOKEN: TOKENS.executor,
        T3_WORKSPACE_BASE: "/agents",
        SLACK_API_URL: "http://127.0.0.1:8103/api/",
        SLACK_BOT_TOKEN: TOKENS.slack,
        SLACK_CHANNEL: "C0AFK",
        NTFY_URL: "http://127.0.0.1:8104/afk",
        NTFY_TOKEN: TOKENS.ntfy,
        AFK_MODEL: MODEL,
        ...this.weather.settings,
      },
      this.repoNames.map((name) => this.key(name)),
    );
  }

  get forge(): ForgeStandIn {
    return this.played.standIn;
  }

  /** As the loop calls a repo. */
  key(repo: string): string {
    return `${this.weather.forge}:${repo}`;
  }

  /** As the forge calls the repo of a ledger. */
  repoOf(key: string): string {
    return key.slice(key.indexOf(":") + 1);
  }

  get repoNames(): string[] {
    return [...this.idleRepos, ...this.busyRepos, ...this.quietRepos];
  }

  get busyRepos(): string[] {
    const names = ["acme/one", "acme/two", "acme/three"].slice(0, this.weather.repos);
    return names.filter((name) => !this.idleRepos.includes(name));
  }

  /** Enrolled, and nobody opens anything there. */
  get idleRepos(): string[] {
    if (this.weather.special === "repo-unread") return ["acme/one"];
    if (this.weather.special !== "many-repos") return [];
    return Array.from({ length: IDLE_REPOS }, (_, n) => `acme/idle-${n}`);
  }

  /** Beside the one in which something special goes wrong, there is mostly another, and it is left in peace. */
  private get quietRepos(): string[] {
    const { special, repos } = this.weather;
    return special !== null && repos === 1 && this.seed % 3 > 0 ? ["acme/quiet"] : [];
  }

  readonly secrets: readonly string[] = [...Object.values(TOKENS), SECRET];

  enrolAll(): void {
    this.set({ AFK_ALLOWLIST: this.repoNames.map((name) => this.key(name)).join(",") });
  }

  /** Repos whose pause was answered, and "all". */
  readonly paused = new Set<string>();

  isPaused(key: string): boolean {
    return this.paused.has("all") || this.paused.has(this.repoOf(key));
  }

  get armed(): boolean {
    return this.settings.AFK_KILL_SWITCH === "false";
  }

  isEnrolled(key: string): boolean {
    return `,${this.settings.AFK_ALLOWLIST ?? ""},`.includes(`,${key},`);
  }

  /** As a platform does it: one environment for as long as nobody changes a setting. */
  get env(): Env {
    this.bound ??= { ...this.settings, LEDGERS: this.ledgers, FLEET: this.fleet } as unknown as Env;
    return this.bound;
  }

  forgeNow(): number {
    return this.nowMs + this.weather.forgeAheadMs;
  }

  chance(): number {
    return this.random.loop.next();
  }

  tell(line: string): void {
    const s = Math.floor((this.nowMs - START_MS) / 1000);
    const clock = [s / 3600, (s / 60) % 60, s % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
    this.story.push(`${clock} ${line}`);
  }

  /** A line the loop wrote. */
  heard(text: string): void {
    const line = JSON.parse(text) as LogLine;
    this.log.push(line);
    this.onHeard(line);
    const where = [line.repo === null ? "" : this.repoOf(line.repo), line.issue === null ? "" : `#${line.issue}`].join(
      "",
    );
    // Where in the code a crash of the weather's met it is no part of the story.
    const said = line.msg.replace(/(Error: crashed)\n.*$/s, "$1");
    this.tell(`      loop ${where} ${line.code ?? line.level}: ${said}`);
  }

  // What happens -----------------------------------------------------------------------------------------------------

  at(ms: number, what: string, run: Happening["run"], place: Happening["place"] = "anywhere"): void {
    const happening = { at: Math.max(ms, this.nowMs), order: this.order++, what, place, run };
    let index = this.queue.length;
    while (index > 0 && comesBefore(happening, this.queue[index - 1])) index--;
    this.queue.splice(index, 0, happening);
  }

  after(ms: number, what: string, run: Happening["run"], place: Happening["place"] = "anywhere"): void {
    this.at(this.nowMs + ms, what, run, place);
  }

  /** Lets everything happen until then, in its order. */
  async runUntil(ms: number): Promise<void> {
    for (;;) {
      if (this.reconciles > RECONCILES_MAX) throw new Spinning();
      const next = this.queue[0];
      if (!next || next.at > ms) break;
      this.queue.shift();
      this.nowMs = Math.max(this.nowMs, next.at);
      await this.happen(next);
    }
    this.nowMs = Math.max(this.nowMs, ms);
  }

  private async happen(happening: Happening): Promise<void> {
    if (happening.what !== "") this.tell(happening.what);
    await running.exit(async () => happening.run());
    while (this.beside.size > 0) await Promise.all(this.beside);
    this.onStep(happening.what);
  }

  private startBeside(happening: Happening): void {
    count("fault", "overlap-of-others");
    const task = running.exit(async () => happening.run()).finally(() => this.beside.delete(task));
    this.beside.add(task);
  }

  /** What is due while a request is under way. */
  private async meanwhile(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    try {
      for (;;) {
        const fits = (one: Happening) =>
          one.place === "anywhere" || (one.place === "aside" && this.beside.size < BESIDE_MAX);
        const index = this.queue.findIndex((one) => one.at > this.nowMs || fits(one));
        const next = this.queue[index];
        if (!next || next.at > this.nowMs) return;
        this.queue.splice(index, 1);
        if (next.place === "aside") this.startBeside(next);
        else {
          if (next.what !== "") this.tell(next.what);
          await running.exit(async () => next.run());
          this.onStep(next.what);
        }
      }
    } finally {
      this.pumping = false;
    }
  }

  // The platform -----------------------------------------------------------------------------------------------------

  private arm(name: string, at: number | null): void {
    const token = (this.alarms.get(name) ?? 0) + 1;
    this.alarms.set(name, token);
    if (at === null || this.ringing.has(name)) return;
    this.alarmless.delete(name);
    const late = this.stormy ? this.random.platform.int(0, this.weather.alarmLateMsMax) : 0;
    if (late > DELAY_MS_NOTED) count("fault", "alarm-late");
    this.at(Math.max(at, this.nowMs) + late, "", () => this.alarm(name, token), "aside");
  }

  private async alarm(name: string, token: number): Promise<void> {
    if (this.alarms.get(name) !== token || this.ringing.has(name)) return;
    const disk = this.ledgers.disk(name);
    if (disk.alarmAt === null || disk.alarmAt > this.nowMs) return;
    disk.alarmAt = null;
    if (this.isDropped(name)) return;
    this.ringing.add(name);
    this.reconciles++;
    this.looksAt(name);
    // It begins a few turns of the queue later.
    void Promise.resolve()
      .then(() => {})
      .then(() => {})
      .then(() => {})
      .then(() => this.looksAt(name));
    if (hasSettled(disk)) count("row", rowName(1));
    if (this.stormy && this.random.platform.chance(this.weather.alarmOverlaps))
      this.after(this.random.platform.int(0, OVERLAP_MS_MAX), "", () => this.ringBeside(name), "aside");
    let failed = false;
    try {
      await this.ledgers.call(name, "alarm", []);
    } catch (error) {
      failed = true;
      if (!(error instanceof Crash))
        this.tell(`!!    the alarm threw: ${error instanceof Error ? error.stack : error}`);
    }
    this.ringing.delete(name);
    if (failed && disk.alarmAt === null) disk.alarmAt = this.nowMs + ALARM_RETRY_MS;
    const twice = this.stormy && this.random.platform.chance(this.weather.alarmTwice);
    if (twice) count("fault", "alarm-twice");
    if (twice) disk.alarmAt = Math.min(disk.alarmAt ?? this.nowMs, this.nowMs);
    this.arm(name, disk.alarmAt);
  }

  /** A platform tries an alarm a few times, and then no more. */
  private isDropped(name: string): boolean {
    if (!this.stormy || this.weather.special !== "alarm-dropped" || !name.includes(":")) return false;
    // A sweep wakes only what it knows to be in flight.
    const isInFlight = runsOf(this.ledgers.disk(name)).some((run) => run.settledAt === null);
    if (!isInFlight || !this.random.platform.chance(0.1)) return false;
    this.tell(`      the alarm of ${name} is given up`);
    this.alarmless.add(name);
    return true;
  }

  /** The same alarm while it is under way: at least once is what a platform promises, and not one at a time. */
  private async ringBeside(name: string): Promise<void> {
    if (!this.ringing.has(name)) return;
    count("fault", "overlap-of-itself");
    this.looksAt(name);
    try {
      await this.ledgers.call(name, "alarm", []);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  private dies(probability: number, incarnation: Incarnation, where: string): boolean {
    const fragile = this.weather.special === "fleet-dies" && incarnation.name === "fleet";
    if (!this.stormy || !this.random.platform.chance(fragile ? 0.2 : probability)) return false;
    this.crashes++;
    count("fault", `crash-${where.replaceAll(" ", "-")}`);
    this.tell(`      CRASH of ${incarnation.name} ${where}`);
    if (this.random.platform.chance(0.3)) {
      count("fault", "machine-down");
      this.killAll();
    }
    return true;
  }

  /** The machine goes down, or a new release comes up. */
  killAll(): void {
    this.kills++;
    this.ledgers.killAll();
    this.fleet.killAll();
  }

  /** A new release with other settings: nobody lives on with the old ones. */
  set(changed: Record<string, string>): void {
    Object.assign(this.settings, changed);
    this.bound = null;
    this.killAll();
  }

  private looksAt(name: string): void {
    this.unseen.delete(name);
    this.lookedAt.set(name, this.dirtyOf(name));
  }

  private dirtyOf(name: string): number {
    return (this.ledgers.disk(name).data.get("repo") as { dirty: number } | undefined)?.dirty ?? 0;
  }

  isRinging(name: string): boolean {
    return this.ringing.has(name);
  }

  freezeOf(key: string): string | null {
    const repo = this.ledgers.disk(key).data.get("repo") as { freeze: { run: string } | null } | undefined;
    return repo?.freeze?.run ?? null;
  }

  get fixAttempts(): number {
    return Number(this.settings.AFK_FIX_FORWARD_MAX_ATTEMPTS);
  }

  async sweep(): Promise<void> {
    try {
      await sweep(this.env);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  // The network ------------------------------------------------------------------------------------------------------

  private send(delivery: Delivery): void {
    this.told++;
    const { network } = this.random;
    const { lost, doubled, delayMsMax } = this.weather;
    const name = `${delivery.event}${delivery.action === null ? "" : `.${delivery.action}`} of ${delivery.repo}`;
    if (this.forgers.chance(0.02)) this.after(50, "", () => this.deliverForged(delivery, name), "aside");
    if (this.stormy && network.chance(lost)) {
      count("fault", "delivery-lost");
      return;
    }
    const delay = () => {
      const ms = this.stormy ? network.int(50, Math.max(50, delayMsMax)) : 100;
      if (ms > DELAY_MS_NOTED) count("fault", "delivery-delayed");
      return ms;
    };
    const times = this.stormy && network.chance(doubled) ? 2 : 1;
    if (times === 2) count("fault", "delivery-doubled");
    for (let time = 0; time < times; time++) this.after(delay(), "", () => this.deliver(delivery, name), "aside");
  }

  /** Anybody may write to the door; a wrong signature opens it for nobody. */
  private async deliverForged(delivery: Delivery, name: string): Promise<void> {
    const signed = await this.forge.signed(delivery);
    const headers = new Headers(signed.headers);
    for (const [header, value] of signed.headers)
      if (header.includes("signature")) headers.set(header, value.replace(/[0-9a-f]{64}/, "0".repeat(64)));
    const request = new Request(signed.url, { method: "POST", headers, body: await signed.text() });
    const context = {} as Parameters<NonNullable<typeof worker.fetch>>[2];
    const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], this.env, context);
    if (response.status !== 401) this.onForged(name);
  }

  private async deliver(delivery: Delivery, name: string): Promise<void> {
    const request = await this.forge.signed(this.renaming.delivered(delivery));
    const ledger = this.key(delivery.repo);
    const dirty = () => this.dirtyOf(ledger);
    const before = dirty();
    const context = {} as Parameters<NonNullable<typeof worker.fetch>>[2];
    const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], this.env, context);
    if (response.status !== 202) return this.tell(`      delivery ${name}: ${response.status}`);
    const { status } = (await response.json()) as { status: string };
    if (status !== "ignored" && status !== "disabled") {
      if (dirty() <= before) this.onLost(name);
      if (this.weather.alarmOverlaps === 0 && dirty() > (this.lookedAt.get(ledger) ?? 0))
        this.unseen.set(ledger, dirty());
    }
    const sight = this.played.sightOf(delivery);
    if (sight !== null && status === "accepted") this.sights.add(`${delivery.repo}#${sight.number} ${sight.at}`);
  }

  async fetch(request: Request): Promise<Response> {
    const caller = running.getStore() ?? null;
    if (caller?.dead) throw new Crash();
    const { method } = request;
    if (request.url.startsWith(`${APP_ORIGIN}/`)) return this.askApp(request, caller);
    const [, port = "", whole = "", search = ""] = ADDRESS.exec(request.url) ?? [];
    const system = PORTS[port];
    if (system === undefined) throw new Error(`nothing listens at ${request.url}`);
    const { basePath } = this.played;
    const pathname = system === "forge" && whole.startsWith(`${basePath}/`) ? whole.slice(basePath.length) : whole;
    const body = method === "GET" ? "" : await request.clone().text();
    this.onLeaving({ method, path: pathname, by: caller?.name ?? null, body });
    const dies = caller !== null && this.dies(this.weather.crashAtCall, caller, "around a call");
    const before = dies && this.random.platform.chance(0.5);
    if (before && caller) this.bury(caller);
    this.nowMs += this.random.network.int(5, this.weather.latencyMsMax);
    await this.meanwhile();
    if (caller?.dead) throw new Crash();
    const mishap =
      this.special.mishaps.mishap({ system, method, path: pathname, body }) ?? this.mishapOf(system, method, pathname);
    if (mishap !== null) {
      this.mishaps[system]++;
      if (method !== "GET" || mishap === "401") this.tell(`      FAULT ${mishap} at ${system} ${method} ${pathname}`);
      if (mishap === "4xx") this.noteRefusal(decodeURIComponent(pathname));
      if (takesEffect(mishap)) await this.serve(system, request, { method, path: pathname + search, body }, caller);
      return answerOf(mishap, system, () => {
        this.nowMs += CALL_MS;
      });
    }
    const response = await this.serve(system, request, { method, path: pathname + search, body }, caller);
    if (dies && caller) this.bury(caller);
    if (caller?.dead) throw new Crash();
    return response;
  }

  /** The running system: nobody's forge, and its troubles are its own. */
  private async askApp(request: Request, caller: Incarnation | null): Promise<Response> {
    this.nowMs += this.random.network.int(5, this.weather.latencyMsMax);
    await this.meanwhile();
    if (caller?.dead) throw new Crash();
    return this.deploys.answer(request);
  }

  private noteRefusal(path: string): void {
    const [, repo, place] = /\/repos\/([^/]+\/[^/]+)\/(issues\/\d+|labels$)/.exec(path) ?? [];
    // Where a label must be made before it can be put on, any issue of the repo may go without it.
    if (place === "labels") this.refusedActs.add(`${repo}`);
    else if (place !== undefined) this.refusedActs.add(`${repo}${place.replace("issues/", "#")}`);
  }

  /** Whether the forge refused an act of ours on this issue for good. */
  isRefused(repo: string, number: number): boolean {
    return this.refusedActs.has(repo) || this.refusedActs.has(`${repo}#${number}`);
  }

  private bury(caller: Incarnation): never {
    caller.dead = true;
    throw new Crash();
  }

  private mishapOf(system: System, method: string, path: string): Mishap | null {
    if (this.weather.labelStays && method === "DELETE" && this.isReadyLabel(path)) {
      count("fault", "label-stays");
      return "4xx";
    }
    if (!this.stormy) return null;
    const [, repo = ""] = /^\/repos\/([^/]+\/[^/]+)/.exec(path) ?? [];
    if (system === "forge" && method === "GET" && this.hidden.has(repo)) return "404";
    const outage = this.outages.get(system);
    if (outage && outage.until > this.nowMs) {
      count("fault", `outage-${system}`);
      return outage.mishap;
    }
    if (!this.random.network.chance(this.weather.faults[system])) return null;
    const mishap = drawMishap(this.random.network, method, system);
    count("fault", `${system}-${mishap}`);
    return mishap;
  }

  private isReadyLabel(path: string): boolean {
    const [, repo = "", called] = /^\/repos\/([^/]+\/[^/]+)\/issues\/\d+\/labels\/([^/]+)$/.exec(path) ?? [];
    return called !== undefined && this.played.labelName(repo, decodeURIComponent(called)) === READY;
  }

  private async serve(
    system: System,
    request: Request,
    asked: { method: string; path: string; body: string },
    caller: Incarnation | null,
  ): Promise<Response> {
    const served = { system, ...asked, by: caller?.name ?? null };
    const ask = () => (system === "forge" ? this.askForge(request, asked) : this.standIn(system).handle(request));
    const late = system === "forge" && this.stormy ? this.lateRecords : null;
    const response = late === null ? await ask() : await late.answer(asked.method, asked.path, ask);
    this.onServed(served);
    return response;
  }

  private async askForge(request: Request, asked: { method: string; path: string; body: string }): Promise<Response> {
    const redirect = this.renaming.redirect(asked.method, asked.path);
    if (redirect === null)
      return this.renaming.answered(await this.forge.handle(this.paged(this.renaming.inPast(request, asked.body))));
    if (!this.renaming.areFollowed) this.mishaps.forge++;
    return redirect;
  }

  /** Lists of more than a hundred entries, made small: a forge gives as few a page as it likes. */
  private paged(request: Request): Request {
    if (this.pageMax === null || request.method !== "GET" || !request.url.includes("per_page=100")) return request;
    const url = request.url.replace("per_page=100", `per_page=${this.pageMax}`);
    return new Request(url, { method: "GET", headers: request.headers });
  }

  private standIn(system: System): { handle(request: Request): Promise<Response> } {
    switch (system) {
      case "forge":
        return this.forge;
      case "executor":
        return this.t3;
      case "slack":
        return this.slack;
      case "ntfy":
        return this.ntfy;
      default:
        return system satisfies never;
    }
  }

  // What there is to see ---------------------------------------------------------------------------------------------

  ledgerDisks(): [string, Disk][] {
    return [...this.ledgers.disks];
  }

  /** Whether this commit, or any that came after it on its trunk, was red at some time. */
  wasRedSince(sha: string): boolean {
    const commits = [...this.trunks.values()].find((one) => one.includes(sha)) ?? [sha];
    return commits.slice(commits.indexOf(sha)).some((one) => this.reds.has(one));
  }

  /** The records of a repo's runs. */
  runs(repo: string): Run[] {
    return runsOf(this.ledgers.disk(this.key(repo)));
  }

  issue(repo: string, number: number): SeenIssue | null {
    return this.forge.issue(repo, number) ?? null;
  }
}

function hasSettled(disk: Disk): boolean {
  for (const [key, value] of disk.data)
    if (key.startsWith("run:") && (value as { settledAt: number | null }).settledAt !== null) return true;
  return false;
}

function comesBefore(one: Happening, other: Happening | undefined): boolean {
  return other !== undefined && (one.at < other.at || (one.at === other.at && one.order < other.order));
}
