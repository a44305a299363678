/**
 * Checks as GitHub keeps them. A workflow run owns one check suite; each of its jobs is a check run of the same id. Another app has one
 * suite per commit. A rerun keeps the run's id, counts its attempt up, and adds new jobs and check runs to the same suite.
 */
import { resolveRef } from "./git-host.ts";
import type {
  Account,
  AppIdentity,
  CheckRun,
  CheckStatus,
  CheckSuite,
  Conclusion,
  Deployment,
  DeploymentState,
  Job,
  Repo,
  WorkflowRun,
} from "./state.ts";
import {
  checkRunView,
  checkSuiteView,
  deploymentStatusView,
  deploymentView,
  workflowRunView,
  workflowView,
} from "./views-ci.ts";
import { accountById, findAccount, fullName, newId, timestamp, type World } from "./world.ts";

export const ACTIONS: AppIdentity = { id: 15368, slug: "github-actions", name: "GitHub Actions" };

/** Worst first: the conclusion of a suite is that of its worst check. */
const WORST: Conclusion[] = [
  "startup_failure",
  "action_required",
  "timed_out",
  "failure",
  "cancelled",
  "stale",
  "success",
  "neutral",
  "skipped",
];
const REDONE: (Conclusion | null)[] = [
  "failure",
  "cancelled",
  "timed_out",
  "startup_failure",
  "action_required",
  "stale",
];

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
  repo.jobs.push({ id, run: run.id, attempt: run.runAttempt, createdAt: timestamp(world), log: null });
}

/** The suite of another app at a commit, made at its first check. */
export function suiteOf(
  world: World,
  repo: Repo,
  wanted: { app: AppIdentity; sha: string; branch: string | null },
): CheckSuite {
  return (
    repo.suites.find((suite) => suite.app.id === wanted.app.id && suite.headSha === wanted.sha) ??
    newSuite(world, repo, wanted)
  );
}

function newSuite(
  world: World,
  repo: Repo,
  { app, sha, branch }: { app: AppIdentity; sha: string; branch: string | null },
): CheckSuite {
  const at = timestamp(world);
  const suite: CheckSuite = {
    id: newId(world),
    app,
    headSha: sha,
    headBranch: branch,
    status: "queued",
    conclusion: null,
    createdAt: at,
    updatedAt: at,
  };
  repo.suites.push(suite);
  return suite;
}

export function addCheck(
  world: World,
  repo: Repo,
  suite: CheckSuite,
  { name, status }: { name: string; status: CheckStatus },
): CheckRun {
  const check: CheckRun = {
    id: newId(world),
    suite: suite.id,
    name,
    headSha: suite.headSha,
    status,
    conclusion: null,
    startedAt: timestamp(world),
    completedAt: null,
    detailsUrl: null,
    output: { title: null, summary: null },
  };
  repo.checkRuns.push(check);
  world.emit("check_run", repo, appAccount(world, suite.app), {
    action: "created",
    check_run: checkRunPayload(world, repo, check, suite),
  });
  return check;
}

export function completeCheck(world: World, repo: Repo, check: CheckRun, conclusion: Conclusion): void {
  Object.assign(check, { status: "completed", conclusion, completedAt: timestamp(world) });
  const suite = repo.suites.find((each) => each.id === check.suite);
  if (suite === undefined) throw new Error(`check run ${check.id} has no suite`);
  world.emit("check_run", repo, appAccount(world, suite.app), {
    action: "completed",
    check_run: checkRunPayload(world, repo, check, suite),
  });
}

/** A suite is done when the latest check of each name in it is; then its webhook goes out. */
export async function settleSuite(world: World, repo: Repo, id: number, conclusion?: Conclusion): Promise<void> {
  const suite = repo.suites.find((each) => each.id === id);
  if (suite === undefined) return;
  const latest = latestOfEachName(repo.checkRuns.filter((check) => check.suite === id));
  if (latest.some((check) => check.status !== "completed")) return;
  const worst = WORST.find((each) => latest.some((check) => check.conclusion === each));
  Object.assign(suite, {
    status: "completed",
    conclusion: conclusion ?? worst ?? "success",
    updatedAt: timestamp(world),
  });
  const head = await resolveRef(world.git, repo.git, suite.headSha);
  const view = checkSuiteView(world, repo, suite, head);
  world.emit("check_suite", repo, appAccount(world, suite.app), { action: "completed", check_suite: view });
}

/** GitHub's `filter=latest`: the newest check of each name within one suite, and no further. */
export function latestOfEachName(checks: CheckRun[]): CheckRun[] {
  const newest = new Map<string, CheckRun>();
  for (const check of checks) newest.set(`${check.suite}/${check.name}`, check);
  return [...newest.values()];
}

export function moveDeployment(
  world: World,
  repo: Repo,
  deployment: Deployment,
  told: { state: DeploymentState; environmentUrl?: string; logUrl?: string; description?: string },
): void {
  const { state, environmentUrl = "", logUrl = "", description = "" } = told;
  const status = {
    id: newId(world),
    state,
    by: deployment.by,
    description,
    environmentUrl,
    logUrl,
    createdAt: timestamp(world),
  };
  deployment.statuses.push(status);
  world.emit("deployment_status", repo, accountById(world, deployment.by), {
    action: "created",
    deployment_status: deploymentStatusView(world, repo, deployment, status),
    deployment: deploymentView(world, repo, deployment),
    check_run: null,
    workflow: null,
    workflow_run: null,
  });
}

/** In a webhook a check run carries more of its suite than in the API. */
function checkRunPayload(world: World, repo: Repo, check: CheckRun, suite: CheckSuite): Record<string, unknown> {
  const { repository: _, head_commit: __, ...rest } = checkSuiteView(world, repo, suite, undefined);
  return { ...checkRunView(world, repo, check), check_suite: rest };
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

/** The bot that speaks for an app; one nobody added yet is added. */
function appAccount(world: World, app: AppIdentity): Account {
  const login = `${app.slug}[bot]`;
  const known = findAccount(world, login);
  if (known !== undefined) return known;
  const account: Account = { id: newId(world), login, type: "Bot", createdAt: timestamp(world), app };
  world.state.accounts.push(account);
  return account;
}
