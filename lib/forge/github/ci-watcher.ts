/**
 * The port CiWatcher, on GitHub. A look costs three requests: check runs, statuses, and workflow runs, which tell of each
 * check of Actions which branch it belongs to and what set it off. Where nothing of Actions failed, and what is waited
 * for is a status, another app's word or a suite that an earlier look was told of, it costs the first two. Where check
 * runs are forbidden to the token, the jobs of each workflow run stand for them, at a request each.
 */
import {
  type ActResult,
  type Check,
  done,
  known,
  type Reading,
  type RepoName,
  type RequiredCheck,
} from "../../core/types.ts";
import type { CiWatcher } from "../ci-watcher.ts";
import { actFailure, actOf, failureOf, messageOf, readingOf } from "../results.ts";
import { isOf, needsWorkflowRuns, type OfBranch, toChecks } from "./checks.ts";
import type { GithubClient } from "./client.ts";
import { deploymentOf } from "./deployments.ts";
import { keepOrigins } from "./events.ts";
import { failureOfCheck } from "./failures.ts";
import { optional } from "./optional-reads.ts";
import { listed, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";
import { protectionChecks } from "./rule-payloads.ts";
import { readRules } from "./rules.ts";
import { checkRunsOfJobs } from "./run-jobs.ts";

const REPO = "/repos/{owner}/{repo}";
const COMMIT = `${REPO}/commits/{ref}`;
const RUN = `${REPO}/actions/runs/{run_id}`;

export function createGithubCiWatcher(client: GithubClient, repo: RepoName): CiWatcher {
  const ask = (route: string, parameters: Record<string, unknown>) => client.request(repo, route, parameters);
  const pages = (route: string, parameters: Record<string, unknown>) => readPages(client, repo, route, parameters);

  /** Null: forbidden to the token. */
  async function checkRuns(sha: string): Promise<Reading<payloads.CheckRun[] | null>> {
    const read = await pages(`GET ${COMMIT}/check-runs`, { ref: sha, filter: "latest" });
    if (read.type === "failed") return optional("check_runs", read.failure, null);
    return listed(read, payloads.checkRuns, (page) => page.check_runs);
  }

  async function runsOf(sha: string): Promise<Reading<payloads.WorkflowRun[]>> {
    const read = await pages(`GET ${REPO}/actions/runs`, { head_sha: sha });
    if (read.type === "failed") return optional("workflow_runs", read.failure, []);
    return listed(read, payloads.workflowRuns, (page) => page.workflow_runs);
  }

  async function classicProtection(branch: string): Promise<Reading<RequiredCheck[]>> {
    const outcome = await ask(`GET ${REPO}/branches/{branch}/protection/required_status_checks`, { branch });
    const failure = failureOf(outcome);
    if (failure) return optional("classic_protection", failure, []);
    return readingOf(outcome, protectionChecks);
  }

  async function checksOf(sha: string, isMeant: OfBranch): Promise<Reading<Check[]>> {
    const [runs, status] = await Promise.all([checkRuns(sha), pages(`GET ${COMMIT}/status`, { ref: sha })]);
    if (!runs.known) return runs;
    const statuses = listed(status, payloads.combinedStatus, (page) => page.statuses);
    if (!statuses.known) return statuses;
    if (runs.value && !needsWorkflowRuns(runs.value, statuses.value, client.suites, isMeant))
      return known(toChecks(runs.value, statuses.value, null, isMeant));
    const workflowRuns = await runsOf(sha);
    if (!workflowRuns.known) return workflowRuns;
    keepOrigins(client.suites, workflowRuns.value);
    const ours = workflowRuns.value.filter((run) => isOf(run, isMeant));
    const jobs = runs.value ? known(runs.value) : await checkRunsOfJobs(client, repo, ours);
    if (!jobs.known) return jobs;
    return known(toChecks(jobs.value, statuses.value, workflowRuns.value, isMeant));
  }

  async function rerunOne(runId: string): Promise<ActResult> {
    const outcome = await ask(`POST ${RUN}/rerun-failed-jobs`, { run_id: runId });
    const failure = failureOf(outcome);
    if (!failure) return actOf(outcome);
    const message = outcome.type === "answer" ? messageOf(outcome.data) : "";
    if (failure.status === 403 && /already running/i.test(message)) return done(null);
    // GitHub says 403 of a run too old to run again, which no token will mend.
    if (failure.status === 403 && /unable to re-?(try|run)|cannot be re-?(tried|run)/i.test(message))
      return { type: "refused", why: failure.why };
    return actFailure(failure);
  }

  return {
    canRerun: true,

    checks: (sha, branch) => checksOf(sha, (head) => head === branch),

    // A queue tests each commit on a branch of its own.
    queueChecks: (sha, trunk) => checksOf(sha, (head) => head?.startsWith(`gh-readonly-queue/${trunk}/`) ?? false),

    async required(branch) {
      const [ruled, classic] = await Promise.all([readRules(client, repo, branch), classicProtection(branch)]);
      if (!ruled.known) return ruled;
      if (!classic.known) return classic;
      const all = [...ruled.value.flatMap(({ checks }) => checks), ...classic.value];
      return known([...new Map(all.map((check) => [JSON.stringify(check), check])).values()]);
    },

    async rerun(runIds) {
      for (const runId of runIds) {
        const result = await rerunOne(runId);
        if (result.type !== "done") return result;
      }
      return done(null);
    },

    failure: (check, lines) => failureOfCheck(client, repo, check, lines),

    deployment: (sha, environment) => deploymentOf(client, repo, sha, environment),
  };
}
