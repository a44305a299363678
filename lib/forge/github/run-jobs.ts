/**
 * Check runs, out of the jobs of workflow runs, for a token that may not read check runs: a job and its check run share
 * id, name and words. Of other apps' check runs nothing is learnt. All of the jobs or none: by the word of its workflow
 * run alone nobody can tell whether a job that is required ran.
 */
import { known, type Reading, type RepoName, unread } from "../../core/types.ts";
import type { GithubClient } from "./client.ts";
import { listed, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

const JOBS = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs";
/** Each costs a request at every look. */
const RUNS_MAX = 30;
/** As a required check names it. */
const ACTIONS = { id: "15368", slug: "github-actions" };

export async function checkRunsOfJobs(
  client: GithubClient,
  repo: RepoName,
  runs: payloads.WorkflowRun[],
): Promise<Reading<payloads.CheckRun[]>> {
  if (runs.length > RUNS_MAX) return unread("too many workflow runs to read the jobs of each");
  const readings = await Promise.all(runs.map((run) => ofRun(client, repo, run)));
  const checkRuns: payloads.CheckRun[] = [];
  for (const reading of readings) {
    if (!reading.known) return reading;
    checkRuns.push(...reading.value);
  }
  return known(checkRuns);
}

async function ofRun(
  client: GithubClient,
  repo: RepoName,
  { id, check_suite_id: suite }: payloads.WorkflowRun,
): Promise<Reading<payloads.CheckRun[]>> {
  const read = await readPages(client, repo, JOBS, { run_id: id, filter: "latest" });
  return listed(read, payloads.runJobs, ({ jobs }) =>
    jobs.map((job) => ({ ...job, app: ACTIONS, check_suite: suite ? { id: suite } : null })),
  );
}
