/**
 * CI as Forgejo hears of it, in the two ways it comes: Forgejo's own Actions, and a CI outside that posts commit statuses
 * and nothing else. Conclusions are asked for in the words all stand-ins share; Forgejo has fewer:
 *
 *   success, neutral ........................ success
 *   failure, timed_out, startup_failure ..... failure
 *   cancelled, stale ........................ cancelled
 *   skipped ................................. skipped
 *   action_required ......................... not done at all: back to waiting, for an approval
 */
import type { Conclusion, ForgeCi, NewStatus, NewWorkflowRun, WorkflowRunUpdate } from "../forge/stand-in.ts";
import { protectionOf } from "./pull-rules.ts";
import { findRun, isOver, moveRun, startRun } from "./run-acts.ts";
import type { ActionRun, CommitStatus, Repo, RunStatus, StatusState } from "./state.ts";
import { addStatus } from "./status-acts.ts";
import { needAccount, needRepo, newId, timestamp, type World } from "./world.ts";

const ENDS: Record<Conclusion, RunStatus> = {
  success: "success",
  neutral: "success",
  failure: "failure",
  timed_out: "failure",
  startup_failure: "failure",
  cancelled: "cancelled",
  stale: "cancelled",
  skipped: "skipped",
  action_required: "waiting",
};

/** What both ways have in common: a status is a status, and what a branch requires is the forge's matter. */
abstract class AnyCi {
  protected readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  async setStatus({
    repo: name,
    by,
    ...status
  }: Omit<NewStatus, "state"> & { state: StatusState }): Promise<CommitStatus> {
    const repo = needRepo(this.world, name);
    await needCommit(this.world, repo, status.sha);
    return addStatus(this.world, repo, needAccount(this.world, by), status);
  }

  /** From now on a push takes the place of an older one of its branch: what runs of that is cancelled. */
  supersede(repo: string): void {
    needRepo(this.world, repo).supersedes = true;
  }

  /** By a rule that protects the branch and asks for these contexts; an empty list takes the rule away. */
  setRequiredChecks(repo: string, branch: string, contexts: string[]): void {
    const there = needRepo(this.world, repo);
    const rule = protectionOf(there, branch);
    if (rule !== undefined && (contexts.length > 0 || !rule.push || rule.approvals > 0 || rule.upToDate)) {
      rule.contexts = contexts;
      return;
    }
    there.protections = there.protections.filter((each) => each !== rule);
    if (contexts.length === 0) return;
    const none = { push: true, approvals: 0, dismissStale: false, upToDate: false };
    there.protections.push({ branch, contexts, ...none, createdAt: timestamp(this.world) });
  }
}

/** Forgejo Actions. */
export class ActionsCi extends AnyCi implements ForgeCi {
  /** A waiting run with its waiting jobs, a pending status each. No webhook: only a run that is done is told. */
  async createWorkflowRun(run: NewWorkflowRun): Promise<ActionRun> {
    const { sha, branch, name = "CI", path = ".forgejo/workflows/ci.yml", event = "push", jobs = ["test"] } = run;
    const repo = needRepo(this.world, run.repo);
    const title = (await needCommit(this.world, repo, sha)).message.split("\n")[0] ?? "";
    const workflow = path.split("/").at(-1) ?? path;
    const by = needAccount(this.world, run.by);
    return startRun(this.world, repo, { workflow, name, event, sha, ref: branch ?? "", title, by, jobs });
  }

  async updateWorkflowRun(repo: string, runId: number, update: WorkflowRunUpdate): Promise<ActionRun> {
    const there = needRepo(this.world, repo);
    const run = findRun(there, runId);
    if (isOver(run)) return run;
    run.needApproval = update.status === "completed" && update.conclusion === "action_required";
    const ends = Object.fromEntries(Object.entries(update.jobs ?? {}).map(([name, end]) => [name, ENDS[end]]));
    moveRun(this.world, there, run, { status: statusOf(update), ends });
    return run;
  }

  /** Someone presses "Re-run all jobs" on the website: there is no API for it. Whoever plays CI runs it then. */
  async rerunByHand(repo: string, runId: number): Promise<void> {
    const there = needRepo(this.world, repo);
    moveRun(this.world, there, findRun(there, runId), { status: "waiting" });
  }

  /** Shown on the website alone; the API has no logs. */
  appendLog(repo: string, { run, name }: { run: number; name: string }, text: string): void {
    const job = findRun(needRepo(this.world, repo), run).jobs.find((each) => each.name === name);
    if (job === undefined) throw new Error(`run ${run} of ${repo} has no job ${name}`);
    job.log += text;
  }
}

/** A CI outside: Forgejo sees its statuses, as `<workflow>/<job>`, by the account its token belongs to. */
export class OutsideCi extends AnyCi implements ForgeCi {
  private readonly runs = new Map<number, { run: NewWorkflowRun; jobs: string[]; over: boolean }>();

  async createWorkflowRun(run: NewWorkflowRun): Promise<{ id: number }> {
    const repo = needRepo(this.world, run.repo);
    await needCommit(this.world, repo, run.sha);
    if (repo.supersedes) await this.cancelOlder(run);
    const id = newId(this.world, "run");
    this.runs.set(id, { run, jobs: run.jobs ?? ["test"], over: false });
    await this.tell(id, () => PENDING);
    return { id };
  }

  async updateWorkflowRun(_repo: string, runId: number, update: WorkflowRunUpdate): Promise<void> {
    if (this.needRun(runId).over) return;
    await this.tell(runId, (job) =>
      update.status === "completed" ? toldOf(update.jobs?.[job] ?? update.conclusion ?? "success") : PENDING,
    );
  }

  /** The commit and branch of a run of this CI, which Forgejo knows nothing of. */
  runOf(id: number): { sha: string; branch: string } | undefined {
    const run = this.runs.get(id)?.run;
    return run === undefined ? undefined : { sha: run.sha, branch: run.branch ?? "" };
  }

  /** Someone restarts it on its own pages. */
  rerunByHand(id: number): Promise<void> {
    return this.tell(id, () => PENDING);
  }

  /** Its logs are its own. */
  appendLog(): void {}

  private async cancelOlder({ repo, branch, name }: NewWorkflowRun): Promise<void> {
    for (const [id, { run, over }] of this.runs)
      if (!over && run.repo === repo && run.branch === branch && run.name === name)
        await this.tell(id, () => toldOf("cancelled"));
  }

  private needRun(id: number) {
    const known = this.runs.get(id);
    if (known === undefined) throw new Error(`the CI outside knows no run ${id}`);
    return known;
  }

  private async tell(id: number, word: (job: string) => Told): Promise<void> {
    const known = this.needRun(id);
    const { repo, sha, by, name = "ci" } = known.run;
    const told = known.jobs.map((job) => ({ context: `${name}/${job}`, ...word(job) }));
    known.over = told.every(({ state }) => state !== "pending");
    for (const status of told) await this.setStatus({ repo, sha, by, ...status });
  }
}

function statusOf({ status, conclusion = "success" }: WorkflowRunUpdate): RunStatus {
  if (status === "completed") return ENDS[conclusion];
  return status === "in_progress" ? "running" : "waiting";
}

type Told = { state: StatusState; description: string };
const PENDING: Told = { state: "pending", description: "Pipeline is pending" };

/** As Woodpecker tells it: that one was broken off stands in its description alone. */
function toldOf(conclusion: Conclusion): Told {
  switch (ENDS[conclusion]) {
    case "success":
    case "skipped":
      return { state: "success", description: "Pipeline was successful" };
    case "failure":
      return { state: "failure", description: "Pipeline failed" };
    case "cancelled":
      return { state: "failure", description: "Pipeline was canceled" };
    default:
      return PENDING;
  }
}

async function needCommit(world: World, repo: Repo, sha: string) {
  const commit = await world.git.commit(repo.git, sha);
  if (commit === undefined) throw new Error(`no commit ${sha} in ${repo.owner}/${repo.name}`);
  return commit;
}
