/** Checks, statuses, workflow runs and deployments. */

import { type Commit, resolveRef } from "../git/git-host.ts";
import { type Answer, created, invalid, notFound, ok, paged, pagedWithTotal, refused, unplayed } from "./answer.ts";
import type { Call, Handler, Routes } from "./call.ts";
import { latestOfEachName } from "./checks.ts";
import { withRepo } from "./routes-repo.ts";
import type { CommitStatus, Repo, WorkflowRun } from "./state.ts";
import {
  checkRunView,
  checkSuiteView,
  deploymentStatusView,
  deploymentView,
  jobView,
  simpleStatusView,
  statusView,
  workflowRunView,
} from "./views-ci.ts";
import { minimalRepoView, repoUrl } from "./views-repo.ts";
import { jobsOfAttempt, rerunFailed } from "./workflow-runs.ts";
import { mayPush } from "./world.ts";

const REPO = "/repos/{owner}/{repo}";

export const ciRoutes: Routes = {
  [`GET ${REPO}/commits/{ref}/check-runs`]: withChecks(withCommit(listCheckRuns)),
  [`GET ${REPO}/commits/{ref}/check-suites`]: withChecks(withCommit(listSuites)),
  [`GET ${REPO}/commits/{ref}/status`]: withCommit(combinedStatus, () => notFound),
  [`GET ${REPO}/commits/{ref}/statuses`]: withCommit(
    ({ world, query }, repo, { sha }) =>
      paged(statusesOf(repo, sha), query, (status) => statusView(world, repo, status)),
    () => notFound,
  ),
  [`GET ${REPO}/actions/runs`]: withRepo(listRuns),
  [`GET ${REPO}/actions/runs/{run_id}`]: withRun(async ({ world }, repo, run) =>
    ok(workflowRunView(world, repo, run, await world.git.commit(repo.git, run.headSha))),
  ),
  [`GET ${REPO}/actions/runs/{run_id}/jobs`]: withRun(listJobs),
  [`POST ${REPO}/actions/runs/{run_id}/rerun-failed-jobs`]: withRun(rerun),
  [`GET ${REPO}/actions/jobs/{job_id}`]: withRepo(getJob),
  [`GET ${REPO}/actions/jobs/{job_id}/logs`]: withRepo(({ params }, repo) => {
    const job = repo.jobs.find((each) => each.id === Number(params.job_id));
    return job === undefined || job.log === null ? notFound : { status: 302, location: `/_logs/${repo.id}/${job.id}` };
  }),
  [`GET ${REPO}/deployments`]: withRepo(listDeployments),
  [`GET ${REPO}/deployments/{deployment_id}/statuses`]: withRepo(({ world, params, query }, repo) => {
    const deployment = repo.deployments.find((each) => each.id === Number(params.deployment_id));
    if (deployment === undefined) return notFound;
    return paged(deployment.statuses.toReversed(), query, (status) =>
      deploymentStatusView(world, repo, deployment, status),
    );
  }),
};

function withCommit(
  handler: (call: Call, repo: Repo, commit: Commit) => Answer,
  unknown: (ref: string) => Answer = unprocessable,
): Handler {
  return withRepo(async (call, repo) => {
    const ref = call.params.ref ?? "";
    const commit = await resolveRef(call.world.git, repo.git, ref);
    return commit === undefined ? unknown(ref) : handler(call, repo, commit);
  });
}

/** No permission lets a fine-grained token read the checks of a private repository. */
function withChecks(handler: Handler): Handler {
  return withRepo((call, repo) =>
    repo.private && call.token === "fine-grained"
      ? refused(403, "Resource not accessible by personal access token")
      : handler(call),
  );
}

function unprocessable(ref: string): Answer {
  return refused(422, `No commit found for SHA: ${ref}`);
}

function withRun(handler: (call: Call, repo: Repo, run: WorkflowRun) => Answer | Promise<Answer>): Handler {
  return withRepo((call, repo) => {
    const run = repo.workflowRuns.find((each) => each.id === Number(call.params.run_id));
    return run === undefined ? notFound : handler(call, repo, run);
  });
}

/**
 * `filter=latest` drops what the same suite did again, and nothing else: two suites may well show the same name twice.
 */
function listCheckRuns({ world, query }: Call, repo: Repo, { sha }: Commit): Answer {
  const { check_name: name, status, app_id: app, filter = "latest" } = Object.fromEntries(query);
  if (filter !== "latest" && filter !== "all") return invalid("CheckRun", "filter", "invalid");
  const ofCommit = repo.checkRuns.filter((check) => check.headSha === sha);
  const shown = (filter === "latest" ? latestOfEachName(ofCommit) : ofCommit)
    .filter((check) => name === undefined || check.name === name)
    .filter((check) => status === undefined || check.status === status)
    .filter(
      (check) =>
        app === undefined || repo.suites.some((suite) => suite.id === check.suite && suite.app.id === Number(app)),
    );
  return pagedWithTotal("check_runs", newestFirst(shown), query, (check) => checkRunView(world, repo, check));
}

function listSuites({ world, query }: Call, repo: Repo, commit: Commit): Answer {
  if (query.has("check_name")) return unplayed("check suites by check_name");
  const app = query.get("app_id");
  const suites = repo.suites.filter(
    (suite) => suite.headSha === commit.sha && (app === null || suite.app.id === Number(app)),
  );
  return pagedWithTotal("check_suites", suites, query, (suite) => checkSuiteView(world, repo, suite, commit));
}

/** Pending when there is no status at all: that word then says nothing. Checks do not count. */
function combinedStatus({ world, query }: Call, repo: Repo, { sha }: Commit): Answer {
  const latest = [
    ...new Map(
      statusesOf(repo, sha)
        .toReversed()
        .map((status) => [status.context, status]),
    ).values(),
  ];
  const { body, page } = paged(latest, query, (status) => simpleStatusView(world, repo, status));
  const url = `${repoUrl(world, repo)}/commits/${sha}`;
  const combined = {
    state: combine(latest),
    statuses: body,
    sha,
    total_count: latest.length,
    commit_url: url,
    url: `${url}/status`,
  };
  return {
    status: 200,
    body: { ...combined, repository: minimalRepoView(world, repo) },
    ...(page === undefined ? {} : { page }),
  };
}

function combine(latest: CommitStatus[]): string {
  if (latest.some(({ state }) => state === "error" || state === "failure")) return "failure";
  return latest.length === 0 || latest.some(({ state }) => state === "pending") ? "pending" : "success";
}

function statusesOf(repo: Repo, sha: string): CommitStatus[] {
  return newestFirst(repo.statuses.filter((status) => status.sha === sha));
}

const RUN_FILTERS_UNPLAYED = ["actor", "created", "check_suite_id"];

async function listRuns({ world, query }: Call, repo: Repo): Promise<Answer> {
  const filter = RUN_FILTERS_UNPLAYED.find((name) => query.has(name));
  if (filter !== undefined) return unplayed(`workflow runs by ${filter}`);
  const { head_sha: sha, branch, event, status } = Object.fromEntries(query);
  const runs = repo.workflowRuns
    .filter((run) => sha === undefined || run.headSha === sha)
    .filter((run) => branch === undefined || run.headBranch === branch)
    .filter((run) => event === undefined || run.event === event)
    .filter((run) => status === undefined || run.status === status || run.conclusion === status);
  const heads = new Map<string, Commit | undefined>();
  for (const run of runs)
    if (!heads.has(run.headSha)) heads.set(run.headSha, await world.git.commit(repo.git, run.headSha));
  return pagedWithTotal("workflow_runs", newestFirst(runs), query, (run) =>
    workflowRunView(world, repo, run, heads.get(run.headSha)),
  );
}

function listJobs({ world, query }: Call, repo: Repo, run: WorkflowRun): Answer {
  const filter = query.get("filter") ?? "latest";
  if (filter !== "latest" && filter !== "all") return invalid("WorkflowRun", "filter", "invalid");
  const attempts = filter === "latest" ? [run.runAttempt] : Array.from({ length: run.runAttempt }, (_, at) => at + 1);
  const jobs = attempts.flatMap((attempt) => jobsOfAttempt(repo, run, attempt));
  return pagedWithTotal("jobs", jobs, query, ({ job, check }) => jobView(world, repo, run, job, check));
}

function getJob({ world, params }: Call, repo: Repo): Answer {
  const job = repo.jobs.find((each) => each.id === Number(params.job_id));
  const run = repo.workflowRuns.find((each) => each.id === job?.run);
  const check = repo.checkRuns.find((each) => each.id === job?.id);
  if (job === undefined || run === undefined || check === undefined) return notFound;
  return ok(jobView(world, repo, run, job, check));
}

async function rerun({ world, viewer }: Call, repo: Repo, run: WorkflowRun): Promise<Answer> {
  if (!mayPush(repo, viewer)) return refused(403, "Must have admin rights to Repository.");
  if (run.status !== "completed") return refused(403, "This workflow is already running");
  if (run.conclusion === "success") return refused(403, "The workflow run cannot be retried: it has no failed jobs");
  await rerunFailed(world, repo, run);
  return created({});
}

function listDeployments({ world, query }: Call, repo: Repo): Answer {
  const { sha, ref, task, environment } = Object.fromEntries(query);
  const deployments = repo.deployments
    .filter((each) => sha === undefined || each.sha === sha)
    .filter((each) => ref === undefined || each.ref === ref)
    .filter(() => task === undefined || task === "deploy")
    .filter((each) => environment === undefined || each.environment === environment);
  return paged(newestFirst(deployments), query, (deployment) => deploymentView(world, repo, deployment));
}

function newestFirst<Item extends { id: number }>(items: Item[]): Item[] {
  return items.toSorted((a, b) => b.id - a.id);
}
