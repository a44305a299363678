/**
 * Check runs, commit statuses and workflow runs of one commit, as the port's Checks. Pure.
 *
 *   check run of a workflow run of another branch .... left out: the trunk answers for itself
 *   anything that an issue, a comment, a label … set
 *   off on the trunk's head .......................... left out: it tells of those, and our own edits set it off
 *   workflow by schedule or by hand, by an event that
 *   we do not know ................................... counts: it may be a test of the commit
 *   check run of Actions, its workflow run not read .. kept, apart from every other by its suite
 *   workflow run without a check run of its own ...... a Check itself: queued, or never begun for a broken file
 *   workflow run not over, its jobs so far are ....... a Check too: a job that needs another has no check run before it
 *   workflow run that ended badly, its jobs fine ..... a Check too: what went wrong is in no job, or in one of two that
 *                                                      bear one name
 *   workflow run that a newer one replaced ........... its jobs alone count
 *   a workflow that two events set off ............... each event's jobs count: a green push hides no red pull request
 *   two workflows of one name ........................ told apart by their files
 *   status and check run of one name from one app .... both count, so they must not share a key
 */
import { isFine } from "../../core/ci-verdict.ts";
import type { Check } from "../../core/types.ts";
import { type Origin, type SuiteOrigins, testsACommit } from "./events.ts";
import type { CheckRun, CommitStatus, WorkflowRun } from "./payloads.ts";

const ACTIONS = "github-actions";

/**
 * Whether this look must know the workflow runs. They tell of what Actions says whether it is of the commit, on this
 * branch. Where something waits that surely is, and Actions has nothing against it, that can be left for later.
 * `known`: suites whose origin an earlier look was told.
 */
export function needsWorkflowRuns(
  checkRuns: CheckRun[],
  statuses: CommitStatus[],
  known: SuiteOrigins,
  isMeant: OfBranch,
): boolean {
  const isOurs = (run: CheckRun) => {
    const origin = known.get(run.check_suite?.id ?? "");
    return !isActions(run) || (origin !== undefined && isOf(origin, isMeant));
  };
  const waits =
    checkRuns.some((run) => !isOver(run) && isOurs(run)) || statuses.some((status) => status.state === "pending");
  const failed = checkRuns.some((run) => isActions(run) && isOver(run) && !isFine(wordOf(run)));
  return !waits || failed;
}

/** Which branches' CI runs are meant. */
export type OfBranch = (branch: string | null | undefined) => boolean;

/** `workflowRuns` null: not read, because the rest still waits. */
export function toChecks(
  checkRuns: CheckRun[],
  statuses: CommitStatus[],
  workflowRuns: WorkflowRun[] | null,
  isMeant: OfBranch,
): Check[] {
  const counts = (run: WorkflowRun) => isOf(run, isMeant);
  const workflowOf = namer(workflowRuns ?? []);
  const bySuite = new Map((workflowRuns ?? []).map((run) => [run.check_suite_id, run]));
  const jobs = oldestFirst(checkRuns)
    .map((run) => ({ run, workflow: bySuite.get(run.check_suite?.id) }))
    .filter(({ workflow }) => workflow === undefined || counts(workflow));
  const actionsApp = checkRuns.find(isActions)?.app?.id ?? ACTIONS;
  const ours = newest((workflowRuns ?? []).filter(counts));
  const telling = ours.filter((workflow) =>
    tellsMore(
      workflow,
      jobs.flatMap((job) => (job.workflow === workflow ? job.run : [])),
    ),
  );
  const taken = new Set(jobs.map(({ run }) => keyOf(run.app?.id, run.name)));
  return [
    ...jobs.map(({ run, workflow }) => ofCheckRun(run, workflow, workflowOf)),
    ...telling.map((workflow) => ofWorkflowRun(workflow, actionsApp, workflowOf)),
    ...statuses.map((status) => ofStatus(status, taken)),
  ];
}

export function isOf({ head_branch, event }: Origin, isMeant: OfBranch): boolean {
  return isMeant(head_branch) && testsACommit(event);
}

/** Of two that began in the same second the one with the greater id is the newer, and the last listed counts. */
function oldestFirst(checkRuns: CheckRun[]): CheckRun[] {
  return checkRuns.toSorted((one, other) => Number(one.id) - Number(other.id));
}

function ofCheckRun(run: CheckRun, workflow: WorkflowRun | undefined, workflowOf: Namer): Check {
  const suite = isActions(run) ? `suite ${run.check_suite?.id ?? run.id}` : null;
  return {
    app: run.app?.id ?? "unknown",
    workflow: workflow ? workflowOf(workflow) : suite,
    ...(workflow ? { event: workflow.event } : {}),
    name: run.name,
    word: wordOf(run),
    order: startOf(run.started_at, run),
    url: run.html_url ?? null,
    // The check run of an Actions job has the job's id.
    jobId: isActions(run) ? run.id : null,
    runId: workflow?.id ?? null,
  };
}

/** `jobs`: its check runs, oldest first. Two of one name are taken for two attempts, and the newer hides the other. */
function tellsMore(workflow: WorkflowRun, jobs: CheckRun[]): boolean {
  if (jobs.length === 0) return true;
  const seen = latestOfEachName(jobs);
  if (!isOver(workflow)) return seen.every(isOver);
  return !isFine(wordOf(workflow)) && seen.every((job) => isFine(wordOf(job)));
}

function latestOfEachName(jobs: CheckRun[]): CheckRun[] {
  const byStart = jobs.toSorted((one, other) => startOf(one.started_at, one) - startOf(other.started_at, other));
  return [...new Map(byStart.map((job) => [job.name, job])).values()];
}

function ofWorkflowRun(run: WorkflowRun, app: string, workflowOf: Namer): Check {
  const workflow = workflowOf(run);
  return {
    app,
    workflow,
    event: run.event,
    // A job may bear its workflow's name, and must not be taken for another attempt of the run.
    name: `${workflow} (run)`,
    word: wordOf(run),
    order: startOf(run.run_started_at ?? run.created_at, run),
    url: run.html_url ?? null,
    jobId: null,
    runId: run.id,
  };
}

function ofStatus(status: CommitStatus, taken: Set<string>): Check {
  // The combined status names its app nowhere but in the avatar GitHub gives every app.
  const app = /\/in\/(\d+)(?:\?|$)/.exec(status.avatar_url ?? "")?.[1];
  return {
    app: app && !taken.has(keyOf(app, status.context)) ? app : "status",
    workflow: null,
    name: status.context,
    word: status.state,
    order: Date.parse(status.updated_at ?? "") || 0,
    url: status.target_url ?? null,
    jobId: null,
    runId: null,
  };
}

/** Of several runs of one workflow for one event, the one that replaced the others. */
function newest(runs: WorkflowRun[]): WorkflowRun[] {
  const held = new Map<string, WorkflowRun>();
  for (const run of runs) {
    const key = keyOf(run.workflow_id, run.event);
    const other = held.get(key);
    if (!other || run.run_number > other.run_number) held.set(key, run);
  }
  return [...held.values()];
}

type Namer = (run: WorkflowRun) => string;

function namer(runs: WorkflowRun[]): Namer {
  const ids = new Map<string, Set<string>>();
  const nameOf = (run: WorkflowRun) => run.name || run.path || `workflow ${run.workflow_id}`;
  for (const run of runs) ids.set(nameOf(run), (ids.get(nameOf(run)) ?? new Set()).add(run.workflow_id));
  return (run) => {
    const shared = (ids.get(nameOf(run))?.size ?? 0) > 1;
    return shared ? `${nameOf(run)} [${run.path ?? run.workflow_id}]` : nameOf(run);
  };
}

interface Stepping {
  status?: string | null;
  conclusion?: string | null;
}

function isOver({ status }: Stepping): boolean {
  return status === "completed";
}

function wordOf(stepping: Stepping): string {
  return (isOver(stepping) ? stepping.conclusion : null) ?? stepping.status ?? "unknown";
}

/** What has not begun is newer than all that has. */
function startOf(iso: string | null | undefined, stepping: Stepping): number {
  const at = Date.parse(iso ?? "");
  if (!Number.isNaN(at)) return at;
  return isOver(stepping) ? 0 : Number.MAX_SAFE_INTEGER;
}

function isActions(run: CheckRun): boolean {
  return run.app?.slug === ACTIONS;
}

function keyOf(...parts: (string | undefined)[]): string {
  return JSON.stringify(parts);
}
