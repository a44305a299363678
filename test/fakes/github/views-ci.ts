/** How GitHub writes check runs, suites, statuses, workflow runs, jobs and deployments as JSON. */
import type { Commit } from "../git/git-host.ts";
import type {
  CheckRun,
  CheckSuite,
  CommitStatus,
  Deployment,
  DeploymentStatus,
  Job,
  Repo,
  WorkflowRun,
} from "./state.ts";
import { simpleCommitView } from "./views-git.ts";
import { accountView, appView, minimalRepoView, nodeId, repoHtml, repoUrl, type View } from "./views-repo.ts";
import { accountById, type World } from "./world.ts";

export function checkRunView(world: World, repo: Repo, run: CheckRun): View {
  const suite = repo.suites.find((each) => each.id === run.suite);
  const url = `${repoUrl(world, repo)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CR", run.id),
    head_sha: run.headSha,
    external_id: "",
    url,
    html_url: `${repoHtml(world, repo)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? `${repoHtml(world, repo)}/runs/${run.id}`,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, text: null, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suite },
    app: suite === undefined ? null : appView(world, suite.app),
    pull_requests: [],
  };
}

export function checkSuiteView(world: World, repo: Repo, suite: CheckSuite, head: Commit | undefined): View {
  const url = `${repoUrl(world, repo)}/check-suites/${suite.id}`;
  return {
    id: suite.id,
    node_id: nodeId("CS", suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: suite.status,
    conclusion: suite.conclusion,
    url,
    before: head?.parents[0] ?? null,
    after: suite.headSha,
    pull_requests: [],
    app: appView(world, suite.app),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
    latest_check_runs_count: new Set(repo.checkRuns.filter((run) => run.suite === suite.id).map((run) => run.name))
      .size,
    check_runs_url: `${url}/check-runs`,
    head_commit: head === undefined ? null : simpleCommitView(head),
    repository: minimalRepoView(world, repo),
  };
}

/** A status inside the combined status of a commit. */
export function simpleStatusView(world: World, repo: Repo, status: CommitStatus): View {
  return {
    url: `${repoUrl(world, repo)}/statuses/${status.sha}`,
    avatar_url: `${world.urls.html}/avatars/u/${status.by}`,
    id: status.id,
    node_id: nodeId("SC", status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

export function statusView(world: World, repo: Repo, status: CommitStatus): View {
  return { ...simpleStatusView(world, repo, status), creator: accountView(world, accountById(world, status.by)) };
}

export function workflowRunView(world: World, repo: Repo, run: WorkflowRun, head: Commit | undefined): View {
  const url = `${repoUrl(world, repo)}/actions/runs/${run.id}`;
  const actor = accountView(world, accountById(world, run.by));
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("WFR", run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: head?.message.split("\n")[0] ?? run.name,
    run_number: run.runNumber,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflowId,
    check_suite_id: run.suite,
    check_suite_node_id: nodeId("CS", run.suite),
    url,
    html_url: `${repoHtml(world, repo)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    actor,
    run_attempt: run.runAttempt,
    referenced_workflows: [],
    run_started_at: run.startedAt,
    triggering_actor: actor,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repoUrl(world, repo)}/check-suites/${run.suite}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.runAttempt === 1 ? null : `${url}/attempts/${run.runAttempt - 1}`,
    workflow_url: `${repoUrl(world, repo)}/actions/workflows/${run.workflowId}`,
    head_commit: head === undefined ? null : simpleCommitView(head),
    repository: minimalRepoView(world, repo),
    head_repository: minimalRepoView(world, repo),
  };
}

export function workflowView(world: World, repo: Repo, run: WorkflowRun): View {
  const html = repoHtml(world, repo);
  return {
    id: run.workflowId,
    node_id: nodeId("W", run.workflowId),
    name: run.name,
    path: run.path,
    state: "active",
    created_at: repo.createdAt,
    updated_at: repo.createdAt,
    url: `${repoUrl(world, repo)}/actions/workflows/${run.workflowId}`,
    html_url: `${html}/blob/${repo.defaultBranch}/${run.path}`,
    badge_url: `${html}/workflows/${encodeURIComponent(run.name)}/badge.svg`,
  };
}

export function jobView(world: World, repo: Repo, run: WorkflowRun, job: Job, check: CheckRun): View {
  const url = `${repoUrl(world, repo)}/actions/jobs/${job.id}`;
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: run.headBranch,
    run_url: `${repoUrl(world, repo)}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId("CR", job.id),
    head_sha: run.headSha,
    url,
    html_url: `${repoHtml(world, repo)}/actions/runs/${run.id}/job/${job.id}`,
    status: check.status,
    conclusion: check.conclusion,
    created_at: job.createdAt,
    started_at: check.startedAt ?? job.createdAt,
    completed_at: check.completedAt,
    name: check.name,
    steps: stepsOf(job, check),
    check_run_url: `${repoUrl(world, repo)}/check-runs/${job.id}`,
    labels: ["ubuntu-latest"],
    ...{ runner_id: null, runner_name: null, runner_group_id: null, runner_group_name: null },
  };
}

/** The last of a job's own steps ends as the job does; what is before it went well, and cleaning up always does. */
function stepsOf({ steps }: Job, { status, conclusion, startedAt, completedAt }: CheckRun): View[] {
  if (status !== "completed") return [];
  const times = { started_at: startedAt, completed_at: completedAt };
  return ["Set up job", ...steps, "Complete job"].map((name, at) => ({
    ...{ name, status: "completed", number: at + 1, ...times },
    conclusion: at === steps.length ? conclusion : "success",
  }));
}

export function isProduction({ environment }: Deployment): boolean {
  return environment === "production";
}

export function deploymentView(world: World, repo: Repo, deployment: Deployment): View {
  const url = `${repoUrl(world, repo)}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId("DE", deployment.id),
    task: "deploy",
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: null,
    created_at: deployment.createdAt,
    updated_at: deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt,
    statuses_url: `${url}/statuses`,
    repository_url: repoUrl(world, repo),
    creator: accountView(world, accountById(world, deployment.by)),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: {},
    transient_environment: false,
    production_environment: isProduction(deployment),
    performed_via_github_app: null,
  };
}

export function deploymentStatusView(world: World, repo: Repo, deployment: Deployment, status: DeploymentStatus): View {
  const url = `${repoUrl(world, repo)}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DES", status.id),
    state: status.state,
    creator: accountView(world, accountById(world, status.by)),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: repoUrl(world, repo),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: null,
  };
}
