/**
 * The world of a story: the real worker with its Durable Objects in workerd on one side, the stateful stand-ins on the
 * other. The worker shares the test's isolate, so its `fetch`, its clock and its settings are this world's:
 *
 *   fetch ........ goes by origin to a stand-in; any other origin is the story's mistake and throws
 *   requests ..... past those of the smallest plan an alarm or a sweep has none left, and `fetch` throws
 *   the clock .... stands in the year 2100: no alarm ever fires on its own, `later` runs each at its time
 *   deadlines .... of calls never pass, since nothing hangs, but in a story that sets how long a call may take
 *   settings ..... armed for one repo; `set` changes them between two alarms, as a person would
 *   webhooks ..... what the forge emits waits in `outbox` until `deliver`, signed, through the router
 *
 *   const world = openWorld();
 *   const issue = world.readyIssue();
 *   await world.later(2);
 *   await world.land(world.agent.turn());
 */
import {
  createScheduledController,
  listDurableObjectIds,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, onTestFinished, vi } from "vitest";
import type { Env } from "../../functions/env.ts";
import type { Fleet } from "../../functions/fleet.ts";
import type { RepoLedger } from "../../functions/repo-ledger.ts";
import worker from "../../functions/worker.ts";
import { validateExchange } from "../contracts/validate-exchange.ts";
import { FakeApp } from "../fakes/app/fake-app.ts";
import type { Conclusion, Delivery, ForgeName, ForgePeople, SeenIssue } from "../fakes/forge/stand-in.ts";
import { FakeForgejo } from "../fakes/forgejo/fake-forgejo.ts";
import { needIssue as needForgejoIssue } from "../fakes/forgejo/world.ts";
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import { GitMemory } from "../fakes/git/git-memory.ts";
import type { FakeApp as FakeGitHubApp } from "../fakes/github/app-auth.ts";
import { FakeGitHub } from "../fakes/github/fake-github.ts";
import { needIssue as needGithubIssue } from "../fakes/github/world.ts";
import { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";
import { FakeSlack } from "../fakes/slack/fake-slack.ts";
import { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { ScriptedRunner, type ScriptedTurn } from "../fakes/t3/scripted-runner.ts";

export const REPO = "octo/widgets";
export const KEY = `github:${REPO}`;
/** Every story is told on each of them. */
export const FORGES = ["github", "forgejo"] as const;
export const US = "afk-loop";
export const READY = "ready-for-agent";
export const IN_PROGRESS = "agent-in-progress";
export const FOR_HUMAN = "ready-for-human";
export const BOARD_TOKEN = "board-token";
const SECRET = "webhook-secret";
const LOOP = "https://loop.test";
const START_MS = Date.parse("2100-01-04T09:00:00Z");
/** What a request costs on the world's clock. */
const REQUEST_MS = 2;
/** Of one invocation on the platform's smallest plan: the next one throws. */
const SUBREQUESTS_MAX = 50;
/** More alarms than this within one `later` and the loop spins. */
const ALARMS_MAX = 300;

export const TOKENS = {
  github: "ghp_story",
  forgejo: "5f0e8a1c7b1d4c559e0a5f0e8a1c7b1d4c559e0a",
  t3: "t3-story-token",
  slack: "xoxb-story",
  ntfy: "tk_story",
};

/** Waits are the defaults, minutes long: the clock is the world's. */
export const ARMED: Record<string, string> = {
  AFK_KILL_SWITCH: "false",
  AFK_ALLOWLIST: KEY,
  AFK_MODEL: "claudeAgent/claude-opus-4",
  AFK_BOARD_TOKEN: BOARD_TOKEN,
  GITHUB_API_URL: "https://api.github.test",
  GITHUB_TOKEN: TOKENS.github,
  GITHUB_WEBHOOK_SECRET: SECRET,
  T3_URL: "https://t3.test",
  T3_TOKEN: TOKENS.t3,
  T3_WORKSPACE_BASE: "/work",
  SLACK_BOT_TOKEN: TOKENS.slack,
  SLACK_CHANNEL: "C0AFK",
  SLACK_API_URL: "https://slack.test/api/",
  NTFY_URL: "https://ntfy.test/afk",
  NTFY_TOKEN: TOKENS.ntfy,
};

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import("../../functions/worker.ts");
    }
  }
}

/** The settings that differ when the repo is on a Forgejo. */
const ON_FORGEJO: Record<string, string | undefined> = {
  AFK_ALLOWLIST: `forgejo:${REPO}`,
  GITHUB_API_URL: undefined,
  GITHUB_TOKEN: undefined,
  GITHUB_WEBHOOK_SECRET: undefined,
  FORGEJO_URL: "https://forgejo.test",
  FORGEJO_TOKEN: TOKENS.forgejo,
  FORGEJO_WEBHOOK_SECRET: SECRET,
};

/** Platform bindings are objects, settings are texts; both are one object, the one the worker is handed. */
const bindings = env as unknown as Env;
const settings = env as unknown as Record<string, string | undefined>;

export interface LogLine {
  level: string;
  msg: string;
  issue: number | null;
  run: string | null;
  code: string | null;
}

export interface Answered {
  status: number;
  body: unknown;
}

/** `app`: the loop is a GitHub App, and no account of its own. */
export function openWorld(
  changed: Record<string, string | undefined> = {},
  forge: ForgeName = "github",
  app?: FakeGitHubApp,
): World {
  const world = new World(forge, app);
  world.set({ ...ARMED, ...(forge === "forgejo" ? ON_FORGEJO : {}), ...changed });
  vi.spyOn(Date, "now").mockImplementation(() => world.nowMs);
  vi.spyOn(console, "log").mockImplementation((line: unknown) => {
    world.log.push(JSON.parse(String(line)));
  });
  // On the real clock, an eviction waits for the deadline of every call that the object ever made.
  if (changed.AFK_CALL_SECONDS === undefined)
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => new AbortController().signal);
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => world.fetch(new Request(url, init)));
  onTestFinished(async () => {
    for (const name of Object.keys(settings)) if (typeof settings[name] === "string") delete settings[name];
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    await reset();
    world.assertAlwaysTrue();
  });
  return world;
}

export class World {
  nowMs = START_MS;
  readonly log: LogLine[] = [];
  /** `METHOD origin/path` of every request that left, in order. */
  readonly asked: string[] = [];
  /** How many requests the alarm or the sweep made that was the last to begin. */
  private subrequests = 0;
  readonly outbox: Delivery[] = [];
  /** The network drops every webhook. */
  losesDeliveries = false;
  readonly answers: { delivery: Delivery; status: number; body: { status?: string; reason?: string } }[] = [];
  readonly agent = new ScriptedRunner();
  readonly git = new GitMemory(() => this.nowMs);
  readonly forge: FakeGitHub | FakeForgejo;
  /** The ledger's name. */
  readonly key: string;
  readonly t3: FakeT3;
  readonly slack: FakeSlack;
  readonly ntfy: FakeNtfy;
  /** What the trunk is deployed to, by whoever deploys it. */
  readonly app = new FakeApp(() => this.nowMs);
  /** The trunk's first commit; its CI is green. */
  base = "";
  /** Texts that a story expects among the errors thrown inside the loop; none else may be. */
  readonly forgiven: RegExp[] = [];

  constructor(forge: ForgeName, app?: FakeGitHubApp) {
    const now = () => this.nowMs;
    let uuids = 0;
    this.key = `${forge}:${REPO}`;
    const common = {
      now,
      git: this.git,
      token: TOKENS[forge],
      login: US,
      webhook: { url: `${LOOP}/webhooks/${forge}`, secret: SECRET },
      deliver: (delivery: Delivery) => this.outbox.push(delivery),
    };
    this.forge =
      forge === "forgejo"
        ? new FakeForgejo({ ...common, rootUrl: "https://forgejo.test" })
        : new FakeGitHub({
            ...common,
            ...(app ? { app } : {}),
            validate: validateExchange,
            apiUrl: "https://api.github.test",
            htmlUrl: "https://github.test",
          });
    this.t3 = new FakeT3({
      now,
      token: TOKENS.t3,
      environmentId: "env-1",
      runner: this.agent,
      uuid: () => `u-${++uuids}`,
    });
    this.slack = new FakeSlack({ now, token: TOKENS.slack, channels: [{ id: "C0AFK", name: "afk" }] });
    this.ntfy = new FakeNtfy({ now, token: TOKENS.ntfy });
    const { people } = this;
    for (const login of ["ada", "stranger"]) people.addUser(login);
    // Forgejo tells others' permissions to a repo's admins alone.
    people.addRepo({ name: REPO, permissions: { ada: "write", [US]: forge === "forgejo" ? "admin" : "write" } });
    this.base = this.git.add(REPO, "main", { message: "Begin", files: ["README.md"] });
  }

  /** CI's one job, as its check is called. */
  get job(): string {
    return this.forge instanceof FakeGitHub ? "test" : "CI / test (push)";
  }

  get people(): ForgePeople {
    return this.forge.people;
  }

  /** For what only GitHub has. */
  get github(): FakeGitHub {
    if (!(this.forge instanceof FakeGitHub)) throw new Error("this story is on Forgejo");
    return this.forge;
  }

  // The platform -----------------------------------------------------------------------------------------------------

  set(changed: Record<string, string | undefined>): void {
    for (const [name, value] of Object.entries(changed)) {
      if (value === undefined) delete settings[name];
      else settings[name] = value;
    }
  }

  async fetch(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    if (++this.subrequests > SUBREQUESTS_MAX) throw new Error("Too many subrequests.");
    this.asked.push(`${request.method} ${origin}${pathname}`);
    this.nowMs += REQUEST_MS;
    switch (origin) {
      case "https://api.github.test":
      case "https://forgejo.test":
        return this.forge.handle(request);
      case "https://t3.test":
        return this.t3.handle(request);
      case "https://slack.test":
        return this.slack.handle(request);
      case "https://ntfy.test":
        return this.ntfy.handle(request);
      case "https://app.test":
        return this.app.handle(request);
      default:
        throw new Error(`the story knows no ${origin}`);
    }
  }

  /** Posts every webhook that waits, in order. */
  async deliver(): Promise<void> {
    if (this.losesDeliveries) this.outbox.length = 0;
    for (let next = this.outbox.shift(); next !== undefined; next = this.outbox.shift()) await this.post(next);
  }

  async post(delivery: Delivery): Promise<string> {
    const response = await exports.default.fetch(await this.forge.signed(delivery));
    const body: { status?: string; reason?: string } = await response.json();
    this.answers.push({ delivery, status: response.status, body });
    return body.status ?? "";
  }

  /** What the worker answers to anyone. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await exports.default.fetch(`${LOOP}${path}`, { headers });
    return { status: response.status, body: await response.json() };
  }

  /** `/metrics`, as Prometheus asks for it. */
  async scrape(token: string | null = BOARD_TOKEN): Promise<{ status: number; type: string | null; text: string }> {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await exports.default.fetch(`${LOOP}/metrics`, { headers });
    return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
  }

  /** The same for the operator. */
  async board(path: string): Promise<Answered> {
    return this.get(path, { authorization: `Bearer ${BOARD_TOKEN}` });
  }

  /** The operator asks for something to be done; a text is sent as it is. */
  async ask(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const response = await exports.default.fetch(`${LOOP}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${BOARD_TOKEN}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  async sweep(): Promise<void> {
    this.subrequests = 0;
    await worker.scheduled(createScheduledController(), bindings);
  }

  /** A fresh stub each time: one does not outlive its object's death. */
  ledger(key = this.key): DurableObjectStub<RepoLedger> {
    return bindings.LEDGERS.getByName(key);
  }

  /** The same, of the one object that all repos share. */
  fleet(): DurableObjectStub<Fleet> {
    return bindings.FLEET.getByName("fleet");
  }

  /** When the ledger's alarm goes off; null: none is set. */
  async alarmAt(key = this.key): Promise<number | null> {
    return runInDurableObject(this.ledger(key), (_instance, state) => state.storage.getAlarm());
  }

  /** Runs the ledger's alarm at its time. */
  async alarm(key = this.key): Promise<boolean> {
    const at = await this.alarmAt(key);
    if (at === null) return false;
    this.nowMs = Math.max(this.nowMs, at);
    this.subrequests = 0;
    return runDurableObjectAlarm(this.ledger(key));
  }

  /** Lets time pass: webhooks arrive, alarms go off, each at its own time. */
  async later(seconds: number, between: () => Promise<void> = async () => {}): Promise<void> {
    const until = this.nowMs + seconds * 1000;
    for (let alarms = 0; ; alarms++) {
      await this.deliver();
      const at = await this.alarmAt();
      if (at === null || at > until) break;
      if (alarms === ALARMS_MAX) throw new Error(`more than ${ALARMS_MAX} alarms in ${seconds} s: the loop spins`);
      await this.alarm();
      await between();
    }
    this.nowMs = Math.max(this.nowMs, until);
  }

  /** Every entry in every object's storage. */
  async stored(): Promise<[string, unknown][]> {
    const entries = async (stub: DurableObjectStub): Promise<[string, unknown][]> =>
      runInDurableObject(stub, (_instance, state) => [...state.storage.kv.list()]);
    const stubs = [
      ...(await listDurableObjectIds(bindings.LEDGERS)).map((id) => bindings.LEDGERS.get(id)),
      ...(await listDurableObjectIds(bindings.FLEET)).map((id) => bindings.FLEET.get(id)),
    ];
    return (await Promise.all(stubs.map(entries))).flat();
  }

  // People and agents ------------------------------------------------------------------------------------------------

  issue(title = "Widgets wobble", more: { body?: string; by?: string; labels?: string[] } = {}): number {
    const { body = "They do.", by = "ada", labels = [] } = more;
    return this.people.createIssue({ repo: REPO, title, body, by, labels }).number;
  }

  /** An issue labelled a minute after it was written. */
  readyIssue(title?: string, more: Parameters<World["issue"]>[1] = {}): number {
    const number = this.issue(title, more);
    this.nowMs += 60_000;
    this.label(number);
    return number;
  }

  label(number: number, label = READY, by = "ada"): void {
    this.people.label({ repo: REPO, number, by, label });
  }

  unlabel(number: number, label = READY, by = "ada"): void {
    this.people.unlabel({ repo: REPO, number, by, label });
  }

  close(number: number, by = "ada"): void {
    this.people.close({ repo: REPO, number, by });
  }

  /** A commit on a branch, pushed. */
  async push(message: string, branch = "main", by = "ada", files = ["src/widget.ts"]): Promise<string> {
    const before = (await this.git.head(REPO, branch)) ?? NO_COMMIT;
    const from = before === NO_COMMIT ? { parents: [(await this.git.head(REPO, "main")) ?? this.base] } : {};
    const sha = this.git.add(REPO, branch, { message, files, ...from });
    await this.forge.pushed(REPO, branch, before, sha, by);
    return sha;
  }

  /** Somebody takes all off the trunk that came after its first commit, and puts one in its place, or none; its head then. */
  async forceTrunk(message: string | null, by = "ada"): Promise<string> {
    const before = (await this.git.head(REPO, "main")) ?? this.base;
    this.git.setBranch(REPO, "main", this.base);
    const head = message === null ? this.base : this.git.add(REPO, "main", { message, parents: [this.base] });
    await this.forge.pushed(REPO, "main", before, head, by);
    return head;
  }

  /** Somebody merges a branch into the trunk that was made on the first commit of all. */
  async mergeOld(by = "ada"): Promise<{ side: string; merge: string }> {
    const side = this.git.add(REPO, "theirs", { message: "Something else", parents: [this.base] });
    await this.forge.pushed(REPO, "theirs", NO_COMMIT, side, by);
    const before = (await this.git.head(REPO, "main")) ?? this.base;
    const merge = this.git.add(REPO, "main", { message: "Merge", parents: [before, side] });
    await this.forge.pushed(REPO, "main", before, merge, by);
    return { side, merge };
  }

  /** Somebody says in the repo's own file what holds for it; the trunk's head then. */
  async rules(text: string): Promise<string> {
    return this.people.writeFiles({ repo: REPO, by: "ada", files: { ".afk.yml": text } });
  }

  /** What the agent does when all goes well: two phases on its branch, then a landing commit on the trunk. */
  async land(turn: ScriptedTurn, message = "Steady the widgets"): Promise<string> {
    const { branch } = briefOf(turn);
    await this.push("Test the wobble\n\nAFK-Phase: tests-red", branch);
    await this.push("Steady them\n\nAFK-Phase: green", branch);
    return this.landOnly(turn, message);
  }

  async landOnly(turn: ScriptedTurn, message = "Steady the widgets"): Promise<string> {
    const { run, issue } = briefOf(turn);
    return this.push(`${message}\n\nRefs #${issue}\n\nAFK-Run: ${run}`);
  }

  /** CI runs on a commit, of the trunk unless told, and ends so; a failing job leaves a log. */
  async ci(sha: string, conclusion: Conclusion, log?: string, branch = "main"): Promise<number> {
    const run = await this.forge.ci.createWorkflowRun({ repo: REPO, sha, branch, by: "ada" });
    if (log !== undefined) this.forge.ci.appendLog(REPO, { run: run.id, name: "test" }, log);
    await this.forge.ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion });
    return run.id;
  }

  /** A person runs CI again, and it ends so. */
  async rerun(run: number, conclusion: Conclusion): Promise<void> {
    await this.forge.rerunByHand(REPO, run);
    await this.forge.ci.updateWorkflowRun(REPO, run, { status: "completed", conclusion });
  }

  /** A cancelled CI runs again: asked by the loop where the forge can be asked, else by a person on its page. */
  async runAgain(run: number): Promise<void> {
    const asked = this.wrote().filter((one) => one.includes("rerun")).length;
    expect(asked).toBe(this.forge instanceof FakeGitHub ? 1 : 0);
    if (this.forge instanceof FakeForgejo) await this.forge.rerunByHand(REPO, run);
  }

  /** From the labelled issue to an agent at work. */
  async atWork(): Promise<number> {
    const issue = this.readyIssue();
    await this.later(2);
    expect(this.turns()).toHaveLength(1);
    return issue;
  }

  // What there is to see -------------------------------------------------------------------------------------------

  /** The issues of every repo. */
  seen(): SeenIssue[] {
    return this.forge.repos().flatMap((repo) => this.forge.issues(repo));
  }

  on(number: number): SeenIssue {
    const seen = this.seen().find((issue) => issue.number === number);
    if (!seen) throw new Error(`nobody sees #${number}`);
    return seen;
  }

  labels(number: number): string[] {
    return [...this.on(number).labels].sort();
  }

  /** How often the issue was closed or reopened, by its own record. */
  closings(number: number): number {
    if (this.forge instanceof FakeForgejo) {
      const { issue } = needForgejoIssue(this.forge.world, REPO, number);
      return issue.timeline.filter((entry) => entry.type === "close" || entry.type === "reopen").length;
    }
    const { events } = needGithubIssue(this.forge.world, REPO, number).issue;
    return events.filter((event) => event.event === "closed" || event.event === "reopened").length;
  }

  /** What stands under a comment, from us. */
  reactions(number: number, comment: number): string[] {
    const all =
      this.forge instanceof FakeForgejo
        ? needForgejoIssue(this.forge.world, REPO, number).issue.timeline
        : needGithubIssue(this.forge.world, REPO, number).issue.comments;
    return (all.find(({ id }) => id === comment)?.reactions ?? []).map(({ content }) => content);
  }

  /** A person deletes every comment. */
  deleteComments(number: number): void {
    if (this.forge instanceof FakeForgejo) {
      const { issue } = needForgejoIssue(this.forge.world, REPO, number);
      issue.timeline = issue.timeline.filter((entry) => entry.type !== "comment");
    } else needGithubIssue(this.forge.world, REPO, number).issue.comments.length = 0;
  }

  /** As people read them: mentions and references are defused by characters nobody sees. */
  comments(number: number): string[] {
    return this.on(number).comments.map((comment) => readable(comment.body));
  }

  /** The issue's one comment of ours; hand-overs are comments of their own. */
  comment(number: number): string {
    const ours = this.comments(number).filter((body) => body.startsWith("<!-- afk:"));
    expect(ours, `comments of #${number}`).toHaveLength(1);
    return ours[0] ?? "";
  }

  threads(): string[] {
    return this.t3.dispatched.threads().map((thread) => thread.threadId);
  }

  turns(): string[] {
    return this.t3.dispatched.turns().map((turn) => turn.text);
  }

  commands(): string[] {
    return this.t3.dispatched.commands().map(({ command }) => command.type);
  }

  /** Slack's messages that are no reply: one a run. */
  boards(): string[] {
    return this.slack.messages.filter((message) => message.thread_ts === null).map(slackText);
  }

  /** Whatever rings: replies in Slack. */
  bells(): string[] {
    return this.slack.messages.filter((message) => message.thread_ts !== null).map(slackText);
  }

  phoneBells(): string[] {
    return this.ntfy.messages.map((message) => `${message.title}: ${message.message}`);
  }

  refusals(): string[] {
    return this.log.filter((line) => /^(refused|not now)/.test(line.msg)).map((line) => line.code ?? "");
  }

  wrote(): string[] {
    return this.asked.filter((one) => !one.startsWith("GET ") && !one.endsWith("/graphql"));
  }

  /** Holds at the end of every story, whatever it was about. */
  assertAlwaysTrue(): void {
    this.forge.assertContract();
    const thrown = this.log.filter((line) => line.code === "thrown").map((line) => line.msg);
    expect(thrown.filter((msg) => !this.forgiven.some((known) => known.test(msg)))).toEqual([]);
    for (const issue of this.seen()) {
      const ours = issue.comments.filter((comment) => comment.body.startsWith("<!-- afk:"));
      expect(ours.length, `comments of ours on #${issue.number}`).toBeLessThanOrEqual(1);
    }
    const told = JSON.stringify([this.forge.state, this.slack.messages, this.ntfy.messages, this.turns(), this.log]);
    for (const secret of [...Object.values(TOKENS), SECRET]) expect(told).not.toContain(secret);
  }
}

/** The lines an agent works by. */
export function briefOf(turn: { text: string }): { run: string; branch: string; issue: string } {
  const line = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(turn.text)?.[1] ?? "";
  return { run: line("AFK-Run"), branch: line("Branch"), issue: line("Issue").split("#")[1] ?? "" };
}

function readable(text: string): string {
  return text.replaceAll("\u200b", "");
}

function slackText({ text, blocks }: { text: string; blocks: unknown[] | null }): string {
  return `${text} ${JSON.stringify(blocks ?? [])}`;
}
