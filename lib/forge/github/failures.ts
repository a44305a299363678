/**
 * What a failed check shows of its failure: the step, from its job, and the end of the job's log. Neither is lost by the
 * other's: unread only where nothing was learnt and something might be.
 *
 *   the check names its job ........ its log, and one request more for the step
 *   it names but its workflow run .. the jobs of the run, whose first failed one stands for it, steps and all; its log
 *   it names neither ............... nothing to read
 */
import { type Check, type Failure, known, type Reading, type RepoName, unread } from "../../core/types.ts";
import { tailOfStream } from "../log-tail.ts";
import { failureOf, type HttpOutcome, readingOf } from "../results.ts";
import type { GithubClient } from "./client.ts";
import { isRedirect } from "./http.ts";
import { optional } from "./optional-reads.ts";
import * as payloads from "./payloads.ts";

const ACTIONS = "/repos/{owner}/{repo}/actions";
const FAILED = new Set(["failure", "timed_out", "startup_failure"]);
const NAME_CHARS_MAX = 200;

export async function failureOfCheck(
  client: GithubClient,
  repo: RepoName,
  { jobId, runId }: Check,
  lines: number,
): Promise<Reading<Failure>> {
  if (jobId !== null) {
    const log = await logTail(client, repo, jobId, lines);
    const job = await jobOf(client, repo, jobId);
    return together(job.known ? known(job.value && stepOf(job.value)) : job, log);
  }
  const job = runId === null ? known(null) : await failedJob(client, repo, runId);
  if (!job.known) return job;
  if (job.value === null) return known({ step: null, logTail: null });
  return together(known(stepOf(job.value)), await logTail(client, repo, job.value.id, lines));
}

function together(step: Reading<string | null>, logTail: Reading<string | null>): Reading<Failure> {
  const told = { step: step.known ? step.value : null, logTail: logTail.known ? logTail.value : null };
  if (told.step !== null || told.logTail !== null) return known(told);
  if (!logTail.known) return logTail;
  return step.known ? known(told) : step;
}

async function jobOf(client: GithubClient, repo: RepoName, jobId: string): Promise<Reading<payloads.Job | null>> {
  const outcome = await client.request(repo, `GET ${ACTIONS}/jobs/{job_id}`, { job_id: jobId });
  const failure = failureOf(outcome);
  return failure ? optional("job", failure, null) : readingOf(outcome, payloads.job);
}

/** A workflow run that is a check itself names no job. */
async function failedJob(client: GithubClient, repo: RepoName, runId: string): Promise<Reading<payloads.Job | null>> {
  const asked = { run_id: runId, filter: "latest", per_page: 100 };
  const outcome = await client.request(repo, `GET ${ACTIONS}/runs/{run_id}/jobs`, asked);
  const failure = failureOf(outcome);
  if (failure) return optional("job", failure, null);
  const reading = readingOf(outcome, payloads.jobs);
  if (!reading.known) return reading;
  return known(reading.value.jobs.find((job) => FAILED.has(job.conclusion ?? "")) ?? null);
}

/** A step without a name of its own bears its command, of any length. */
function stepOf({ steps }: payloads.Job): string | null {
  const name = steps?.find((step) => FAILED.has(step.conclusion ?? ""))?.name ?? "";
  return name.replaceAll(/\s+/g, " ").trim().slice(0, NAME_CHARS_MAX) || null;
}

async function logTail(
  client: GithubClient,
  repo: RepoName,
  jobId: string,
  lines: number,
): Promise<Reading<string | null>> {
  const first = await client.stream(repo, `GET ${ACTIONS}/jobs/{job_id}/logs`, { job_id: jobId });
  const log = await followed(client, first);
  const failure = failureOf(log);
  if (failure) return optional("job_log", failure, null);
  if (log.type !== "answer" || !(log.data instanceof ReadableStream)) return known(null);
  try {
    return known(await tailOfStream(log.data, lines));
  } catch {
    return unread("no answer: the log broke off");
  }
}

/** GitHub keeps its logs on another host, behind a link that is itself the permission. */
async function followed(client: GithubClient, outcome: HttpOutcome): Promise<HttpOutcome> {
  if (outcome.type !== "answer" || !isRedirect(outcome.status)) return outcome;
  if (outcome.data instanceof ReadableStream) outcome.data.cancel().catch(() => {});
  return client.download(String(outcome.headers.location ?? ""));
}
