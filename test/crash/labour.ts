/** (node) The agents and the CI of the crash rounds: each plays its part of the story, in a real git repository. */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { GIT_ENV } from "../fakes/git/git-bare.ts";
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import type { GitHubServer } from "../fakes/github/server.ts";
import type { Conclusion } from "../fakes/github/state.ts";
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import type { Random } from "./random.ts";
import { storyOf } from "./stories.ts";
import { nameOf, type Wanted } from "./wanted.ts";

const AGENT = "agent";
const run = promisify(execFile);

/** What a thread was told in its first turn. */
export interface Brief {
  threadId: string;
  run: string;
  wanted: Wanted;
  turns: number;
  landings: number;
}

interface Push {
  repo: string;
  branch: string;
  message: string;
  by: string;
  /** What CI will say of it, attempt by attempt; null: CI does not look. */
  words: Conclusion[] | null;
}

export class Labour {
  /** What the world itself could not do: no fault of the loop, but the figures would be worth nothing. */
  readonly mishaps: string[] = [];
  private readonly forge: GitHubServer;
  private readonly random: Random;
  private readonly find: (issue: string) => Wanted | undefined;
  private readonly briefs = new Map<string, Brief>();
  /** CI's words for the attempts still to come, by commit. */
  private readonly plans = new Map<string, Conclusion[]>();
  private readonly landed = new Map<string, string[]>();
  /** The newest push of each repo. */
  private readonly pushes = new Map<string, Promise<unknown>>();

  constructor(forge: GitHubServer, random: Random, find: (issue: string) => Wanted | undefined) {
    this.forge = forge;
    this.random = random;
    this.find = find;
  }

  /** Threads that were told to work on an issue. */
  threadsOf(wanted: Wanted): Brief[] {
    return [...this.briefs.values()].filter((brief) => brief.wanted === wanted);
  }

  /** Commits on the trunk made for an issue. */
  landedBy(wanted: Wanted): string[] {
    return this.landed.get(nameOf(wanted)) ?? [];
  }

  async play(turn: ScriptedTurn): Promise<void> {
    try {
      const brief = this.briefOf(turn);
      const story = storyOf(brief.wanted.story);
      const part = story.turns[brief.turns++];
      await sleep(this.random.between(50, 400));
      if (part === undefined) return turn.complete("There is nothing left to do.");
      if (part === "fails") return turn.fail("It cannot be done.");
      if (part === "ends without a push") return turn.complete("I leave it at that.");
      if (part === "asks, then lands") await asked(turn);
      await this.land(brief, story.ci[brief.landings++] ?? []);
      turn.complete("It is landed.");
    } catch (error) {
      this.mishaps.push(`an agent stumbled: ${error instanceof Error ? error.message : error}`);
    }
  }

  private async land({ wanted, run: id }: Brief, words: Conclusion[]): Promise<void> {
    const message = `Land #${wanted.number}\n\nRefs #${wanted.number}\n\nAFK-Run: ${id}`;
    const sha = await this.commit({ repo: wanted.repo, branch: "main", by: AGENT, message, words: [...words] });
    this.landed.set(nameOf(wanted), [...this.landedBy(wanted), sha]);
  }

  private briefOf({ threadId, text }: ScriptedTurn): Brief {
    const known = this.briefs.get(threadId);
    if (known) return known;
    const id = /^AFK-Run: (\S+)$/m.exec(text)?.[1];
    const issue = /^Issue: github:(\S+#\d+)$/m.exec(text)?.[1] ?? "";
    const wanted = this.find(issue);
    if (id === undefined || !wanted) throw new Error(`a first turn names no wish: ${text}`);
    const brief = { threadId, run: id, wanted, turns: 0, landings: 0 };
    this.briefs.set(threadId, brief);
    return brief;
  }

  /** A commit on top of a branch, told as a push; one after the other in each repo, each on top of the one before. */
  commit(push: Push): Promise<string> {
    const pushed = (this.pushes.get(push.repo) ?? Promise.resolve()).then(() => this.commitNow(push));
    this.pushes.set(
      push.repo,
      pushed.catch(() => {}),
    );
    return pushed;
  }

  private async commitNow(push: Push): Promise<string> {
    const { repo, branch, message, by, words } = push;
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
    await sleep(this.random.between(0, 100));
    const { id } = await this.forge.github.ci.createWorkflowRun({ repo, sha, branch: "main", by });
    await this.runCi(repo, id, sha);
  }

  async rerun(repo: string, runId: number): Promise<void> {
    const known = this.forge.github.state.repos.find((one) => `${one.owner}/${one.name}` === repo);
    const sha = known?.workflowRuns.find((one) => one.id === runId)?.headSha;
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

function asked(turn: ScriptedTurn): Promise<void> {
  return new Promise((resolve) => {
    turn.onAnswer = () => resolve();
    turn.ask([{ question: "Which colour?", header: "Colour", options: [{ label: "Red" }] }]);
  });
}
