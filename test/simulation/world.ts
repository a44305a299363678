/** One seed's world: the agenda of what will happen, the stand-ins, the ways between them, and the real worker in the middle. */
import type { Env } from "../../functions/env.ts";
import { Fleet } from "../../functions/fleet.ts";
import { RepoLedger } from "../../functions/repo-ledger.ts";
import { sweep } from "../../functions/sweep.ts";
import type { Run } from "../../lib/core/run.ts";
import type { ForgeStandIn, SeenIssue } from "../fakes/forge/stand-in.ts";
import { GitMemory } from "../fakes/git/git-memory.ts";
import { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";
import { FakeSlack } from "../fakes/slack/fake-slack.ts";
import { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { ScriptedRunner } from "../fakes/t3/scripted-runner.ts";
import { armedEnv } from "../rehearsal/arm-child.ts";
import { Agenda, type Happening } from "./agenda.ts";
import { Alarms } from "./alarms.ts";
import { count } from "./coverage.ts";
import { Deliveries } from "./deliveries.ts";
import { Deploys } from "./deploys.ts";
import { type PlayedForge, playedForge } from "./forges.ts";
import { runsOf } from "./ledger-records.ts";
import type { Mishap } from "./network.ts";
import { drawOwnRules, type OwnRules } from "./own-rules.ts";
import { Pausers } from "./pausing.ts";
import { Crash, type Disk, type Incarnation, type ObjectClass, Objects } from "./platform.ts";
import { PullBook } from "./pull-book.ts";
import { Random } from "./random.ts";
import type { Records } from "./records.ts";
import { Renaming } from "./renaming.ts";
import { Retriers } from "./retrying.ts";
import { weatherOf } from "./seed-weather.ts";
import { SpecialHappenings } from "./special-happenings.ts";
import { Stoppers } from "./stopping.ts";
import { Traffic } from "./traffic.ts";
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
/** A delivery or an alarm that is later than this is late. */
export const DELAY_MS_NOTED = 30_000;
/** More than a sweep reads. */
const IDLE_REPOS = 42;
/** More in one seed, and the loop spins. */
const RECONCILES_MAX = 4000;

export class Spinning extends Error {}

export interface LogLine {
  level: string;
  msg: string;
  repo: string | null;
  issue: number | null;
  run: string | null;
  code: string | null;
}

export class World {
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
  crashes = 0;
  reconciles = 0;
  /** Weather is on; off in the calm. */
  stormy = true;
  calmSince = 0;
  /** When the executor last forgot every thread. */
  forgotAt = 0;
  /** Down until then, with that mishap for every request. */
  readonly outages = new Map<System, { until: number; mishap: Mishap }>();
  /** Told of every line the loop writes, as it writes it. */
  onHeard: (line: LogLine) => void = () => {};
  onStep: (what: string) => void = () => {};
  /** Told of what an operator asks, of a ledger or of the fleet. */
  onAsked: (name: string) => void = () => {};
  /** Told of every alarm that rings. */
  onReconcile: (ledger: string) => void = () => {};
  readonly special: SpecialHappenings;
  /** What its repos say of themselves on their trunks; null: nothing. */
  readonly ownRules: OwnRules | null;
  readonly deploys: Deploys;
  readonly retriers: Retriers;
  readonly pausers: Pausers;
  readonly stoppers: Stoppers;
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
  private bound: Env | null = null;
  readonly random: Record<"network" | "platform" | "loop", Random>;
  readonly agenda: Agenda;
  readonly alarms: Alarms;
  readonly deliveries: Deliveries;
  readonly traffic: Traffic;

  constructor(seed: number, weather: Weather = weatherOf(seed)) {
    this.seed = seed;
    this.weather = weather;
    this.agenda = new Agenda(START_MS, {
      tell: (what) => this.tell(what),
      onStep: (what) => this.onStep(what),
      goOn: () => {
        if (this.reconciles > RECONCILES_MAX) throw new Spinning();
      },
    });
    this.alarms = new Alarms(this);
    this.deliveries = new Deliveries(this);
    this.traffic = new Traffic(this);
    this.special = new SpecialHappenings(this);
    this.ownRules = drawOwnRules(seed, weather);
    this.deploys = new Deploys(this);
    this.retriers = new Retriers(this);
    this.pausers = new Pausers(this);
    this.stoppers = new Stoppers(this);
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
      deliver: (delivery) => this.deliveries.send(delivery),
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
      onAlarm: (name: string, at: number | null) => this.alarms.arm(name, at),
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

  dies(probability: number, incarnation: Incarnation, where: string): boolean {
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
    this.ledgers.killAll();
    this.fleet.killAll();
  }

  /** A new release with other settings: nobody lives on with the old ones. */
  set(changed: Record<string, string>): void {
    Object.assign(this.settings, changed);
    this.bound = null;
    this.killAll();
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
    try {
      await sweep(this.env);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }

  ledgerDisks(): [string, Disk][] {
    return [...this.ledgers.disks];
  }

  /** Whether this commit, or any that came after it on its trunk, was red at some time. */
  wasRedSince(sha: string): boolean {
    const commits = [...this.trunks.values()].find((one) => one.includes(sha)) ?? [sha];
    return commits.slice(commits.indexOf(sha)).some((one) => this.reds.has(one));
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
