/**
 * (node) The world around the loop for many kills on end: two repos where work never stops and quiet ones where nothing
 * but one label ever happens. The loop is the real bundle on workerd under `npm start`; forge, T3, Slack and ntfy are
 * the stand-ins over real HTTP, git is real. Agents and CI live in this process, which is not the one that is killed.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { GIT_ENV } from "../fakes/git/git-bare.ts";
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import { GitHubServer } from "../fakes/github/server.ts";
import type { Conclusion, Issue } from "../fakes/github/state.ts";
import type { Delivery } from "../fakes/github/webhooks.ts";
import { type NtfyServer, ntfyServer } from "../fakes/ntfy/server.ts";
import { type SlackServer, slackServer } from "../fakes/slack/server.ts";
import { ScriptedRunner, type ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import { type T3Server, t3Server } from "../fakes/t3/server.ts";
import { armedEnv } from "../rehearsal/arm-child.ts";
import { LoopProcess } from "../rehearsal/loop-process.ts";
import { ActsInFlight } from "./acts-in-flight.ts";
import type { Random } from "./random.ts";
import { type StoryName, storyOf, WEIGHTS } from "./stories.ts";

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
};
const CHANNEL = "C0AFK";
const SECRET = "a crash test's webhook secret";
const QUIET_DELIVERY_MS = 3000;
const run = promisify(execFile);

export interface Wanted {
  repo: string;
  number: number;
  story: StoryName;
  /** The delivery that told of its label was answered 2xx. */
  acked: boolean;
}

interface Brief {
  run: string;
  repo: string;
  number: number;
  story: StoryName;
  turns: number;
  landings: number;
}

export class Town {
  readonly forge: GitHubServer;
  readonly t3: T3Server;
  readonly slack: SlackServer;
  readonly ntfy: NtfyServer;
  readonly loop: LoopProcess;
  readonly acts = new ActsInFlight();
  readonly wanted: Wanted[] = [];
  /** Deliveries answered 2xx. */
  acked = 0;
  /** What the world itself could not do: no fault of the loop, but the figures would be worth nothing. */
  readonly mishaps: string[] = [];
  private readonly random: Random;
  private readonly briefs = new Map<string, Brief>();
  /** CI's words for the attempts still to come, by commit. */
  private readonly plans = new Map<string, Conclusion[]>();
  private readonly quiet: Wanted[];
  private readonly landed = new Map<string, string[]>();
  private onLabelTold: (wanted: Wanted) => void = () => {};

  static async open(options: { dir: string; random: Random; quietRepos: number }): Promise<Town> {
    const loop = new LoopProcess(options.dir);
    const hook = { url: "", secret: SECRET };
    const forge = await GitHubServer.start({
      root: join(options.dir, "git"),
      token: TOKENS.github,
      login: LOOP,
      webhook: hook,
      deliver: (delivery, send) => {
        if (hook.url !== "") void send({ ...delivery, url: hook.url });
      },
      onDelivered: (sent, delivery) => {
        if (sent.status !== undefined && sent.status >= 200 && sent.status < 300) town.deliveredWell(delivery);
      },
    });
    const runner = new ScriptedRunner((turn) => void town.play(turn));
    const t3 = t3Server({ token: TOKENS.t3, environmentId: "env-crash", runner });
    const slack = slackServer({ token: TOKENS.slack, channels: [{ id: CHANNEL, name: "afk" }] });
    const ntfy = ntfyServer({ token: TOKENS.ntfy });
    const town = new Town({ forge, t3, slack, ntfy, loop }, options.random, options.quietRepos);
    for (const standIn of [t3, slack, ntfy]) await standIn.listen();
    await town.settle();
    await loop.start(town.env(options.dir));
    hook.url = `${loop.url}/webhooks/github`;
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
    github.onRerun = (repo, runId) => void this.rerun(repo, runId);
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
  wish(repo: string, story: StoryName = this.random.weighted(WEIGHTS)): Wanted {
    const { people } = this.forge.github;
    const { number } = people.createIssue({ repo, title: `A wish: ${story}`, body: "It should be there.", by: DEV });
    const wanted: Wanted = { repo, number, story, acked: false };
    this.wanted.push(wanted);
    people.label({ ...place(wanted), by: DEV, label: READY });
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

  private deliveredWell({ event, action, body }: Delivery): void {
    this.acked++;
    if (event !== "issues" || action !== "labeled") return;
    const told = JSON.parse(body) as {
      issue: { number: number };
      label: { name: string };
      repository: { full_name: string };
    };
    if (told.label.name !== READY) return;
    const { number } = told.issue;
    const wanted = this.wanted.find((one) => one.repo === told.repository.full_name && one.number === number);
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

  /** Threads created for an issue. */
  threads({ repo, number }: { repo: string; number: number }): string[] {
    return [...this.briefs].flatMap(([threadId, brief]) =>
      brief.repo === repo && brief.number === number ? [threadId] : [],
    );
  }

  /** Commits on the trunk made for an issue. */
  landedBy(wanted: Wanted): string[] {
    return this.landed.get(`${wanted.repo}#${wanted.number}`) ?? [];
  }

  /** Something that wakes the loop and changes nothing it acts on. */
  async chatter(): Promise<void> {
    const repo = this.random.pick(BUSY);
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
    await this.commit(repo, "main", "Repair the trunk", DEV, ["success"]);
  }

  private async pushAside(repo: string): Promise<void> {
    await this.commit(repo, `wip-${this.random.between(1, 3)}`, "Work in progress", DEV, null);
  }

  private async checkAside(repo: string): Promise<void> {
    const sha = await this.forge.git.head(repo, "main");
    const aside = (await this.forge.git.branches(repo))["wip-1"];
    if (aside === undefined || aside === sha) return;
    const check = this.forge.github.ci.createCheckRun({ repo, sha: aside, branch: "wip-1", name: "lint" });
    await this.forge.github.ci.completeCheckRun(repo, check.id, "success");
  }

  private async play(turn: ScriptedTurn): Promise<void> {
    try {
      const brief = this.briefOf(turn);
      const part = storyOf(brief.story).turns[brief.turns++];
      await sleep(this.random.between(50, 400));
      if (part === undefined) return turn.complete("There is nothing left to do.");
      if (part === "fails") return turn.fail("It cannot be done.");
      if (part === "ends without a push") return turn.complete("I leave it at that.");
      if (part === "asks, then lands") await this.asked(turn);
      const words = storyOf(brief.story).ci[brief.landings++] ?? [];
      const { repo, number } = brief;
      const sha = await this.commit(
        repo,
        "main",
        `Land #${number}\n\nRefs #${number}\n\nAFK-Run: ${brief.run}`,
        AGENT,
        [...words],
      );
      this.landed.set(`${repo}#${number}`, [...(this.landed.get(`${repo}#${number}`) ?? []), sha]);
      turn.complete("It is landed.");
    } catch (error) {
      this.mishaps.push(`an agent stumbled: ${error instanceof Error ? error.message : error}`);
    }
  }

  private asked(turn: ScriptedTurn): Promise<void> {
    return new Promise((resolve) => {
      turn.onAnswer = () => resolve();
      turn.ask([{ question: "Which colour?", header: "Colour", options: [{ label: "Red" }] }]);
    });
  }

  private briefOf({ threadId, text }: ScriptedTurn): Brief {
    const known = this.briefs.get(threadId);
    if (known) return known;
    const id = /^AFK-Run: (\S+)$/m.exec(text)?.[1];
    const [, repo, digits] = /^Issue: github:(\S+)#(\d+)$/m.exec(text) ?? [];
    const number = Number(digits);
    const wanted = this.wanted.find((one) => one.repo === repo && one.number === number);
    if (id === undefined || repo === undefined || !wanted) throw new Error(`a first turn names no wish: ${text}`);
    const brief = { run: id, repo, number, story: wanted.story, turns: 0, landings: 0 };
    this.briefs.set(threadId, brief);
    return brief;
  }

  /** A commit on top of a branch, told as a push. `words`: what CI will say of it; null: CI does not look. */
  private async commit(
    repo: string,
    branch: string,
    message: string,
    by: string,
    words: Conclusion[] | null,
  ): Promise<string> {
    const before = await this.forge.git.head(repo, branch);
    const parent = before ?? (await this.forge.git.head(repo, "main"));
    if (parent === undefined) throw new Error(`${repo} has no trunk`);
    const after = await this.git(repo, by, "commit-tree", `${parent}^{tree}`, "-p", parent, "-m", message);
    await this.git(repo, by, "update-ref", `refs/heads/${branch}`, after, before ?? NO_COMMIT);
    await this.forge.github.pushed(repo, branch, before ?? NO_COMMIT, after, by);
    if (words === null) return after;
    this.plans.set(after, words);
    void this.build(repo, after, by);
    return after;
  }

  private async git(repo: string, by: string, ...args: string[]): Promise<string> {
    const email = `${by}@example.com`;
    const person = { GIT_AUTHOR_NAME: by, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: by, GIT_COMMITTER_EMAIL: email };
    const env = { ...process.env, ...GIT_ENV, ...person };
    const { stdout } = await run("git", ["--git-dir", this.forge.git.directory(repo), ...args], { env });
    return stdout.trim();
  }

  private async build(repo: string, sha: string, by: string): Promise<void> {
    const { ci } = this.forge.github;
    await sleep(this.random.between(0, 100));
    const { id } = await ci.createWorkflowRun({ repo, sha, branch: "main", by });
    await this.runCi(repo, id, sha);
  }

  private async rerun(repo: string, runId: number): Promise<void> {
    const sha = this.repoState(repo).workflowRuns.find((one) => one.id === runId)?.headSha;
    if (sha !== undefined) await this.runCi(repo, runId, sha);
  }

  private async runCi(repo: string, runId: number, sha: string): Promise<void> {
    const { ci } = this.forge.github;
    try {
      await ci.updateWorkflowRun(repo, runId, { status: "in_progress" });
      await sleep(this.random.between(50, 400));
      const conclusion = this.plans.get(sha)?.shift() ?? "success";
      await ci.updateWorkflowRun(repo, runId, { status: "completed", conclusion });
    } catch (error) {
      this.mishaps.push(`CI stumbled: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function place({ repo, number }: Wanted): { repo: string; number: number } {
  return { repo, number };
}
