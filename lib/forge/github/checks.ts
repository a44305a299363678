/**
 * Check runs, commit statuses and workflow runs of one commit, as the port's Checks. Pure.
 *
 *   check run of a workflow run of another branch ... left out: the trunk answers for itself
 *   check run of Actions, its workflow run unknown .. kept, apart from every other by its suite
 *   workflow run without a check run of its own ..... a Check itself: queued, or never started for a broken file
 *   workflow run that ended badly, its jobs fine .... a Check too: what went wrong is in no job
 *   workflow run that a newer one replaced .......... its jobs alone count
 *   status and check run of one name from one app ... both count, so they must not share a key
 */
import type { Check } from "../../core/types.ts";
import type { CheckRun, CommitStatus, WorkflowRun } from "./payloads.ts";

const ACTIONS = "github-actions";
const FINE = new Set(["success", "neutral", "skipped"]);
const ENDED_OUTSIDE_JOBS = new Set(["cancelled", "timed_out", "startup_failure", "action_required", "stale"]);

/** Whether this look must know the workflow runs: nothing waits, or what failed may belong to another branch. */
export function needsWorkflowRuns(checkRuns: CheckRun[], statuses: CommitStatus[]): boolean {
  const waiting =
    checkRuns.some((run) => run.status !== "completed") || statuses.some((status) => status.state === "pending");
  const failed = checkRuns.some((run) => isActions(run) && run.status === "completed" && !FINE.has(wordOf(run)));
  return !waiting || failed;
}

/** `workflowRuns` null: not read, because the rest still waits. */
export function toChecks(
  checkRuns: CheckRun[],
  statuses: CommitStatus[],
  workflowRuns: WorkflowRun[] | null,
  branch: string,
): Check[] {
  const bySuite = new Map((workflowRuns ?? []).map((run) => [run.check_suite_id, run]));
  const elsewhere = (run: WorkflowRun | undefined) => run !== undefined && run.head_branch !== branch;
  const checks = checkRuns
    .map((run) => ({ run, workflow: bySuite.get(run.check_suite?.id) }))
    .filter(({ workflow }) => !elsewhere(workflow))
    .map(({ run, workflow }) => ofCheckRun(run, workflow));
  const actionsApp = checkRuns.find(isActions)?.app?.id ?? ACTIONS;
  const own = newest((workflowRuns ?? []).filter((run) => !elsewhere(run)));
  const workflows = own.flatMap((run) => ofWorkflowRun(run, actionsApp, checksOf(run, checks)));
  const taken = new Set(checks.map((check) => JSON.stringify([check.app, check.name])));
  return [...checks, ...workflows, ...statuses.map((status) => ofStatus(status, taken))];
}

function ofCheckRun(run: CheckRun, workflow: WorkflowRun | undefined): Check {
  return {
    app: run.app?.id ?? "unknown",
    workflow: workflow ? nameOf(workflow) : isActions(run) ? `suite ${run.check_suite?.id ?? run.id}` : null,
    name: run.name,
    word: wordOf(run),
    order: startOf(run.started_at, run.status),
    url: run.html_url ?? null,
    // The check run of an Actions job has the job's id.
    jobId: isActions(run) ? run.id : null,
    runId: workflow?.id ?? null,
  };
}

function ofWorkflowRun(run: WorkflowRun, app: string, jobs: Check[]): Check[] {
  const word = run.conclusion ?? run.status ?? "unknown";
  const hidesNothing = jobs.length > 0 && !(ENDED_OUTSIDE_JOBS.has(word) && jobs.every((job) => FINE.has(job.word)));
  if (hidesNothing) return [];
  const start = startOf(run.run_started_at ?? run.created_at, run.status ?? "");
  return [
    {
      app,
      workflow: nameOf(run),
      name: nameOf(run),
      word,
      // A job may bear its workflow's name: the run speaks last.
      order: Math.max(start, ...jobs.map((job) => job.order)),
      url: run.html_url ?? null,
      jobId: null,
      runId: run.id,
    },
  ];
}

function ofStatus(status: CommitStatus, taken: Set<string>): Check {
  // The combined status names its app nowhere but in the avatar GitHub gives every app.
  const app = /\/in\/(\d+)(?:\?|$)/.exec(status.avatar_url ?? "")?.[1];
  return {
    app: app && !taken.has(JSON.stringify([app, status.context])) ? app : "status",
    workflow: null,
    name: status.context,
    word: status.state,
    order: startOf(status.updated_at, "completed"),
    url: status.target_url ?? null,
    jobId: null,
    runId: null,
  };
}

/** Of several runs of one workflow for one event, the one that replaced the others. */
function newest(runs: WorkflowRun[]): WorkflowRun[] {
  const held = new Map<string, WorkflowRun>();
  for (const run of runs) {
    const key = JSON.stringify([run.workflow_id, run.event]);
    const other = held.get(key);
    if (!other || run.run_number >= other.run_number) held.set(key, run);
  }
  return [...held.values()];
}

function checksOf(run: WorkflowRun, checks: Check[]): Check[] {
  return checks.filter((check) => check.runId === run.id);
}

function wordOf(run: CheckRun): string {
  return run.status === "completed" ? (run.conclusion ?? run.status) : run.status;
}

/** What has not begun is newer than all that has. */
function startOf(iso: string | null | undefined, status: string): number {
  const at = Date.parse(iso ?? "");
  if (!Number.isNaN(at)) return at;
  return status === "completed" ? 0 : Number.MAX_SAFE_INTEGER;
}

function isActions(run: CheckRun): boolean {
  return run.app?.slug === ACTIONS;
}

function nameOf(run: WorkflowRun): string {
  return run.name || run.path || `workflow ${run.workflow_id}`;
}
