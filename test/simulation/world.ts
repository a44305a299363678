/** One seed's world: the agenda of what will happen, the stand-ins, the ways between them, and the real worker in the middle. */
import type { Env } from "../../functions/env.ts";
import { sweep } from "../../functions/sweep.ts";
import type { Run } from "../../lib/core/run.ts";
import type { ForgeStandIn, SeenIssue } from "../fakes/forge/stand-in.ts";
import { GitMemory } from "../fakes/git/git-memory.ts";
import type { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";
import type { FakeSlack } from "../fakes/slack/fake-slack.ts";
import type { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { ScriptedRunner } from "../fakes/t3/scripted-runner.ts";
import { Agenda, type Happening } from "./agenda.ts";
import { Alarms } from "./alarms.ts";
import { armedSettings } from "./armed-settings.ts";
import { CommitBook } from "./commit-book.ts";
import { Deliveries } from "./deliveries.ts";
import { Deploys } from "./deploys.ts";
import type { PlayedForge } from "./forges.ts";
import { IssueBook } from "./issue-book.ts";
import { runsOf } from "./ledger-records.ts";
import { Machine } from "./machine.ts";
import type { Mishap } from "./network.ts";
import { drawOwnRules, type OwnRules } from "./own-rules.ts";
import { Pausers } from "./pausing.ts";
import type { Objects } from "./platform.ts";
import { PullBook } from "./pull-book.ts";
import { Random } from "./random.ts";
import type { Records } from "./records.ts";
import { Renaming } from "./renaming.ts";
import { reposOf } from "./repos.ts";
import { Retriers } from "./retrying.ts";
import { weatherOf } from "./seed-weather.ts";
import { SpecialHappenings } from "./special-happenings.ts";
import { executorOf, forgeOf, ntfyOf, slackOf } from "./stand-ins.ts";
import { Stoppers } from "./stopping.ts";
import { Crash, type Disk } from "./storage.ts";
import { clockOf, type LogLine, lineTold } from "./story.ts";
import { Traffic } from "./traffic.ts";
import type { System, Weather } from "./weather.ts";

export const US = "afk-loop";
export const READY = "ready-for-agent";
export const IN_PROGRESS = "agent-in-progress";
export const FOR_HUMAN = "ready-for-human";
export const START_MS = Date.parse("2026-11-02T09:00:00Z");
/** The account of the bot whose labels count, and of one whose labels do not. */
const BOT_ID = 777;
const UNLISTED_BOT_ID = 778;
/** A delivery or an alarm that is later than this is late. */
export const DELAY_MS_NOTED = 30_000;
/** More in one seed, and the loop spins. */
const RECONCILES_MAX = 4000;

export class Spinning extends Error {}

export class World {
  readonly seed: number;
  readonly weather: Weather;
  readonly random: Record<"network" | "platform" | "loop", Random>;
  readonly agenda: Agenda;
  /** Every repo, and those in which people open issues. */
  readonly repoNames: readonly string[];
  readonly busyRepos: readonly string[];
  /** By repo, as the forge knows it. */
  readonly repoIds = new Map<string, number>();
  /** The login of the bot whose labels count, and of one that is on no list. */
  readonly bot: string;
  readonly unlistedBot: string;

  readonly git = new GitMemory(() => this.forgeNow());
  readonly agents = new ScriptedRunner();
  readonly played: PlayedForge;
  readonly t3: FakeT3;
  readonly slack: FakeSlack;
  readonly ntfy: FakeNtfy;
  readonly machine = new Machine(this);
  readonly alarms = new Alarms(this);
  readonly deliveries: Deliveries;
  readonly traffic: Traffic;
  readonly settings: Record<string, string>;
  private bound: Env | null = null;

  /** What its repos say of themselves on their trunks; null: nothing. */
  readonly ownRules: OwnRules | null;
  readonly special: SpecialHappenings;
  readonly deploys: Deploys;
  readonly retriers: Retriers;
  readonly pausers: Pausers;
  readonly stoppers: Stoppers;
  readonly renaming: Renaming;

  readonly story: string[] = [];
  readonly log: LogLine[] = [];
  readonly records: Records;
  readonly commitBook = new CommitBook();
  readonly issueBook = new IssueBook();
  readonly pullBook = new PullBook();

  /** Weather is on; off in the calm. */
  stormy = true;
  calmSince = 0;
  reconciles = 0;
  /** Requests that were met by a fault, by system. */
  readonly mishaps: Record<System, number> = { forge: 0, executor: 0, slack: 0, ntfy: 0 };
  /** Down until then, with that mishap for every request. */
  readonly outages = new Map<System, { until: number; mishap: Mishap }>();
  /** When the executor last forgot every thread. */
  forgotAt = 0;
  /** Repos whose reads are all answered with 404. */
  readonly hidden = new Set<string>();
  /** Names that another repo bears by now. */
  readonly squatted = new Set<string>();
  /** Repos whose pause was answered, and "all". */
  readonly paused = new Set<string>();
  /** Ledgers whose alarm the platform gave up, until they are woken. */
  readonly alarmless = new Set<string>();

  /** Sweeps under way that began while armed: an invocation knows the settings it began with. */
  armedSweeps = 0;

  /** Told of every line the loop writes, as it writes it. */
  onHeard: (line: LogLine) => void = () => {};
  onStep: (what: string) => void = () => {};
  /** Told of what an operator asks, of a ledger or of the fleet. */
  onAsked: (name: string) => void = () => {};
  /** Told of every alarm that rings. */
  onReconcile: (ledger: string) => void = () => {};
  /** When work is done that would be done by then. */
  doneAt: (ms: number) => number = (ms) => ms;

  constructor(seed: number, weather: Weather = weatherOf(seed)) {
    this.seed = seed;
    this.weather = weather;
    this.random = {
      network: new Random(seed, "network"),
      platform: new Random(seed, "platform"),
      loop: new Random(seed, "loop"),
    };
    this.agenda = this.emptyAgenda();
    const { all, busy } = reposOf(seed, weather);
    this.repoNames = all;
    this.busyRepos = busy;
    this.deliveries = new Deliveries(this);
    this.traffic = new Traffic(this);
    this.ownRules = drawOwnRules(seed, weather);
    this.special = new SpecialHappenings(this);
    this.deploys = new Deploys(this);
    this.retriers = new Retriers(this);
    this.pausers = new Pausers(this);
    this.stoppers = new Stoppers(this);
    this.played = forgeOf(this, BOT_ID);
    this.records = this.played.records;
    this.renaming = new Renaming(this.played.leads, (repo) => this.repoIds.get(repo) ?? 0);
    this.bot = this.forge.people.addBot("triage", BOT_ID).login;
    this.unlistedBot = this.forge.people.addBot("unlisted", UNLISTED_BOT_ID).login;
    this.t3 = executorOf(this);
    this.slack = slackOf(this);
    this.ntfy = ntfyOf(this);
    this.settings = armedSettings(this.played, weather, this.keys);
  }

  private emptyAgenda(): Agenda {
    return new Agenda(START_MS, {
      tell: (what) => this.tell(what),
      onStep: (what) => this.onStep(what),
      goOn: () => {
        if (this.reconciles > RECONCILES_MAX) throw new Spinning();
      },
    });
  }

  get ledgers(): Objects {
    return this.machine.ledgers;
  }

  get fleet(): Objects {
    return this.machine.fleet;
  }

  get crashes(): number {
    return this.machine.crashes;
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

  private get keys(): string[] {
    return this.repoNames.map((name) => this.key(name));
  }

  enrolAll(): void {
    this.set({ AFK_ALLOWLIST: this.keys.join(",") });
  }

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

  get nowMs(): number {
    return this.agenda.nowMs;
  }

  set nowMs(ms: number) {
    this.agenda.nowMs = ms;
  }

  at(ms: number, what: string, run: Happening["run"], place?: Happening["place"]): void {
    this.agenda.at(ms, what, run, place);
  }

  after(ms: number, what: string, run: Happening["run"], place?: Happening["place"]): void {
    this.agenda.after(ms, what, run, place);
  }

  /** What an agent's work or a CI run takes. */
  workAfter(ms: number, what: string, run: Happening["run"]): void {
    this.agenda.at(this.doneAt(this.nowMs + ms), what, run);
  }

  chance(): number {
    return this.random.loop.next();
  }

  tell(line: string): void {
    this.story.push(`${clockOf(this.nowMs - START_MS)} ${line}`);
  }

  /** A line the loop wrote. */
  heard(text: string): void {
    const line = JSON.parse(text) as LogLine;
    this.log.push(line);
    this.onHeard(line);
    this.tell(lineTold(line, line.repo === null ? "" : this.repoOf(line.repo)));
  }

  /** A new release with other settings: nobody lives on with the old ones. */
  set(changed: Record<string, string>): void {
    Object.assign(this.settings, changed);
    this.bound = null;
    this.machine.killAll();
  }

  freezeOf(key: string): string | null {
    const repo = this.ledgers.disk(key).data.get("repo") as { freeze: { run: string } | null } | undefined;
    return repo?.freeze?.run ?? null;
  }

  get fixAttempts(): number {
    return Number(this.settings.AFK_FIX_FORWARD_MAX_ATTEMPTS);
  }

  get threadsPerDay(): number {
    return Number(this.settings.AFK_THREADS_PER_DAY || "Infinity");
  }

  isAtWork({ threads }: Run): boolean {
    return this.t3.dispatched.atWork().some(({ threadId }) => threads.includes(threadId));
  }

  /** Its thread is one of a server that nobody can ask any more. */
  isLeft({ environment }: Run): boolean {
    return environment !== null && environment !== this.t3.environmentId;
  }

  /** One that the executor has forgotten and that is made anew is the same. */
  get threadsMade(): number {
    return new Set(this.t3.dispatched.threads().map(({ threadId }) => threadId)).size;
  }

  async sweep(): Promise<void> {
    const armed = this.armed ? 1 : 0;
    this.armedSweeps += armed;
    try {
      await sweep(this.env);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    } finally {
      this.armedSweeps -= armed;
    }
  }

  ledgerDisks(): [string, Disk][] {
    return [...this.ledgers.disks];
  }

  /** All runs of all ledgers, each with its ledger's name. */
  *everyRun(): Generator<[string, Run]> {
    for (const [key, disk] of this.ledgers.disks) for (const run of runsOf(disk)) yield [key, run];
  }

  /** The records of a repo's runs. */
  runs(repo: string): Run[] {
    return runsOf(this.ledgers.disk(this.key(repo)));
  }

  issue(repo: string, number: number): SeenIssue | null {
    return this.forge.issue(repo, number) ?? null;
  }
}
