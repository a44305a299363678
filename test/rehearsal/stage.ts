/**
 * (node) One scenario's whole world on loopback: forge, CI, T3, Slack, ntfy and the loop, each with its records in the
 * scenario's folder. A verdict is taken from these records and the bare repo, never from the loop's own answers.
 */
import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type AppServer, appServer } from "../fakes/app/server.ts";
import type { ForgeServer, ServedForge } from "../fakes/forge/server.ts";
import type { ForgeName, ForgeStandIn, SeenIssue } from "../fakes/forge/stand-in.ts";
import { type NtfyServer, ntfyServer } from "../fakes/ntfy/server.ts";
import { type SlackServer, slackServer } from "../fakes/slack/server.ts";
import { ProcessRunner } from "../fakes/t3/process-runner.ts";
import { type T3Server, t3Server } from "../fakes/t3/server.ts";
import { armedEnv } from "./arm-child.ts";
import { type CiOptions, CiStandIn } from "./ci.ts";
import { LoopProcess } from "./loop-process.ts";
import { TOKENS as FORGE_TOKENS, openForge, type StageForge } from "./stage-forge.ts";

export const REPO = "acme/widgets";
/** May label; `agent` is who pushes; `stranger` may only read. */
export const DEV = "dev";
export const STRANGER = "stranger";

const TOKENS = {
  ...FORGE_TOKENS,
  t3: "t3-rehearsal-token",
  slack: "xoxb-rehearsal-token",
  ntfy: "tk_rehearsal",
};
const CHANNEL = "C0AFK";
const SECRET = "a rehearsal's webhook secret";
const WHO = ["-c", "user.name=Somebody", "-c", "user.email=somebody@rehearsal.invalid"];
const run = promisify(execFile);
/** A busy machine takes its time: only what never comes is as late as this. */
const UNTIL_MS = 90_000;
const LOOK_MS = 25;

export const PROJECT_FILES = {
  "package.json": `${JSON.stringify({ name: "widgets", type: "module", scripts: { test: "node --test" } }, null, 2)}\n`,
  "src/first.js": "export const first = () => 1;\n",
  "test/first.test.js":
    'import assert from "node:assert/strict";\nimport test from "node:test";\nimport { first } from "../src/first.js";\n\ntest("first is one", () => assert.equal(first(), 1));\n',
};

export interface StageOptions {
  forge: ForgeName;
  dir: string;
  /** Which story the agent plays in its nth thread, from 1. */
  agent: string | ((thread: number) => string);
  /** `baseline`: the trunk was tested before the story begins, so that what comes after it can be told from it. */
  ci?: Omit<CiOptions, "file"> & { outside?: boolean; baseline?: boolean };
  settings?: Record<string, string>;
  webhooks?: "sent" | "lost";
  say: (line: string) => void;
}

export class Stage {
  readonly name: ForgeName;
  readonly dir: string;
  readonly forge: ForgeServer<ServedForge>;
  readonly t3: T3Server;
  readonly slack: SlackServer;
  readonly ntfy: NtfyServer;
  /** What the trunk is deployed to, by whoever deploys it. */
  readonly app: AppServer;
  readonly ci: CiStandIn;
  readonly loop: LoopProcess;
  readonly say: (line: string) => void;
  private shown = "";
  /** What the loop is told, armed or not. */
  readonly env: Readonly<Record<string, string>>;
  private readonly others: LoopProcess[] = [];

  static async open(options: StageOptions): Promise<Stage> {
    const { dir } = options;
    mkdirSync(dir, { recursive: true });
    const loop = new LoopProcess(dir);
    const hook = { url: "", secret: SECRET };
    const opened = await openStageForge(options, hook, (push) => ci.pushed(push));
    const forge = opened.server;
    const ci = new CiStandIn(forge, { file: join(dir, "ci.jsonl"), ...options.ci });
    const seed = options.ci?.baseline ? await forge.git.head(REPO, "main") : undefined;
    if (seed !== undefined) await ci.baseline({ repo: REPO, branch: "main", after: seed, by: DEV });
    const threads: string[] = [];
    const runner = new ProcessRunner({
      countersDir: join(dir, "agents"),
      script: ({ threadId }) => {
        if (!threads.includes(threadId)) threads.push(threadId);
        return typeof options.agent === "string" ? options.agent : options.agent(threads.indexOf(threadId) + 1);
      },
    });
    const t3 = t3Server({
      token: TOKENS.t3,
      environmentId: "env-rehearsal",
      runner,
      onExchange: recordTo(dir, "t3"),
    });
    await t3.listen();
    const channels = [{ id: CHANNEL, name: "afk" }];
    const slack = slackServer({ token: TOKENS.slack, channels, onExchange: recordTo(dir, "slack") });
    await slack.listen();
    const ntfy = ntfyServer({ token: TOKENS.ntfy, onExchange: recordTo(dir, "ntfy") });
    await ntfy.listen();
    const app = appServer(recordTo(dir, "app"));
    await app.listen();
    symlinkSync(forge.git.directory(REPO), join(dir, "repo.git"));
    const stage = new Stage(options, { ...opened.settings }, { forge, ci, t3, slack, ntfy, app, loop });
    try {
      await stage.startLoop();
    } catch (error) {
      // Else its servers would keep the rehearsal from ending.
      await stage.close();
      throw error;
    }
    hook.url = `${loop.url}/webhooks/${options.forge}`;
    return stage;
  }

  private constructor(
    options: StageOptions,
    settings: StageForge["settings"],
    parts: Pick<Stage, "forge" | "ci" | "t3" | "slack" | "ntfy" | "app" | "loop">,
  ) {
    this.name = options.forge;
    this.dir = options.dir;
    this.say = options.say;
    this.forge = parts.forge;
    this.ci = parts.ci;
    this.t3 = parts.t3;
    this.slack = parts.slack;
    this.ntfy = parts.ntfy;
    this.app = parts.app;
    this.loop = parts.loop;
    this.env = {
      DATA_DIR: join(options.dir, "data"),
      ...settings,
      T3_URL: parts.t3.url,
      T3_TOKEN: TOKENS.t3,
      T3_WORKSPACE_BASE: join(options.dir, "workspaces"),
      SLACK_API_URL: `${parts.slack.url}/api/`,
      SLACK_BOT_TOKEN: TOKENS.slack,
      SLACK_CHANNEL: CHANNEL,
      NTFY_URL: `${parts.ntfy.url}/afk`,
      NTFY_TOKEN: TOKENS.ntfy,
      AFK_MODEL: "claudeAgent/claude-sonnet-4-6",
      AFK_DEPLOY_ORIGINS: parts.app.url,
      AFK_POLL_SECONDS: "0.5",
      AFK_COALESCE_SECONDS: "0.05",
      AFK_RETRY_BASE_SECONDS: "0.2",
      AFK_SWEEP_SECONDS: "1",
      AFK_CALL_SECONDS: "3",
      AFK_CI_GRACE_SECONDS: "4",
      AFK_START_SECONDS: "20",
      AFK_STALL_SECONDS: "25",
      ...options.settings,
    };
  }

  /** Armed, unless the scenario wants it otherwise. */
  async startLoop(settings: Record<string, string> = {}): Promise<void> {
    const armed = armedEnv({ ...this.env, ...settings }, [`${this.name}:${REPO}`]);
    await this.loop.start({ ...armed, ...settings });
  }

  async restartLoop(settings: Record<string, string>): Promise<void> {
    await this.loop.stop();
    await this.startLoop(settings);
  }

  /** Another deployment, armed for the same repo: an account, a token and a state of its own. No webhook reaches it. */
  async secondLoop(login: string): Promise<LoopProcess> {
    const token = `${FORGE_TOKENS[this.name]}2`;
    this.forge.forge.addToken(token, login);
    this.standIn.people.setPermission(REPO, login, "admin");
    const dir = join(this.dir, login);
    mkdirSync(dir);
    const loop = new LoopProcess(dir);
    this.others.push(loop);
    const own = { DATA_DIR: join(dir, "data"), [this.name === "github" ? "GITHUB_TOKEN" : "FORGEJO_TOKEN"]: token };
    await loop.start(armedEnv({ ...this.env, ...own }, [`${this.name}:${REPO}`]));
    return loop;
  }

  async close(): Promise<void> {
    this.keepPages();
    for (const loop of [this.loop, ...this.others]) {
      await loop.stop();
      await loop.close();
    }
    this.ci.kill();
    await this.t3.close();
    await this.forge.kill();
    await this.slack.kill();
    await this.ntfy.kill();
    await this.app.kill();
  }

  /** The forge, as people, CI and the records know it. */
  get standIn(): ForgeStandIn {
    return this.forge.forge;
  }

  /** What a person would have seen, to look at afterwards: each issue with its comments, each turn's text. */
  private keepPages(): void {
    for (const { number, title, body, state, comments } of this.issues()) {
      const head = `# ${title} (#${number}, ${state}; labels: ${this.labels(number).join(", ") || "none"})`;
      const pages = [head, body, ...comments.map((comment) => comment.body)];
      writeFileSync(join(this.dir, `issue-${number}.md`), `${pages.join("\n\n---\n\n")}\n`);
    }
    for (const [index, turn] of this.turns().entries())
      writeFileSync(join(this.dir, `turn-${index + 1}.md`), turn.text);
  }

  /** Opens an issue and labels it, as `by`. */
  readyIssue(title = "Add the widget", by = DEV): { number: number } {
    const issue = this.issueWith(title);
    this.label(issue.number, "ready-for-agent", by);
    return issue;
  }

  /** An issue with these labels. */
  issueWith(title: string, ...labels: string[]): { number: number } {
    const body = "It should be there.";
    return this.standIn.people.createIssue({ repo: REPO, title, body, by: DEV, labels });
  }

  label(number: number, label: string, by = DEV): void {
    this.standIn.people.label({ repo: REPO, number, by, label });
  }

  issues(): SeenIssue[] {
    return this.standIn.issues(REPO);
  }

  issue(number: number): SeenIssue {
    const issue = this.issues().find((one) => one.number === number);
    if (!issue) throw new Error(`no issue ${number}`);
    return issue;
  }

  labels(number: number): string[] {
    return this.issue(number).labels;
  }

  /** Comments of the loop's account, its one comment and its hand-overs. */
  comments(number: number): string[] {
    return this.issue(number).comments.map((comment) => comment.body);
  }

  /** Somebody presses "re-run" on the page of a commit's newest CI run. */
  async rerunByHand(sha: string): Promise<void> {
    const run = this.ci.reported.findLast((one) => one.sha === sha)?.runId;
    if (run === undefined) throw new Error(`CI of ${sha} is not over`);
    await this.standIn.rerunByHand(REPO, run);
  }

  /** A trunk whose newest commit CI has tested, with these files in it. */
  async tested(files: Record<string, string>): Promise<void> {
    const sha = await this.pushToTrunk({ "NOTES.md": "Tested.\n", ...files }, "Begin");
    await this.until("CI has tested the trunk", () => this.ci.done(sha));
  }

  /** Somebody else's commit on the trunk, pushed as anybody pushes; its hash. */
  async pushToTrunk(files: Record<string, string>, message: string): Promise<string> {
    const tree = mkdtempSync(join(this.dir, "somebody-"));
    const url = this.forge.git.directory(REPO);
    const git = (...args: string[]) => run("git", ["-C", tree, ...WHO, ...args]);
    await run("git", ["clone", "-q", url, tree]);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
    await git("add", "--all");
    await git("commit", "-q", "-m", message);
    await git("push", "-q", this.forge.cloneUrl(REPO), "HEAD:main");
    const { stdout } = await git("rev-parse", "HEAD");
    return stdout.trim();
  }

  /** As the bare repo has them. */
  branches(): string[] {
    const args = ["-C", this.forge.git.directory(REPO), "for-each-ref", "--format=%(refname:short)", "refs/heads"];
    return execFileSync("git", args, { encoding: "utf8" }).trim().split("\n");
  }

  /** Turns T3 accepted, oldest first. */
  turns(): { threadId: string; text: string }[] {
    return this.t3.t3.dispatched.turns();
  }

  threads(): string[] {
    return this.t3.t3.dispatched.threads().map((thread) => thread.threadId);
  }

  /** By another's hand: the newest thread. */
  async deleteThread(): Promise<void> {
    const command = { type: "thread.delete", commandId: crypto.randomUUID(), threadId: this.threads().at(-1) };
    const headers = { authorization: `Bearer ${TOKENS.t3}`, "content-type": "application/json" };
    const sent = { method: "POST", headers, body: JSON.stringify(command) };
    const { status } = await fetch(`${this.t3.url}/api/orchestration/dispatch`, sent);
    if (status !== 200) throw new Error(`the thread could not be deleted: ${status}`);
  }

  /** Questions answered. */
  answers(): number {
    return this.t3.t3.dispatched.commands("thread.user-input.respond").length;
  }

  /** Slack's messages of runs of an issue: one a run, updated in place. */
  boards(number: number): string[] {
    return this.slackTexts(number, (message) => message.thread_ts === null);
  }

  /** What rang in Slack about an issue; 0: about anything. */
  bells(number: number): string[] {
    const messages = this.slack.slack.messages;
    const ofIssue = messages
      .filter((one) => one.thread_ts === null && one.text.includes(`${REPO}#${number} `))
      .map((one) => one.ts);
    if (number === 0) return messages.map((one) => one.text);
    return messages.filter((one) => one.thread_ts !== null && ofIssue.includes(one.thread_ts)).map((one) => one.text);
  }

  /** What rang at ntfy about an issue. */
  pushes(number: number): string[] {
    const of = this.ntfy.ntfy.messages.filter(
      (one) => number === 0 || (one.title ?? "").includes(`${REPO}#${number} `),
    );
    return of.map((one) => `${one.title ?? ""} ${one.message}`);
  }

  private slackTexts(number: number, which: (message: { thread_ts: string | null }) => boolean): string[] {
    const of = this.slack.slack.messages.filter((one) => which(one) && one.text.includes(`${REPO}#${number} `));
    return of.map((one) => one.text);
  }

  get secrets(): string[] {
    return [...Object.values(TOKENS), SECRET];
  }

  /** How often a request was made of the forge. */
  asked(method: string, path: RegExp): number {
    return this.standIn.log.filter((one) => one.method === method && path.test(one.path)).length;
  }

  async until(what: string, holds: () => boolean, ms = UNTIL_MS): Promise<void> {
    const deadline = Date.now() + ms;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`never came: ${what}`);
      this.show();
      await sleep(LOOK_MS);
    }
    this.show();
    this.say(`  ${what}`);
  }

  /** The checklist as the issue shows it, whenever it moves. */
  private show(): void {
    const comment = this.issues()
      .flatMap((issue) => issue.comments)
      .find((one) => one.body.includes("<!-- afk:"));
    const lines = (comment?.body ?? "").split("\n").filter((line) => line.startsWith("- ["));
    const boxes = lines.map((line) => (line.startsWith("- [x]") ? "x" : ".")).join("");
    const text = `[${boxes}] ${/\*\*(.+?)\*\*/.exec(comment?.body ?? "")?.[1] ?? ""}`;
    if (boxes === "" || text === this.shown) return;
    this.shown = text;
    this.say(`    ${text}`);
  }
}

async function openStageForge(
  options: StageOptions,
  hook: { url: string; secret: string },
  onPush: (push: Parameters<CiStandIn["pushed"]>[0]) => void,
): Promise<StageForge> {
  const { dir, webhooks } = options;
  const record = recordTo(dir, "forge");
  const opened = await openForge(options.forge, {
    dir,
    hook,
    pusher: DEV,
    login: "afk-loop",
    ci: options.ci?.outside ? "outside" : "own",
    onPush,
    deliver: (delivery, send) => {
      record({ delivery: delivery.event, action: delivery.action, id: delivery.id, sent: webhooks !== "lost" });
      if (webhooks !== "lost" && hook.url !== "") void send({ ...delivery, url: hook.url });
    },
  });
  const { forge } = opened.server;
  forge.onExchange = record;
  for (const login of [DEV, STRANGER, "agent"]) forge.people.addUser(login);
  const permissions = { [DEV]: "write", "afk-loop": "admin" } as const;
  await opened.server.addRepo({ name: REPO, permissions, seed: { files: PROJECT_FILES } });
  return opened;
}

function recordTo(dir: string, name: string): (entry: unknown) => void {
  const file = join(dir, `${name}.jsonl`);
  return (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`);
}
