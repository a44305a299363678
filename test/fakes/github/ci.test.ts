import { beforeEach, expect, test } from "vitest";
import { REPO, Scene, TOKEN } from "./scene.ts";

let scene: Scene;
let sha: string;
beforeEach(async () => {
  scene = new Scene();
  sha = await scene.push("Add a widget");
  scene.heard();
});

type Listed = {
  total_count: number;
  check_runs: { name: string; status: string; conclusion: string | null; check_suite: { id: number } }[];
};

const checks = async (query = ""): Promise<Listed> =>
  (await scene.get(`/commits/${sha}/check-runs${query}`)).body as Listed;

async function redRun(): Promise<number> {
  const { id } = await scene.github.ci.createWorkflowRun({
    repo: REPO,
    sha,
    branch: "main",
    by: "ada",
    jobs: ["test", "lint"],
  });
  scene.github.ci.appendLog(REPO, { run: id, name: "test" }, "1 failed\n");
  await scene.github.ci.updateWorkflowRun(REPO, id, {
    status: "completed",
    conclusion: "failure",
    jobs: { lint: "success" },
  });
  return id;
}

test("a workflow run is told when asked for, at work and done, with a check per job and one suite", async () => {
  const { id } = await scene.github.ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
  await scene.github.ci.updateWorkflowRun(REPO, id, { status: "in_progress" });
  expect((await checks()).check_runs).toMatchObject([{ name: "test", status: "in_progress", conclusion: null }]);
  await scene.github.ci.updateWorkflowRun(REPO, id, { status: "completed" });
  expect((await checks()).check_runs).toMatchObject([{ name: "test", status: "completed", conclusion: "success" }]);
  expect(scene.heard()).toEqual([
    "workflow_run.requested",
    "check_run.created",
    "workflow_run.in_progress",
    "check_run.completed",
    "check_suite.completed",
    "workflow_run.completed",
  ]);
});

test("a run that never had a job, as with a broken workflow file, leaves no check run", async () => {
  const { id } = await scene.github.ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", jobs: [] });
  await scene.github.ci.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "startup_failure" });
  expect((await checks()).total_count).toBe(0);
  expect((await scene.get(`/actions/runs?head_sha=${sha}`)).body).toMatchObject({
    total_count: 1,
    workflow_runs: [{ conclusion: "startup_failure" }],
  });
});

test("latest drops what the same suite did before, and nothing of another suite", async () => {
  const { ci } = scene.github;
  for (const name of ["test", "test", "other"]) {
    const check = ci.createCheckRun({ repo: REPO, sha, name });
    await ci.completeCheckRun(REPO, check.id, "failure");
  }
  await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", jobs: ["test"] });
  expect((await checks()).check_runs.map((check) => check.name).sort()).toEqual(["other", "test", "test"]);
  expect((await checks("?filter=all")).total_count).toBe(4);
  expect((await checks("?check_name=other")).total_count).toBe(1);
  expect((await checks("?status=queued")).total_count).toBe(1);
  expect((await checks("?app_id=15368")).total_count).toBe(1);
  expect((await scene.get(`/commits/${sha}/check-runs?filter=newest`)).status).toBe(422);
});

test("a fine-grained token is shown the jobs of a private repository, and no checks", async () => {
  const id = await redRun();
  scene.github.addToken("github_pat_test", "afk-loop");
  const asked = [`/commits/${sha}/check-runs`, `/commits/${sha}/check-suites`, `/actions/runs/${id}/jobs`];
  const statuses = async (token: string) => {
    const told = await Promise.all(asked.map((path) => scene.get(path, { authorization: `Bearer ${token}` })));
    return told.map(({ status }) => status);
  };
  expect(await statuses("github_pat_test")).toEqual([200, 200, 200]);
  for (const repo of scene.github.state.repos) repo.private = true;
  expect(await statuses("github_pat_test")).toEqual([403, 403, 200]);
  expect(await statuses(TOKEN)).toEqual([200, 200, 200]);
});

test("the combined status is pending where there is none, takes the latest of each context, and knows no checks", async () => {
  await redRun();
  const combined = async (): Promise<unknown> => (await scene.get(`/commits/main/status`)).body;
  expect(await combined()).toMatchObject({ state: "pending", statuses: [], total_count: 0, sha });
  const status = { repo: REPO, sha, by: "ada", context: "deploy/preview" };
  await scene.github.ci.setStatus({ ...status, state: "pending" });
  expect(await combined()).toMatchObject({ state: "pending", total_count: 1 });
  await scene.github.ci.setStatus({ ...status, state: "success" });
  expect(await combined()).toMatchObject({ state: "success", total_count: 1 });
  await scene.github.ci.setStatus({ ...status, context: "other", state: "error" });
  expect(await combined()).toMatchObject({ state: "failure", total_count: 2 });
  expect((await scene.get(`/commits/${sha}/statuses`)).body).toMatchObject([
    { state: "error" },
    { state: "success" },
    { state: "pending" },
  ]);
  expect(JSON.parse(scene.sent.at(-1)?.body ?? "")).toMatchObject({
    sha,
    context: "other",
    state: "error",
    branches: [{ name: "main" }],
  });
});

test("a rerun keeps the run's id, counts the attempt, queues the failed jobs and carries the rest", async () => {
  const id = await redRun();
  const asked: unknown[] = [];
  scene.github.onRerun = (...what) => asked.push(what);
  scene.heard();
  expect(await scene.post(`/actions/runs/${id}/rerun-failed-jobs`)).toMatchObject({ status: 201, body: {} });
  expect(asked).toEqual([[REPO, id, 2]]);
  expect(scene.heard()).toEqual(["workflow_run.requested", "check_run.created"]);
  expect((await scene.get(`/actions/runs/${id}`)).body).toMatchObject({
    id,
    run_attempt: 2,
    run_number: 1,
    status: "queued",
    conclusion: null,
  });
  const jobs = (await scene.get(`/actions/runs/${id}/jobs`)).body;
  expect(jobs).toMatchObject({
    total_count: 2,
    jobs: [
      { name: "test", status: "queued" },
      { name: "lint", conclusion: "success" },
    ],
  });
  expect((await scene.get(`/actions/runs/${id}/jobs?filter=all`)).body).toMatchObject({ total_count: 4 });
  expect((await checks()).check_runs.map(({ name, status }) => [name, status]).sort()).toEqual([
    ["lint", "completed"],
    ["test", "queued"],
  ]);
  await scene.github.ci.updateWorkflowRun(REPO, id, { status: "completed" });
  expect((await checks()).check_runs.every((check) => check.conclusion === "success")).toBe(true);
});

test("a rerun is refused while the run is at work, after a success, and to who may not push", async () => {
  const { id } = await scene.github.ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
  const rerun = async (): Promise<unknown> => scene.post(`/actions/runs/${id}/rerun-failed-jobs`);
  expect(await rerun()).toMatchObject({ status: 403, body: { message: "This workflow is already running" } });
  await scene.github.ci.updateWorkflowRun(REPO, id, { status: "completed" });
  expect(await rerun()).toMatchObject({ status: 403 });
  await scene.github.ci.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "failure" });
  scene.github.people.setPermission(REPO, "afk-loop", "read");
  expect(await rerun()).toMatchObject({ status: 403 });
});

test("a job's log is a redirect to plain text that needs no token; without a log there is nothing", async () => {
  const id = await redRun();
  const { jobs } = (await scene.get(`/actions/runs/${id}/jobs`)).body as { jobs: { id: number; name: string }[] };
  const log = (name: string): Promise<{ status: number; headers: Headers }> =>
    scene.get(`/actions/jobs/${jobs.find((job) => job.name === name)?.id}/logs`);
  expect((await log("lint")).status).toBe(404);
  const redirect = await log("test");
  expect(redirect.status).toBe(302);
  const target = new URL(redirect.headers.get("location") ?? "");
  const text = await scene.call("GET", target.pathname, undefined, { authorization: "", "user-agent": "" });
  expect([text.status, text.body]).toEqual([200, "1 failed\n"]);
  expect(text.headers.get("content-type")).toContain("text/plain");
});

test("runs are found by commit, branch, event and state", async () => {
  await redRun();
  const other = await scene.push("On a branch", { branch: "afk/1-x" });
  await scene.github.ci.createWorkflowRun({
    repo: REPO,
    sha: other,
    branch: "afk/1-x",
    by: "ada",
    event: "pull_request",
  });
  const count = async (query: string): Promise<number> =>
    ((await scene.get(`/actions/runs${query}`)).body as { total_count: number }).total_count;
  expect(await count("")).toBe(2);
  expect(await count(`?head_sha=${sha}`)).toBe(1);
  expect(await count("?branch=afk%2F1-x")).toBe(1);
  expect(await count("?event=pull_request")).toBe(1);
  expect(await count("?status=failure")).toBe(1);
  expect(await count("?status=queued&branch=main")).toBe(0);
  expect((await scene.get("/actions/runs?actor=ada")).status).toBe(501);
});

test("a suite of another app is listed with its count, and an unknown commit is refused as each route refuses it", async () => {
  scene.github.ci.createCheckRun({ repo: REPO, sha, name: "queued for ever", status: "queued" });
  expect((await scene.get(`/commits/${sha}/check-suites`)).body).toMatchObject({
    total_count: 1,
    check_suites: [{ latest_check_runs_count: 1, status: "queued" }],
  });
  const unknown = "f".repeat(40);
  for (const [path, status] of [
    ["", 422],
    ["/check-runs", 422],
    ["/check-suites", 422],
    ["/status", 404],
    ["/statuses", 404],
  ] as const) {
    expect.soft((await scene.get(`/commits/${unknown}${path}`)).status, path).toBe(status);
  }
});

test("required checks are told by the ruleset to anyone, and by classic protection to admins alone", async () => {
  const { ci, people } = scene.github;
  const protection = "/branches/main/protection/required_status_checks";
  people.setPermission(REPO, "afk-loop", "admin");
  expect((await scene.get("/rules/branches/main")).body).toEqual([]);
  expect(await scene.get(protection)).toMatchObject({ status: 404, body: { message: "Branch not protected" } });
  ci.setRequiredChecks(REPO, "main", ["test", { context: "lint", integrationId: 15368 }]);
  expect((await scene.get("/rules/branches/main")).body).toMatchObject([
    {
      type: "required_status_checks",
      parameters: { required_status_checks: [{ context: "test" }, { context: "lint", integration_id: 15368 }] },
    },
  ]);
  ci.setRequiredChecks(REPO, "main", ["old"], "protection");
  expect((await scene.get(protection)).body).toMatchObject({
    contexts: ["old"],
    checks: [{ context: "old", app_id: null }],
  });
  expect((await scene.get("/branches/main")).body).toMatchObject({ protected: true });
  people.setPermission(REPO, "afk-loop", "write");
  expect((await scene.get(protection)).status).toBe(404);
  ci.setRequiredChecks(REPO, "main", []);
  expect((await scene.get("/rules/branches/main")).body).toEqual([]);
  expect(scene.github.violations).toEqual([]);
});

test("a deployment is found by its commit, its statuses newest first, each told", async () => {
  const { ci } = scene.github;
  const deployment = ci.createDeployment({ repo: REPO, sha, ref: "main", environment: "production", by: "ada" });
  ci.setDeploymentStatus(REPO, deployment.id, "in_progress");
  ci.setDeploymentStatus(REPO, deployment.id, "success", { environmentUrl: "https://widgets.test" });
  expect((await scene.get(`/deployments?sha=${sha}`)).body).toMatchObject([
    { id: deployment.id, environment: "production", sha },
  ]);
  expect((await scene.get(`/deployments?sha=${"0".repeat(40)}`)).body).toEqual([]);
  expect((await scene.get(`/deployments/${deployment.id}/statuses`)).body).toMatchObject([
    { state: "success", environment_url: "https://widgets.test" },
    { state: "in_progress" },
  ]);
  expect(scene.heard()).toEqual(["deployment.created", "deployment_status.created", "deployment_status.created"]);
});

test("a deployment that goes well ends those before it in its environment without a word, save in production", async () => {
  const { ci } = scene.github;
  const states = async (id: number) => {
    const { body } = await scene.get(`/deployments/${id}/statuses`);
    return (body as { state: string }[]).map(({ state }) => state);
  };
  for (const [environment, after] of [
    ["staging", ["inactive", "success"]],
    ["production", ["success"]],
  ] as const) {
    const on = { repo: REPO, sha, environment, by: "ada" };
    const first = ci.deploy({ ...on, state: "success" });
    const failed = ci.deploy({ ...on, state: "failure", description: "No room." });
    scene.heard();
    const last = ci.deploy({ ...on, sha: scene.base, state: "success" });
    expect(await states(first.id)).toEqual(after);
    expect(await states(failed.id)).toEqual(["failure"]);
    expect(await states(last.id)).toEqual(["success"]);
    expect(scene.heard()).toEqual(["deployment.created", "deployment_status.created"]);
  }
  expect(ci.deploy({ repo: REPO, sha, environment: "staging", by: "ada", state: null }).statuses).toEqual([]);
});

test("a job has steps once it is over, of which its last own one ends as it does", async () => {
  const run = await redRun();
  const { id } = scene.github.state.repos[0]?.jobs.find((each) => each.run === run) ?? { id: 0 };
  const steps = async () => {
    const { body } = await scene.get(`/actions/jobs/${id}`);
    return (body as { steps: { name: string; conclusion: string }[] }).steps.map((one) => [one.name, one.conclusion]);
  };
  expect((await steps()).find(([, conclusion]) => conclusion !== "success")).toEqual(["Run npm test", "failure"]);
  scene.github.ci.setSteps(REPO, id, ["Run npm ci", "Build"]);
  expect(await steps()).toEqual([
    ["Set up job", "success"],
    ["Run npm ci", "success"],
    ["Build", "failure"],
    ["Complete job", "success"],
  ]);
  expect((await scene.get("/actions/jobs/1")).status).toBe(404);
});

test("a commit tells its files in pages, 300 where no size is asked for, and 3000 in all", async () => {
  const files = Array.from({ length: 3100 }, (_, at) => `f${at}`);
  const many = await scene.push("Everywhere", { files });
  const page = async (query: string) => {
    const told = await scene.get(`/commits/${many}${query}`);
    const { parents, files: listed } = told.body as { parents: unknown[]; files: unknown[] };
    return [parents.length, listed.length, /page=(\d+)>; rel="last"/.exec(told.headers.get("link") ?? "")?.[1]];
  };
  expect(await page("")).toEqual([1, 300, "10"]);
  expect(await page("?per_page=100")).toEqual([1, 100, "30"]);
  expect(await page("?per_page=300")).toEqual([1, 100, "30"]);
  expect(await page("?page=11")).toEqual([1, 0, undefined]);
  expect((await scene.get(`/commits/${sha}`)).headers.get("link")).toBeNull();
});

test("where newer runs take the place of older ones, that of an older commit of the branch is cancelled, and stays so", async () => {
  const { ci } = scene.github;
  ci.supersede(REPO);
  const begin = (of: string, branch: string) => ci.createWorkflowRun({ repo: REPO, sha: of, branch, by: "ada" });
  const elsewhere = await begin(sha, "main");
  const branch = "afk/1-x";
  const older = await begin(await scene.push("Test", { branch }), branch);
  await ci.updateWorkflowRun(REPO, older.id, { status: "in_progress" });
  scene.heard();
  const newer = await begin(await scene.push("Build", { branch }), branch);
  expect(scene.heard()).toEqual([
    "push",
    ...["check_run.completed", "check_suite.completed", "workflow_run.completed"],
    ...["workflow_run.requested", "check_run.created"],
  ]);
  await ci.updateWorkflowRun(REPO, older.id, { status: "completed", conclusion: "success" });
  expect([older.conclusion, newer.status, elsewhere.status]).toEqual(["cancelled", "queued", "queued"]);
  await scene.github.rerunByHand(REPO, older.id);
  await ci.updateWorkflowRun(REPO, older.id, { status: "completed", conclusion: "success" });
  expect([older.conclusion, older.runAttempt, newer.status]).toEqual(["success", 2, "queued"]);
});
