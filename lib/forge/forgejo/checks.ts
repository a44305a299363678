/**
 * Commit statuses and Actions runs of one commit, as the port's Checks. Pure. Forgejo's combined status is not asked: it
 * is computed over one page, and there "warning" hides "pending".
 *
 *   status                                             word
 *   success, failure, error, pending ................. as it is
 *   warning .......................................... neutral: it stops nothing, and alone it proves nothing
 *   success of an Actions job that was skipped ....... skipped: alone it proves nothing, and no deploy went live by it
 *   failure of an Actions job, its run cancelled ..... cancelled: Forgejo reports both as failure
 *   failure or error by a CI outside, described as
 *   no more than "Pipeline was canceled" ............. cancelled: so Woodpecker tells it, which has no other state for it
 *   pending, its run waits for an approval ........... action_required
 *   anything of an Actions run of another branch ..... left out: the trunk answers for itself
 *   a run for a pull request ......................... of the branch it proposes, of this repo, and of no other: its ref is
 *                                                      `#12`, or the base branch (pull_request_target); its payload tells
 *   an Actions run whose jobs have no status ......... a check itself: blocked, or it never began (startup_failure)
 *   a run that failed or goes on, its jobs fine ...... a check too: of two jobs of one name the newer hides the other
 *   a run that a schedule, a hand, an issue, a comment
 *   or a label set off ............................... left out: Forgejo gives its jobs no status either. It is not of
 *                                                      the commit, and our own edits set it off
 */
import { isFine } from "../../core/ci-verdict.ts";
import type { Check } from "../../core/types.ts";
import type { ActionRun, CommitStatus } from "./payloads.ts";

/** The account under which the server's own Actions report. */
const ACTIONS_ID = "-2";
/** The whole of a description: a red that counts what was cancelled among its tests is a red. */
const BROKEN_OFF = /^\w+ (?:was|has been) cancell?ed\.?$/i;
/** What sets off the runs whose jobs have a status each. */
const OF_A_COMMIT = new Set([
  "push",
  "pull_request",
  "pull_request_target",
  "pull_request_assign",
  "pull_request_label",
  "pull_request_milestone",
  "pull_request_review_request",
  "pull_request_sync",
  "release",
]);

/** Whether this look must know the Actions runs: they have reported, or nothing else is waited for. */
export function needsRuns(statuses: CommitStatus[]): boolean {
  if (statuses.some(isActions)) return true;
  // The list is a history: of one context only the newest tells.
  const newest = new Map([...statuses].sort((one, other) => one.id - other.id).map((one) => [one.context, one]));
  return ![...newest.values()].some((status) => status.status === "pending");
}

/** `runs` null: not read, because the rest still waits. */
export function toChecks(statuses: CommitStatus[], runs: ActionRun[] | null, branch: string, origin: string): Check[] {
  const jobs = statuses.map((status) => ({ status, run: runOf(status, runs ?? []) }));
  const counted = jobs.filter(({ run }) => run === null || isOf(run, branch));
  const ours = (runs ?? []).filter((run) => isOf(run, branch) && OF_A_COMMIT.has(run.event));
  const told = ours.map((run) => ({ run, words: wordsOf(jobs, run) }));
  const silent = told.filter(({ words }) => words.length === 0).map(({ run }) => ofRun(run, runWord(run)));
  const hiding = told.filter(({ run, words }) => hides(run, words)).map(({ run }) => ofRun(run, run.status));
  return [...counted.map(({ status, run }) => ofStatus(status, run, origin)), ...silent, ...hiding];
}

/** Of the newest status of each context. */
function wordsOf(jobs: { status: CommitStatus; run: ActionRun | null }[], run: ActionRun): string[] {
  const own = jobs.filter((job) => job.run?.id === run.id).toSorted((one, other) => one.status.id - other.status.id);
  const newest = new Map(own.map(({ status }) => [status.context, wordOf(status, run)]));
  return [...newest.values()];
}

/** Two of its jobs may bear one name, and then one context: the newer hides that the other failed, or is still at it. */
function hides({ status }: ActionRun, words: string[]): boolean {
  return (status === "failure" || status === "running") && words.length > 0 && words.every((word) => isFine(word));
}

function isOf(run: ActionRun, branch: string): boolean {
  return run.event.startsWith("pull_request") ? run.proposes === branch : run.prettyref === branch;
}

function ofStatus(status: CommitStatus, run: ActionRun | null, origin: string): Check {
  return {
    app: isActions(status) ? "actions" : "status",
    // Two workflow files may bear one name, and their jobs one context.
    workflow: run?.workflow_id || null,
    name: status.context,
    word: wordOf(status, run),
    // A job that runs again gets a new status in the same context.
    order: status.id,
    url: pageOf(status, run, origin),
    jobId: null,
    runId: run?.id ?? null,
  };
}

function ofRun(run: ActionRun, word: string): Check {
  return {
    app: "actions",
    workflow: run.workflow_id || null,
    name: `${run.workflow_id} (run)`,
    word,
    order: Number(run.id),
    url: run.html_url || null,
    jobId: null,
    runId: run.id,
  };
}

/** Without a job that tells more: one that failed never began. */
function runWord(run: ActionRun): string {
  if (waitsForApproval(run)) return "action_required";
  return run.status === "failure" ? "startup_failure" : run.status;
}

function wordOf(status: CommitStatus, run: ActionRun | null): string {
  if (status.status === "warning") return "neutral";
  if (status.status === "pending" && run !== null && waitsForApproval(run)) return "action_required";
  if (isSkipped(status, run)) return "skipped";
  return isCancelled(status, run) ? "cancelled" : status.status;
}

function waitsForApproval({ status, need_approval }: ActionRun): boolean {
  return need_approval === true && (status === "blocked" || status === "waiting");
}

function isCancelled(status: CommitStatus, run: ActionRun | null): boolean {
  if (status.status !== "failure" && status.status !== "error") return false;
  if (!isActions(status)) return BROKEN_OFF.test(status.description.trim());
  return run?.status === "cancelled" || /^has been cancelled/i.test(status.description);
}

function isSkipped(status: CommitStatus, run: ActionRun | null): boolean {
  if (status.status !== "success" || !isActions(status)) return false;
  return run?.status === "skipped" || /^has been skipped/i.test(status.description);
}

function isActions(status: CommitStatus): boolean {
  return status.creator?.id === ACTIONS_ID;
}

/** A job's status links below its run's page, with or without the server's address. */
function runOf(status: CommitStatus, runs: ActionRun[]): ActionRun | null {
  if (!isActions(status)) return null;
  const target = pathOf(status.target_url);
  return runs.find((run) => run.html_url !== "" && `${target}/`.startsWith(`${pathOf(run.html_url)}/`)) ?? null;
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]*/, "").replace(/\/+$/, "");
}

function pageOf(status: CommitStatus, run: ActionRun | null, origin: string): string | null {
  if (/^https?:\/\//.test(status.target_url)) return status.target_url;
  return status.target_url.startsWith("/") ? `${origin}${status.target_url}` : run?.html_url || null;
}
