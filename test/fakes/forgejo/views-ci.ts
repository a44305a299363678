/** How Forgejo writes commit statuses and Actions runs as JSON. */
import type { ActionRun, CommitStatus, Repo, StatusState } from "./state.ts";
import { STATES } from "./state.ts";
import { accountView, repoHtml, repoUrl, repoView, type View } from "./views-repo.ts";
import { accountById, type World } from "./world.ts";

/** The state stands under `status` here. */
export function statusView(world: World, repo: Repo, status: CommitStatus): View {
  return {
    id: status.id,
    status: status.state,
    target_url: status.targetUrl,
    description: status.description,
    url: `${repoUrl(world, repo)}/statuses/${status.sha}`,
    context: status.context,
    creator: accountView(world, accountById(world, status.by)),
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

/** Of these statuses, a page of them; a warning hides what is pending. None: an empty state, no list, no repository. */
export function combinedView(world: World, repo: Repo, statuses: CommitStatus[]): View {
  const [first] = statuses;
  return {
    state: worstOf(statuses.map((status) => status.state)),
    sha: first?.sha ?? "",
    total_count: statuses.length,
    statuses: first === undefined ? null : statuses.map((status) => statusView(world, repo, status)),
    repository: first === undefined ? null : repoView(world, repo, undefined),
    commit_url: "",
    url: "",
  };
}

function worstOf(states: StatusState[]): StatusState | "" {
  return STATES.find((state) => states.includes(state)) ?? "";
}

const ZERO_TIME = "0001-01-01T00:00:00Z";
const NS_PER_MS = 1_000_000;

/** One `status` and no conclusion; `commit_sha`, not `head_sha`. */
export function runView(world: World, repo: Repo, run: ActionRun): View {
  const { startedAt, stoppedAt } = run;
  const ms =
    startedAt === null ? 0 : (stoppedAt === null ? world.now() : Date.parse(stoppedAt)) - Date.parse(startedAt);
  return {
    id: run.id,
    title: run.title,
    repository: repoView(world, repo, accountById(world, run.by)),
    workflow_id: run.workflow,
    index_in_repo: run.index,
    trigger_user: accountView(world, accountById(world, run.by)),
    ScheduleID: 0,
    prettyref: run.pull === null ? run.ref : `#${run.pull.number}`,
    is_ref_deleted: false,
    commit_sha: run.sha,
    is_fork_pull_request: false,
    need_approval: run.needApproval,
    approved_by: 0,
    event: run.event,
    event_payload: JSON.stringify(payloadOf(repo, run)),
    trigger_event: run.event,
    status: run.status,
    started: startedAt ?? ZERO_TIME,
    stopped: stoppedAt ?? ZERO_TIME,
    created: run.createdAt,
    updated: run.updatedAt,
    duration: Math.max(0, Math.floor(ms)) * NS_PER_MS,
    html_url: `${repoHtml(world, repo)}/actions/runs/${run.index}`,
  };
}

/** What set it off, as far as a client needs it. */
function payloadOf(repo: Repo, run: ActionRun): View {
  if (run.pull === null) return { ref: `refs/heads/${run.ref}`, after: run.sha };
  const { number, base } = run.pull;
  const head = { label: run.ref, ref: run.ref, sha: run.sha, repo_id: repo.id };
  return { action: "synchronized", number, pull_request: { number, head, base: { ...base, repo_id: repo.id } } };
}

/** A job of a run, as /actions/tasks lists it: here it is `head_sha` and `run_number`. */
export function taskView(world: World, repo: Repo, run: ActionRun, job: ActionRun["jobs"][number]): View {
  return {
    id: run.id,
    name: job.name,
    head_branch: run.ref,
    head_sha: run.sha,
    run_number: run.index,
    event: run.event,
    display_title: run.title,
    status: job.status,
    workflow_id: run.workflow,
    url: `${repoHtml(world, repo)}/actions/runs/${run.index}`,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.startedAt ?? ZERO_TIME,
  };
}
