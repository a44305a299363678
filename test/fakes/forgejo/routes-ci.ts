/** Commit statuses and Actions runs. */
import { isRecord } from "../forge/request-body.ts";
import { resolveRef } from "../git/git-host.ts";
import { type Answer, created, notFound, ok, paged, pageOf, refused } from "./answer.ts";
import { type Call, type OwnCall, pushing, type Routes, withRepo } from "./call.ts";
import type { ActionRun, Repo } from "./state.ts";
import { STATES } from "./state.ts";
import { addStatus, latestOfEachContext } from "./status-acts.ts";
import { combinedView, runView, statusView, taskView } from "./views-ci.ts";

const REPO = "/repos/{owner}/{repo}";

export const ciRoutes: Routes = {
  [`GET ${REPO}/commits/{ref}/status`]: withRepo(combined),
  [`GET ${REPO}/commits/{ref}/statuses`]: withRepo((call, repo) => statuses(call, repo, call.params.ref ?? "")),
  [`GET ${REPO}/statuses/{sha}`]: withRepo((call, repo) => statuses(call, repo, call.params.sha ?? "")),
  [`POST ${REPO}/statuses/{sha}`]: pushing(postStatus),
  [`GET ${REPO}/actions/runs`]: withRepo(listRuns),
  [`GET ${REPO}/actions/runs/{run}`]: withRepo(({ world, params }, repo) => {
    const run = repo.runs.find((each) => each.id === Number(params.run));
    return run === undefined ? notFound : ok(runView(world, repo, run));
  }),
  [`GET ${REPO}/actions/tasks`]: withRepo(({ world, query }, repo) => {
    const tasks = [...repo.runs].reverse().flatMap((run) => run.jobs.map((job) => ({ run, job })));
    const { slice } = pageOf(tasks, query);
    const views = slice.map(({ run, job }) => taskView(world, repo, run, job));
    return { status: 200, body: { workflow_runs: views, total_count: tasks.length } };
  }),
};

/** The page is cut first, newest contexts before older ones, and only then is the state computed, over that page. */
async function combined({ world, query, params }: Call, repo: Repo): Promise<Answer> {
  const commit = await resolveRef(world.git, repo.git, params.ref ?? "");
  if (commit === undefined) return notFound;
  const { slice } = pageOf(latestOfEachContext(repo, commit.sha), query);
  return ok(
    combinedView(
      world,
      repo,
      slice.sort((one, other) => one.id - other.id),
    ),
  );
}

async function statuses({ world, query }: Call, repo: Repo, ref: string): Promise<Answer> {
  const commit = await resolveRef(world.git, repo.git, ref);
  if (commit === undefined) return notFound;
  const state = query.get("state");
  const oldestFirst = ["oldest", "leastupdate", "leastindex"].includes(query.get("sort") ?? "");
  const found = repo.statuses.filter((each) => each.sha === commit.sha && (!state || each.state === state));
  return paged(oldestFirst ? found : found.reverse(), query, (status) => statusView(world, repo, status));
}

async function postStatus({ world, viewer, params, body }: OwnCall, repo: Repo): Promise<Answer> {
  const { state, context, description, target_url: targetUrl } = isRecord(body) ? body : {};
  const commit = await world.git.commit(repo.git, params.sha ?? "");
  if (commit === undefined) return refused(404, params.sha ?? "");
  const known = STATES.find((each) => each === state);
  if (known === undefined) return refused(422, `unknown state: ${String(state)}`);
  const status = addStatus(world, repo, viewer, {
    sha: commit.sha,
    state: known,
    context: typeof context === "string" && context !== "" ? context : "default",
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof targetUrl === "string" ? { targetUrl } : {}),
  });
  return created(statusView(world, repo, status));
}

const FILTERS: Record<string, (run: ActionRun, wanted: string) => boolean> = {
  head_sha: (run, wanted) => run.sha === wanted,
  event: (run, wanted) => run.event === wanted,
  status: (run, wanted) => run.status === wanted,
  run_number: (run, wanted) => run.index === Number(wanted),
  ref: (run, wanted) => run.pull === null && run.ref === wanted.replace(/^refs\/heads\//, ""),
  workflow_id: (run, wanted) => run.workflow === wanted,
};

/** Newest first; runs have one `status` and no conclusion. */
function listRuns({ world, query }: Call, repo: Repo): Answer {
  const wanted = Object.entries(FILTERS).filter(([name]) => query.get(name));
  const runs = repo.runs.filter((run) => wanted.every(([name, fits]) => fits(run, query.get(name) ?? "")));
  const { slice, page } = pageOf(runs.reverse(), query);
  const views = slice.map((run) => runView(world, repo, run));
  return { status: 200, body: { workflow_runs: views, total_count: runs.length }, total: runs.length, page };
}
