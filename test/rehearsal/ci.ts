/**
 * (node) The CI of the rehearsal: checks out each pushed commit and runs its real test command, one commit after
 * another, and reports what came of it as a workflow run. Killed, it forgets what it was at and does it again when it
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
  off?: boolean;
  /** A push takes the place of older ones of its branch: what waits or runs of those is cancelled, and tested no more. */
  supersedes?: boolean;
}

interface Job {
  repo: string;
  sha: string;
  branch: string;
  by: string;
  runId: number | null;
  rerun: number;
  superseded: boolean;
}

export class CiStandIn {
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
      if (again) this.add({ repo, ...again, by: "dev", runId, rerun: attempt - 1, superseded: false });
    };
  }

  pushed(push: { repo: string; branch: string; after: string; by: string }): void {
    if (this.options.off || /^0+$/.test(push.after)) return;
    const { repo, branch, by } = push;
    if (this.options.supersedes) this.supersede(repo, branch);
    this.add({ repo, sha: push.after, branch, by, runId: null, rerun: 0, superseded: false });
  }

  private supersede(repo: string, branch: string): void {
    const older = (job: Job) => job.repo === repo && job.branch === branch;
    for (const job of this.queue.filter(older)) job.superseded = true;
    if (!this.current || !older(this.current)) return;
    this.current.superseded = true;
    this.child?.kill("SIGKILL");
  }

  kill(): void {
    this.alive = false;
    if (this.current) this.queue.unshift(this.current);
    this.current = null;
    this.child?.kill("SIGKILL");
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
    const { ci } = this.server.forge;
    const { repo, sha, branch, by } = job;
    job.runId ??= (await ci.createWorkflowRun({ repo, sha, branch, by, jobs: ["test"] })).id;
    const { runId } = job;
    await ci.updateWorkflowRun(repo, runId, { status: "in_progress" });
    const onTrunk = branch === "main";
    if (onTrunk && job.rerun === 0) this.trunkRuns++;
    const told = onTrunk ? this.options.verdict?.({ sha, trunkRun: this.trunkRuns, rerun: job.rerun }) : undefined;
    const { conclusion, log } = await this.ended(job, told);
    if (this.current !== job) return;
    ci.appendLog(repo, { run: runId, name: "test" }, log);
    await ci.updateWorkflowRun(repo, runId, { status: "completed", conclusion });
    this.note({ sha, branch, rerun: job.rerun, conclusion });
  }

  private async ended(job: Job, told: Conclusion | undefined): Promise<{ conclusion: Conclusion; log: string }> {
    const cancelled = { conclusion: "cancelled", log: "cancelled\n" } as const;
    if (job.superseded) return cancelled;
    const end = told === undefined ? await this.test(job.repo, job.sha) : { conclusion: told, log: `told: ${told}\n` };
    return job.superseded ? cancelled : end;
  }

  /** The project's own test command, in a checkout of just this commit. */
  private async test(repo: string, sha: string): Promise<{ conclusion: Conclusion; log: string }> {
    const dir = mkdtempSync(join(tmpdir(), "afk-ci-"));
    try {
      const bare = this.server.git.directory(repo);
      await run("git", ["clone", "-q", "--no-checkout", bare, dir]);
      await run("git", ["-C", dir, "checkout", "-q", sha]);
      return await this.npmTest(dir);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  private npmTest(cwd: string): Promise<{ conclusion: Conclusion; log: string }> {
    return new Promise((resolve) => {
      const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
      const child = spawn(process.execPath, ["--test"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
      this.child = child;
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
