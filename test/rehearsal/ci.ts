/**
 * (node) The CI of the rehearsal: checks out each pushed commit, of whatever branch, and runs its real test command, one
 * commit after another, and reports what came of it as a workflow run of that branch. Killed, it forgets what it was at and does it again when it
 * is back, as a hosted CI's queue does.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ForgeServer, ServedForge } from "../fakes/forge/server.ts";
import type { Conclusion } from "../fakes/forge/stand-in.ts";

const run = promisify(execFile);

export interface CiOptions {
  file: string;
  /** What the nth run of a commit on the trunk reports without running a test; undefined: it runs it. */
  verdict?: (attempt: { sha: string; trunkRun: number; rerun: number }) => Conclusion | undefined;
  /** Whether the runner dies under the nth run of a commit on the trunk: its test is begun, and broken off. */
  dies?: (attempt: { trunkRun: number; rerun: number }) => boolean;
  /** What `verdict` says, of a commit of any other branch. */
  branchVerdict?: (attempt: { sha: string; branch: string; rerun: number }) => Conclusion | undefined;
  /** A newer commit of a branch cancels what runs or waits of its older ones, as a concurrency group asks for. */
  supersedes?: boolean;
  off?: boolean;
}

/** What became of one attempt at a commit. */
export interface Reported {
  sha: string;
  branch: string;
  runId: number;
  rerun: number;
  conclusion: Conclusion;
}

interface Job {
  repo: string;
  sha: string;
  branch: string;
  by: string;
  /** Asked for once, even by two at a time. */
  run: Promise<number> | null;
  rerun: number;
}

type Push = { repo: string; branch: string; after: string; by: string };

export class CiStandIn {
  /** Oldest first. */
  readonly reported: Reported[] = [];
  private readonly options: CiOptions;
  private readonly server: ForgeServer<ServedForge>;
  private queue: Job[] = [];
  private current: Job | null = null;
  private child: ChildProcess | null = null;
  private alive = true;
  private trunkRuns = 0;

  constructor(server: ForgeServer<ServedForge>, options: CiOptions) {
    this.server = server;
    this.options = options;
    server.forge.onRerun = (repo, runId, attempt) => {
      const again = server.forge.runOf(repo, runId);
      if (again) this.add({ repo, ...again, by: "dev", run: Promise.resolve(runId), rerun: attempt - 1 });
    };
  }

  pushed(push: Push): void {
    if (this.options.off || /^0+$/.test(push.after)) return;
    if (this.options.supersedes) void this.cancelOlder(push);
    this.add(jobOf(push));
  }

  /** Tests what was there before anybody pushed, so that the trunk has checks of its own. It is no run of `verdict`'s. */
  async baseline(push: Push): Promise<void> {
    const job = jobOf(push);
    await this.report(job, await this.test(job));
  }

  /** Whether a run of this commit has ended, however. */
  done(sha: string): boolean {
    return this.reported.some((one) => one.sha === sha);
  }

  kill(): void {
    this.alive = false;
    if (this.current) this.queue.unshift(this.current);
    this.current = null;
    this.killTest();
  }

  restart(): void {
    this.alive = true;
    void this.next();
  }

  private add(job: Job): void {
    this.queue.push(job);
    void this.next();
  }

  private async next(): Promise<void> {
    if (!this.alive || this.current) return;
    const job = this.queue.shift();
    if (!job) return;
    this.current = job;
    try {
      await this.work(job);
    } catch (error) {
      this.note({ sha: job.sha, error: String(error) });
    }
    if (this.current === job) this.current = null;
    void this.next();
  }

  private async work(job: Job): Promise<void> {
    const run = await this.runOf(job);
    if (this.current !== job) return;
    await this.server.forge.ci.updateWorkflowRun(job.repo, run, { status: "in_progress" });
    const told = this.toldFor(job);
    const result = told === undefined ? await this.tested(job) : { conclusion: told, log: `told: ${told}\n` };
    if (this.current === job) await this.report(job, result);
  }

  private toldFor({ sha, branch, rerun }: Job): Conclusion | undefined {
    if (branch !== "main") return this.options.branchVerdict?.({ sha, branch, rerun });
    if (rerun === 0) this.trunkRuns++;
    return this.options.verdict?.({ sha, trunkRun: this.trunkRuns, rerun });
  }

  private async tested(job: Job): Promise<{ conclusion: Conclusion; log: string }> {
    const { trunkRuns: trunkRun } = this;
    const dies = job.branch === "main" && this.options.dies?.({ trunkRun, rerun: job.rerun });
    if (!dies) return this.test(job);
    const { log } = await this.test(job, () => this.killTest());
    return { conclusion: "cancelled", log: `${log}The runner has received a shutdown signal.\n` };
  }

  private runOf(job: Job): Promise<number> {
    const { repo, sha, branch, by } = job;
    job.run ??= this.server.forge.ci.createWorkflowRun({ repo, sha, branch, by, jobs: ["test"] }).then(({ id }) => id);
    return job.run;
  }

  private async report(job: Job, { conclusion, log }: { conclusion: Conclusion; log: string }): Promise<void> {
    const { ci } = this.server.forge;
    const { repo, sha, branch, rerun } = job;
    const runId = await this.runOf(job);
    ci.appendLog(repo, { run: runId, name: "test" }, log);
    await ci.updateWorkflowRun(repo, runId, { status: "completed", conclusion });
    this.reported.push({ sha, branch, runId, rerun, conclusion });
    this.note({ sha, branch, rerun, conclusion });
  }

  private async cancelOlder({ repo, branch }: Push): Promise<void> {
    const isOlder = (job: Job) => job.repo === repo && job.branch === branch;
    const cancelled = this.queue.filter(isOlder);
    this.queue = this.queue.filter((job) => !isOlder(job));
    if (this.current !== null && isOlder(this.current)) {
      cancelled.unshift(this.current);
      this.current = null;
      this.killTest();
    }
    for (const job of cancelled) await this.report(job, { conclusion: "cancelled", log: "The run was canceled.\n" });
  }

  /** The project's own test command, in a checkout of just this commit. */
  private async test({ repo, sha }: Job, begun = () => {}): Promise<{ conclusion: Conclusion; log: string }> {
    const dir = mkdtempSync(join(tmpdir(), "afk-ci-"));
    try {
      const bare = this.server.git.directory(repo);
      await run("git", ["clone", "-q", "--no-checkout", bare, dir]);
      await run("git", ["-C", dir, "checkout", "-q", sha]);
      return await this.npmTest(dir, begun);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  /** With all that it started, each of which holds the end of its log open. */
  private killTest(): void {
    const pid = this.child?.exitCode === null && this.child.signalCode === null ? this.child.pid : undefined;
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  }

  private npmTest(cwd: string, begun: () => void): Promise<{ conclusion: Conclusion; log: string }> {
    return new Promise((resolve) => {
      const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
      const child = spawn(process.execPath, ["--test"], {
        ...{ cwd, env, detached: true },
        stdio: ["ignore", "pipe", "pipe"],
      });
      this.child = child;
      child.once("spawn", begun);
      let log = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (log += chunk.toString("utf8")));
      child.on("close", (code) => resolve({ conclusion: code === 0 ? "success" : "failure", log }));
    });
  }

  private note(entry: Record<string, unknown>): void {
    appendFileSync(this.options.file, `${JSON.stringify({ at: Date.now(), ...entry })}\n`);
  }
}

function jobOf({ repo, branch, after, by }: Push): Job {
  return { repo, sha: after, branch, by, run: null, rerun: 0 };
}
