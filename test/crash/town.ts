/**
 * (node) The world around the loop for many kills on end: two repos where work never stops and quiet ones where nothing
 * but one label ever happens. The loop is the real bundle on workerd under `npm start`; forge, T3, Slack and ntfy are
 * the stand-ins over real HTTP, git is real. Agents and CI live in this process, which is not the one that is killed.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { GitHubServer } from "../fakes/github/server.ts";
import type { Issue } from "../fakes/github/state.ts";
import type { Delivery } from "../fakes/github/webhooks.ts";
import { type NtfyServer, ntfyServer } from "../fakes/ntfy/server.ts";
import { type SlackServer, slackServer } from "../fakes/slack/server.ts";
import { ScriptedRunner } from "../fakes/t3/scripted-runner.ts";
import { type T3Server, t3Server } from "../fakes/t3/server.ts";
import { armedEnv } from "../rehearsal/arm-child.ts";
import { LoopProcess } from "../rehearsal/loop-process.ts";
import { ActsInFlight } from "./acts-in-flight.ts";
import { Bells } from "./bells.ts";
import { Labour } from "./labour.ts";
import { Mail } from "./mail.ts";
import type { Random } from "./random.ts";
import type { StoryName } from "./stories.ts";
import { nameOf, type Wanted } from "./wanted.ts";

export const READY = "ready-for-agent";
export const BUSY = ["acme/left", "acme/right"] as const;
const DEV = "dev";
const AGENT = "agent";
const LOOP = "afk-loop";
const TOKENS = {
  github: "ghp_crashcrashcrashcrashcrashcrash01",
  t3: "t3-crash-token",
  slack: "xoxb-crash-token",
  ntfy: "tk_crash",
  board: "crash-board-token",
};
const CHANNEL = "C0AFK";
const SECRET = "a crash test's webhook secret";
const QUIET_DELIVERY_MS = 3000;
const BACK_MS = 30_000;
const LOOK_MS = 20;

const labelledSchema = z.object({
  issue: z.object({ number: z.number() }),
  label: z.object({ name: z.string() }),
  repository: z.object({ full_name: z.string() }),
});
const healthSchema = z.object({
  runs: z.object({ in_flight: z.number() }),
  acts: z.object({ pending: z.number() }),
});
const whySchema = z.object({
  story: z.array(z.object({ at: z.string().nullable(), kind: z.string(), act: z.string().nullable() })),
});

export class Town {
  readonly forge: GitHubServer;
  readonly t3: T3Server;
  readonly slack: SlackServer;
  readonly ntfy: NtfyServer;
  readonly loop: LoopProcess;
  readonly bells = new Bells();
  readonly acts = new ActsInFlight(this.bells);
  readonly mail = new Mail(SECRET);
  readonly labour: Labour;
  readonly wanted: Wanted[] = [];
  private readonly random: Random;
  private readonly quiet: Wanted[];
  private onLabelTold: (wanted: Wanted) => void = () => {};

  static async open(options: { dir: string; random: Random; quietRepos: number }): Promise<Town> {
    const loop = new LoopProcess(options.dir);
    const forge = await GitHubServer.start({
      root: join(options.dir, "git"),
      token: TOKENS.github,
      login: LOOP,
      webhook: { url: "http://127.0.0.1/", secret: SECRET },
      deliver: (delivery) => void town.mail.send(delivery),
    });
    const runner = new ScriptedRunner((turn) => void town.labour.play(turn));
    const t3 = t3Server({ token: TOKENS.t3, environmentId: "env-crash", runner });
    const slack = slackServer({ token: TOKENS.slack, channels: [{ id: CHANNEL, name: "afk" }] });
    const ntfy = ntfyServer({ token: TOKENS.ntfy });
    const town = new Town({ forge, t3, slack, ntfy, loop }, options.random, options.quietRepos);
    for (const standIn of [t3, slack, ntfy]) await standIn.listen();
    await town.settle();
    await loop.start(town.env(options.dir));
    town.mail.url = `${loop.url}/webhooks/github`;
    return town;
  }

  private constructor(
    parts: Pick<Town, "forge" | "t3" | "slack" | "ntfy" | "loop">,
    random: Random,
    quietRepos: number,
  ) {
    this.forge = parts.forge;
    this.t3 = parts.t3;
    this.slack = parts.slack;
    this.ntfy = parts.ntfy;
    this.loop = parts.loop;
    this.random = random;
    this.labour = new Labour(this.forge, random, (issue) => this.wanted.find((one) => nameOf(one) === issue));
    this.mail.onAcked = (delivery) => this.deliveredWell(delivery);
    this.quiet = Array.from({ length: quietRepos }, (_, index) => ({
      repo: `acme/quiet-${index + 1}`,
      number: 1,
      story: "happy",
      acked: false,
    }));
  }

  private get repos(): string[] {
    return [...BUSY, ...this.quiet.map(({ repo }) => repo)];
  }

  private async settle(): Promise<void> {
    const { github } = this.forge;
    for (const login of [DEV, AGENT]) github.people.addUser(login);
    const permissions = { [DEV]: "write", [AGENT]: "write", [LOOP]: "admin" } as const;
    for (const name of this.repos) {
      await this.forge.addRepo({ name, permissions, seed: { files: { "README.md": "# Here\n" } } });
    }
    // Before there is anyone to be told of it.
    for (const { repo } of this.quiet)
      github.people.createIssue({ repo, title: "A quiet wish", body: "It should be there.", by: DEV });
    github.state.rateLimit.limit = 1_000_000;
    github.onRerun = (repo, runId) => void this.labour.rerun(repo, runId);
    this.acts.watchGitHub(github);
    this.acts.watchT3(this.t3.t3);
    this.acts.watchSlack(this.slack.slack);
    this.acts.watchNtfy(this.ntfy.ntfy);
  }

  /** No sweep comes by itself: what an acked delivery told must be made good without one. */
  private env(dir: string): Record<string, string> {
    const settings = {
      DATA_DIR: join(dir, "data"),
      GITHUB_API_URL: this.forge.url,
      GITHUB_TOKEN: TOKENS.github,
      GITHUB_WEBHOOK_SECRET: SECRET,
      T3_URL: this.t3.url,
      T3_TOKEN: TOKENS.t3,
      T3_WORKSPACE_BASE: join(dir, "workspaces"),
      SLACK_API_URL: `${this.slack.url}/api/`,
      SLACK_BOT_TOKEN: TOKENS.slack,
      SLACK_CHANNEL: CHANNEL,
      NTFY_URL: `${this.ntfy.url}/afk`,
      NTFY_TOKEN: TOKENS.ntfy,
      AFK_MODEL: "claudeAgent/claude-sonnet-4-6",
      AFK_MAX_RUNS: "100",
      AFK_THREADS_PER_HOUR: "100000",
      AFK_THREADS_PER_DAY: "100000",
      AFK_FIX_FORWARD_MAX_ATTEMPTS: "1",
      AFK_POLL_SECONDS: "0.5",
      AFK_COALESCE_SECONDS: "0.05",
      AFK_RETRY_BASE_SECONDS: "0.2",
      AFK_SWEEP_SECONDS: "86400",
      AFK_CALL_SECONDS: "3",
      AFK_BOARD_TOKEN: TOKENS.board,
    };
    return armedEnv(
      settings,
      this.repos.map((name) => `github:${name}`),
    );
  }

  async close(): Promise<void> {
    await this.loop.stop();
    await this.loop.close();
    await this.t3.close();
    await this.forge.kill();
    await this.slack.kill();
    await this.ntfy.kill();
  }

  /** A person opens an issue and labels it. */
  wish(repo: string, story: StoryName): Wanted {
    const { people } = this.forge.github;
    const { number } = people.createIssue({ repo, title: `A wish: ${story}`, body: "It should be there.", by: DEV });
    const wanted: Wanted = { repo, number, story, acked: false };
    this.wanted.push(wanted);
    people.label({ ...place(wanted), by: DEV, label: READY });
    if (story === "edited after the label") people.edit({ ...place(wanted), by: DEV, body: "It should be elsewhere." });
    return wanted;
  }

  /**
   * The one label of a repo where nothing else has ever happened: its delivery is the only hint there is. Resolves in
   * the very moment it is answered, or was lost.
   */
  async wishInQuiet(): Promise<Wanted> {
    const wanted = this.quiet.shift();
    if (wanted === undefined) throw new Error("no quiet repo is left");
    this.wanted.push(wanted);
    const told = new Promise<void>((resolve) => {
      this.onLabelTold = ({ repo }) => repo === wanted.repo && resolve();
    });
    this.forge.github.people.label({ ...place(wanted), by: DEV, label: READY });
    await Promise.race([told, sleep(QUIET_DELIVERY_MS)]);
    return wanted;
  }

  /** SIGKILL; resolves when the next workerd answers, and says what the one before had acknowledged. */
  async kill(): Promise<void> {
    const quiet = this.wanted.map(({ repo }) => repo).filter((repo) => !BUSY.some((busy) => busy === repo));
    const acknowledged = this.mail.atTheKill((repo) => quiet.includes(repo));
    await this.loop.killWorkerd();
    this.bells.deaths.push(Date.now());
    await this.answers("/healthz");
    await this.mail.askAgain(acknowledged);
  }

  /** When the ledger noted that it had rung a bell of this issue; null: it never did. */
  async notedAt(wanted: Wanted, notifier: string): Promise<number | null> {
    const why = whySchema.parse(await this.answers(`/api/repos/github/${wanted.repo}/issues/${wanted.number}`));
    const note = why.story.find(({ kind, act }) => kind === "done" && act === `ring-${notifier}-ended`);
    return note?.at == null ? null : Date.parse(note.at);
  }

  /** Runs in flight and acts pending, as the loop itself counts them: it can accuse itself, and excuse nothing. */
  async owed(): Promise<string | null> {
    const { runs, acts } = healthSchema.parse(await this.answers("/healthz"));
    if (runs.in_flight === 0 && acts.pending === 0) return null;
    return `/healthz still counts ${runs.in_flight} runs in flight and ${acts.pending} acts pending`;
  }

  /** What the loop says at a path, as soon as it says anything. */
  private async answers(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${TOKENS.board}` };
    for (const deadline = Date.now() + BACK_MS; ; ) {
      const response = await fetch(`${this.loop.url}${path}`, { headers }).catch(() => null);
      if (response?.ok) return response.json();
      if (Date.now() > deadline) throw new Error(`workerd did not answer ${path} within ${BACK_MS / 1000} s`);
      await sleep(LOOK_MS);
    }
  }

  private deliveredWell({ event, action, body }: Delivery): void {
    if (event !== "issues" || action !== "labeled") return;
    const told = labelledSchema.parse(JSON.parse(body));
    if (told.label.name !== READY) return;
    const issue = nameOf({ repo: told.repository.full_name, number: told.issue.number });
    const wanted = this.wanted.find((one) => nameOf(one) === issue);
    if (!wanted) return;
    wanted.acked = true;
    this.onLabelTold(wanted);
  }

  issue({ repo, number }: { repo: string; number: number }): Issue {
    const issue = this.repoState(repo).issues.find((one) => one.number === number);
    if (!issue) throw new Error(`no issue ${repo}#${number}`);
    return issue;
  }

  labels(one: { repo: string; number: number }): string[] {
    const known = this.repoState(one.repo).labels;
    return this.issue(one).labels.map((id) => known.find((label) => label.id === id)?.name ?? "?");
  }

  repoState(name: string) {
    const repo = this.forge.github.state.repos.find((one) => `${one.owner}/${one.name}` === name);
    if (!repo) throw new Error(`no repo ${name}`);
    return repo;
  }

  /** Something that wakes the loop and changes nothing it acts on. The other busy repo must get on without. */
  async chatter(): Promise<void> {
    const [repo] = BUSY;
    const { github } = this.forge;
    const open = this.repoState(repo).issues.filter((issue) => issue.state === "open");
    const number = open[this.random.between(0, Math.max(0, open.length - 1))]?.number;
    const what = this.random.pick(["comment", "label", "push", "check"]);
    if (what === "push") return this.pushAside(repo);
    if (what === "check") return this.checkAside(repo);
    if (number === undefined) return;
    if (what === "comment") github.people.comment({ repo, number, by: DEV, body: "How is it going?" });
    else if (this.labels({ repo, number }).includes("later"))
      github.people.unlabel({ repo, number, by: DEV, label: "later" });
    else github.people.label({ repo, number, by: DEV, label: "later" });
  }

  /** A red trunk is a person's to repair. */
  async repair(repo: string): Promise<void> {
    await this.labour.commit({ repo, branch: "main", message: "Repair the trunk", by: DEV, words: ["success"] });
  }

  private async pushAside(repo: string): Promise<void> {
    const branch = `wip-${this.random.between(1, 3)}`;
    await this.labour.commit({ repo, branch, message: "Work in progress", by: DEV, words: null });
  }

  private async checkAside(repo: string): Promise<void> {
    const sha = await this.forge.git.head(repo, "main");
    const aside = (await this.forge.git.branches(repo))["wip-1"];
    if (aside === undefined || aside === sha) return;
    const check = this.forge.github.ci.createCheckRun({ repo, sha: aside, branch: "wip-1", name: "lint" });
    await this.forge.github.ci.completeCheckRun(repo, check.id, "success");
  }
}

function place({ repo, number }: Wanted): { repo: string; number: number } {
  return { repo, number };
}
