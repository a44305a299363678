/**
 * Runs of Forgejo Actions. Every step of a job is also a commit status by the account `forgejo-actions`; a run that is
 * done is told by one webhook, or two:
 *
 *   success ............................... action_run_success
 *   success after a run that was none ..... action_run_success, then action_run_recover
 *   failure, cancelled, skipped ........... action_run_failure, whose run says which
 * Run by hand again, a run goes back to waiting under the same id. One that is over hears no more of its runner.
 */
import type { HookType } from "./hook-events.ts";
import { pullsOf } from "./pull-rules.ts";
import type { Account, ActionRun, Repo, RunStatus, StatusState } from "./state.ts";
import { addStatus } from "./status-acts.ts";
import { runView } from "./views-ci.ts";
import { repoHtml } from "./views-repo.ts";
import { ACTIONS, fullName, newId, timestamp, type World } from "./world.ts";

const STATUS_OF: Record<RunStatus, StatusState> = {
  waiting: "pending",
  blocked: "pending",
  running: "pending",
  success: "success",
  skipped: "success",
  failure: "failure",
  cancelled: "failure",
};

const WORDS: Record<RunStatus, string> = {
  waiting: "Waiting to run",
  blocked: "Blocked by required conditions",
  running: "Has started running",
  success: "Successful in 1m0s",
  skipped: "Has been skipped",
  failure: "Failing after 1m0s",
  cancelled: "Has been cancelled",
};

/** Only what these cause is told by statuses; a scheduled or dispatched run is not. */
const TOLD_BY_STATUS = ["push", "pull_request", "release"];
/** Forgejo cancels for these alone, unless a workflow's own `concurrency` says otherwise. */
const SUPERSEDED = ["push", "pull_request"];
const DONE: RunStatus[] = ["success", "failure", "cancelled", "skipped"];

export type RunToStart = {
  workflow: string;
  name: string;
  event: string;
  sha: string;
  ref: string;
  title: string;
  by: Account;
  jobs: string[];
};

export function startRun(world: World, repo: Repo, wanted: RunToStart): ActionRun {
  if (repo.supersedes) cancelOlder(world, repo, wanted);
  const at = timestamp(world);
  const { jobs, by, ...rest } = wanted;
  const run: ActionRun = {
    ...rest,
    pull: rest.event.startsWith("pull_request") ? proposedBy(repo, rest.ref) : null,
    id: newId(world, "run"),
    index: repo.runs.length + 1,
    by: by.id,
    status: "waiting",
    needApproval: false,
    jobs: jobs.map((name) => ({ name, status: "waiting", log: "" })),
    createdAt: at,
    startedAt: null,
    stoppedAt: null,
    updatedAt: at,
  };
  repo.runs.push(run);
  for (const index of run.jobs.keys()) tellJob(world, repo, run, index);
  return run;
}

/** Of the same workflow, branch and event, whatever commit: also where it never began. */
function cancelOlder(world: World, repo: Repo, { workflow, ref, event }: RunToStart): void {
  if (!SUPERSEDED.includes(event)) return;
  for (const run of repo.runs)
    if (run.workflow === workflow && run.ref === ref && run.event === event && !isOver(run))
      moveRun(world, repo, run, { status: "cancelled" });
}

export function isOver(run: ActionRun): boolean {
  return DONE.includes(run.status);
}

function proposedBy(repo: Repo, branch: string): ActionRun["pull"] {
  const place = pullsOf(repo).findLast(({ pull }) => pull.head === branch);
  if (place === undefined) return null;
  const { base, baseSha } = place.pull;
  return { number: place.issue.number, base: { label: base, ref: base, sha: baseSha } };
}

export function findRun(repo: Repo, id: number): ActionRun {
  const run = repo.runs.find((each) => each.id === id);
  if (run === undefined) throw new Error(`no run ${id} in ${fullName(repo)}`);
  return run;
}

/** `ends`: how single jobs end, where that is not how the run does. */
export function moveRun(
  world: World,
  repo: Repo,
  run: ActionRun,
  to: { status: RunStatus; ends?: Record<string, RunStatus> },
): void {
  const prior = run.status;
  const at = timestamp(world);
  const done = DONE.includes(to.status);
  Object.assign(run, {
    status: to.status,
    updatedAt: at,
    startedAt: to.status === "waiting" ? null : (run.startedAt ?? at),
    stoppedAt: done ? at : null,
  });
  for (const [index, job] of run.jobs.entries()) {
    const next = (done ? to.ends?.[job.name] : undefined) ?? to.status;
    if (job.status === next) continue;
    job.status = next;
    tellJob(world, repo, run, index);
  }
  if (done && prior !== to.status) tellRun(world, repo, run, prior);
}

function tellJob(world: World, repo: Repo, run: ActionRun, index: number): void {
  const job = run.jobs[index];
  if (job === undefined || !TOLD_BY_STATUS.includes(run.event)) return;
  addStatus(world, repo, ACTIONS, {
    sha: run.sha,
    context: `${run.name} / ${job.name} (${run.event})`,
    state: STATUS_OF[job.status],
    description: WORDS[job.status],
    targetUrl: `${repoHtml(world, repo).slice(world.rootUrl.length)}/actions/runs/${run.index}/jobs/${index}`,
  });
}

/** No repository and no sender beside the run: they are in it. */
function tellRun(world: World, repo: Repo, run: ActionRun, prior: RunStatus): void {
  const last = repo.runs.findLast(
    (each) =>
      each.workflow === run.workflow && each.ref === run.ref && each.index < run.index && DONE.includes(each.status),
  );
  const tell = (action: "success" | "failure" | "recover"): void => {
    const type: HookType = `action_run_${action}`;
    const payload = {
      action,
      run: runView(world, repo, run),
      prior_status: prior,
      ...(last === undefined ? {} : { last_run: runView(world, repo, last) }),
    };
    world.emit({ type, repo, payload });
  };
  tell(run.status === "success" ? "success" : "failure");
  if (run.status === "success" && last !== undefined && last.status !== "success") tell("recover");
}
