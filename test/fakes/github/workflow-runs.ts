/**
 * Workflow runs of Actions. Each job is a check run of the same id. A rerun keeps the run's id, counts its attempt up,
 * and adds new jobs and check runs to the same suite.
 */
import { addCheck, completeCheck, newSuite, settleSuite } from "./checks.ts";
import type { Account, AppIdentity, CheckRun, CheckStatus, Conclusion, Job, Repo, WorkflowRun } from "./state.ts";
import { workflowRunView, workflowView } from "./views-ci.ts";
import { accountById, fullName, newId, timestamp, type World } from "./world.ts";

export const ACTIONS: AppIdentity = { id: 15368, slug: "github-actions", name: "GitHub Actions" };

const REDONE: (Conclusion | null)[] = [
  "failure",
  "cancelled",
  "timed_out",
  "startup_failure",
  "action_required",
  "stale",
];

const STEPS = ["Run actions/checkout@v5", "Run npm test"];

export type RunToStart = {
  name: string;
  path: string;
  event: string;
  sha: string;
  branch: string | null;
  by: Account;
  jobs: string[];
};

export async function startRun(world: World, repo: Repo, wanted: RunToStart): Promise<WorkflowRun> {
  const at = timestamp(world);
  const suite = newSuite(world, repo, { app: ACTIONS, sha: wanted.sha, branch: wanted.branch });
  const workflowId = workflowIdOf(world, repo, wanted.path);
  const run: WorkflowRun = {
    id: newId(world),
    workflowId,
    name: wanted.name,
    path: wanted.path,
    event: wanted.event,
    runNumber: repo.workflowRuns.filter((each) => each.workflowId === workflowId).length + 1,
    runAttempt: 1,
    headSha: wanted.sha,
    headBranch: wanted.branch,
    suite: suite.id,
    by: wanted.by.id,
    status: "queued",
    conclusion: null,
    createdAt: at,
    updatedAt: at,
    startedAt: at,
  };
  repo.workflowRuns.push(run);
  await emitRun(world, repo, run, "requested");
  for (const name of wanted.jobs) addJob(world, repo, run, name);
  return run;
}

export async function moveRun(
  world: World,
  repo: Repo,
  id: number,
  update: { status: CheckStatus; conclusion?: Conclusion; jobs?: Record<string, Conclusion> },
): Promise<WorkflowRun> {
  const run = repo.workflowRuns.find((each) => each.id === id);
  if (run === undefined) throw new Error(`no workflow run ${id} in ${fullName(repo)}`);
  const { status, conclusion = "success", jobs = {} } = update;
  Object.assign(run, { status, conclusion: status === "completed" ? conclusion : null, updatedAt: timestamp(world) });
  for (const { check } of jobsOfAttempt(repo, run)) {
    if (check.status === "completed") continue;
    if (status === "completed") completeCheck(world, repo, check, jobs[check.name] ?? conclusion);
    else Object.assign(check, { status, startedAt: check.startedAt ?? timestamp(world) });
  }
  if (status === "completed") await settleSuite(world, repo, run.suite, conclusion);
  if (status === "completed" || status === "in_progress") await emitRun(world, repo, run, status);
  return run;
}

/** Failed jobs are queued anew; the others are carried into the new attempt as they ended. */
export async function rerunFailed(world: World, repo: Repo, run: WorkflowRun): Promise<void> {
  const before = jobsOfAttempt(repo, run);
  const at = timestamp(world);
  Object.assign(run, {
    status: "queued",
    conclusion: null,
    runAttempt: run.runAttempt + 1,
    updatedAt: at,
    startedAt: at,
  });
  const suite = repo.suites.find((each) => each.id === run.suite);
  if (suite !== undefined) Object.assign(suite, { status: "queued", conclusion: null, updatedAt: at });
  await emitRun(world, repo, run, "requested");
  for (const { job, check } of before) {
    if (REDONE.includes(check.conclusion)) {
      addJob(world, repo, run, check.name);
    } else {
      const id = newId(world);
      repo.checkRuns.push({ ...check, id });
      repo.jobs.push({ ...job, id, attempt: run.runAttempt });
    }
  }
  world.onRerun(fullName(repo), run.id, run.runAttempt);
}

export function jobsOfAttempt(repo: Repo, run: WorkflowRun, attempt = run.runAttempt): { job: Job; check: CheckRun }[] {
  return repo.jobs.flatMap((job) => {
    const check = repo.checkRuns.find((each) => each.id === job.id);
    return job.run === run.id && job.attempt === attempt && check !== undefined ? [{ job, check }] : [];
  });
}

export function findJob(repo: Repo, wanted: { run: number; name: string } | number): Job | undefined {
  if (typeof wanted === "number") return repo.jobs.find((job) => job.id === wanted);
  return repo.jobs.findLast(
    (job) =>
      job.run === wanted.run && repo.checkRuns.some((check) => check.id === job.id && check.name === wanted.name),
  );
}

function addJob(world: World, repo: Repo, run: WorkflowRun, name: string): void {
  const suite = repo.suites.find((each) => each.id === run.suite);
  if (suite === undefined) throw new Error(`workflow run ${run.id} has no check suite`);
  const { id } = addCheck(world, repo, suite, { name, status: "queued" });
  repo.jobs.push({
    id,
    run: run.id,
    attempt: run.runAttempt,
    createdAt: timestamp(world),
    log: null,
    steps: [...STEPS],
  });
}

async function emitRun(
  world: World,
  repo: Repo,
  run: WorkflowRun,
  action: "requested" | "in_progress" | "completed",
): Promise<void> {
  const head = await world.git.commit(repo.git, run.headSha);
  const views = { workflow_run: workflowRunView(world, repo, run, head), workflow: workflowView(world, repo, run) };
  world.emit("workflow_run", repo, accountById(world, run.by), { action, ...views });
}

function workflowIdOf(world: World, repo: Repo, path: string): number {
  const key = `${repo.id} ${path}`;
  world.state.workflows[key] ??= newId(world);
  return world.state.workflows[key];
}
