/** CI as Forgejo tells it: statuses, and runs of its own Actions. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Conclusion } from "../forge/stand-in.ts";
import { REPO, Scene } from "./scene.ts";

let scene: Scene;
let sha: string;
beforeEach(async () => {
  scene = new Scene();
  sha = await scene.push("Steady the widgets");
  scene.heard();
});

type Status = { id: number; status: string; context: string; creator: { id: number; login: string } };
type Combined = { state: string; sha: string; total_count: number; statuses: Status[] | null };

const combined = async (query = ""): Promise<Combined> =>
  (await scene.get(`/commits/${sha}/status${query}`)).body as Combined;
const post = (state: string, context: string): Promise<unknown> => scene.post(`/statuses/${sha}`, { state, context });

async function run(conclusion: Conclusion, more: { jobs?: string[]; event?: string } = {}): Promise<number> {
  const { id } = await scene.forgejo.actions.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", ...more });
  await scene.forgejo.actions.updateWorkflowRun(REPO, id, { status: "in_progress" });
  await scene.forgejo.actions.updateWorkflowRun(REPO, id, { status: "completed", conclusion });
  return id;
}

describe("the combined status", () => {
  test("of nothing is an empty word, and null for a list", async () => {
    expect(await combined()).toMatchObject({ state: "", sha: "", total_count: 0, statuses: null, repository: null });
  });

  test.each([
    [["success", "success"], "success"],
    [["success", "pending"], "pending"],
    [["pending", "warning"], "warning"],
    [["warning", "failure"], "failure"],
    [["failure", "error"], "error"],
  ])("of %j is %s: a warning hides what is pending", async (states, state) => {
    for (const [index, each] of states.entries()) await post(each, `ci/${index}`);
    expect(await combined()).toMatchObject({ state, sha, total_count: 2 });
  });

  test("counts the newest of each context", async () => {
    for (const state of ["pending", "failure", "success"]) await post(state, "ci/test");
    const { statuses, state } = await combined();
    expect([state, statuses?.map((each) => each.status)]).toEqual(["success", ["success"]]);
  });

  test("is that of a page: a failure thirty contexts ago is out of sight, and so is its number", async () => {
    await post("failure", "ci/old");
    for (let count = 0; count < 30; count += 1) await post("success", `ci/${count}`);
    expect(await combined()).toMatchObject({ state: "success", total_count: 30 });
    expect(await combined("?limit=50")).toMatchObject({ state: "failure", total_count: 31 });
    expect(await combined("?page=2")).toMatchObject({ state: "failure", total_count: 1 });
    expect(await combined("?page=3")).toMatchObject({ state: "", total_count: 0, statuses: null });
  });

  test("is found by a branch's name too; of no such commit there is none", async () => {
    await post("success", "ci/test");
    expect((await scene.get("/commits/main/status")).body).toMatchObject({ state: "success", sha });
    expect((await scene.get("/commits/nope/status")).status).toBe(404);
  });

  test("a status says it under `status`, and no webhook tells of it", async () => {
    await post("success", "ci/test");
    const [status] = (await scene.get(`/statuses/${sha}`)).body as Record<string, unknown>[];
    expect(status).toMatchObject({ status: "success", context: "ci/test" });
    expect(status).not.toHaveProperty("state");
    expect(scene.heard()).toEqual([]);
  });

  test.each([
    [{ state: "green", context: "ci" }, 422],
    [{ state: "success" }, 201],
  ])("posting %j is answered %d", async (body, status) => {
    expect((await scene.post(`/statuses/${sha}`, body)).status).toBe(status);
  });
});

describe("Forgejo Actions", () => {
  test.each<[Conclusion, string, string, string]>([
    ["success", "success", "success", "action_run_success success"],
    ["neutral", "success", "success", "action_run_success success"],
    ["failure", "failure", "failure", "action_run_failure failure"],
    ["timed_out", "failure", "failure", "action_run_failure failure"],
    ["startup_failure", "failure", "failure", "action_run_failure failure"],
    ["cancelled", "cancelled", "failure", "action_run_failure failure"],
    ["stale", "cancelled", "failure", "action_run_failure failure"],
    ["skipped", "skipped", "success", "action_run_failure failure"],
  ])("a run that ends %s: run %s, status %s, webhook %s", async (conclusion, status, state, told) => {
    const id = await run(conclusion);
    expect((await scene.get(`/actions/runs/${id}`)).body).toMatchObject({ status, commit_sha: sha });
    expect(await combined()).toMatchObject({ state });
    expect(scene.sent.map((each) => scene.payload(each))).toMatchObject([{ run: { status, commit_sha: sha } }]);
    expect(scene.heard()).toEqual([told]);
  });

  test("a run that wants an approval goes back to waiting, and is told by nothing", async () => {
    const id = await run("action_required");
    expect((await scene.get(`/actions/runs/${id}`)).body).toMatchObject({ status: "waiting", need_approval: true });
    expect(await combined()).toMatchObject({ state: "pending" });
    expect(scene.heard()).toEqual([]);
  });

  test("each job is a status by the account of Actions, under workflow, job and event", async () => {
    await run("success", { jobs: ["test", "lint"] });
    const { statuses } = await combined();
    expect(statuses).toMatchObject([
      { context: "CI / test (push)", creator: { id: -2, login: "forgejo-actions" } },
      { context: "CI / lint (push)", creator: { id: -2, login: "forgejo-actions" } },
    ]);
    expect((await scene.get(`/commits/${sha}/statuses`)).body).toHaveLength(6);
  });

  test("a scheduled run leaves no status", async () => {
    await run("failure", { event: "schedule" });
    expect(await combined()).toMatchObject({ state: "" });
    expect(scene.heard()).toEqual(["action_run_failure failure"]);
  });

  test("success after a run that was none is told twice, without repository or sender beside the run", async () => {
    await run("failure");
    scene.heard();
    await run("success");
    const payloads = scene.sent.map((each) => scene.payload(each));
    expect(payloads).toMatchObject([
      { action: "success", last_run: { status: "failure" }, prior_status: "running" },
      { action: "recover", last_run: { status: "failure" } },
    ]);
    expect(payloads.map((each) => "repository" in each || "sender" in each)).toEqual([false, false]);
    expect(payloads[0]).toMatchObject({ run: { repository: { full_name: REPO }, trigger_user: { login: "ada" } } });
    expect(scene.heard()).toEqual(["action_run_success success", "action_run_recover recover"]);
  });

  test("runs are filtered by commit, and have one status and no conclusion", async () => {
    await run("failure");
    const other = await scene.push("more");
    const found = async (query: string): Promise<Record<string, unknown>> =>
      (await scene.get(`/actions/runs?${query}`)).body as Record<string, unknown>;
    expect(await found(`head_sha=${other}`)).toEqual({ workflow_runs: [], total_count: 0 });
    const { workflow_runs: runs, total_count: total } = await found(`head_sha=${sha}&status=failure`);
    expect([total, runs]).toMatchObject([1, [{ index_in_repo: 1, status: "failure", commit_sha: sha }]]);
    expect((runs as object[])[0]).not.toHaveProperty("conclusion");
    expect((await scene.get("/actions/tasks")).body).toMatchObject({
      workflow_runs: [{ head_sha: sha, run_number: 1, status: "failure", name: "test" }],
      total_count: 1,
    });
  });

  test("run again by hand it is waiting again, under the same id, and tells when it is done", async () => {
    const asked: unknown[] = [];
    scene.forgejo.onRerun = (...args) => asked.push(args);
    const id = await run("cancelled");
    scene.heard();
    await scene.forgejo.rerunByHand(REPO, id);
    expect(asked).toEqual([[REPO, id, 2]]);
    expect(await combined()).toMatchObject({ state: "pending" });
    await scene.forgejo.actions.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "success" });
    expect(scene.heard()).toEqual(["action_run_success success"]);
  });
});

describe("a CI outside", () => {
  test.each<[Conclusion, string]>([
    ["success", "success"],
    ["failure", "failure"],
    ["cancelled", "failure"],
    ["action_required", "pending"],
  ])("that ends %s is the status %s, no run, and no webhook", async (conclusion, state) => {
    const { outside } = scene.forgejo;
    const { id } = await outside.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
    expect(await combined()).toMatchObject({ state: "pending", statuses: [{ context: "ci/test" }] });
    await outside.updateWorkflowRun(REPO, id, { status: "completed", conclusion });
    expect(await combined()).toMatchObject({ state, total_count: 1, statuses: [{ creator: { login: "ada" } }] });
    expect((await scene.get("/actions/runs")).body).toMatchObject({ total_count: 0 });
    expect(scene.heard()).toEqual([]);
  });

  test("tells in its description alone that it was broken off; who reads the page sees no red", async () => {
    const { outside } = scene.forgejo;
    const { id } = await outside.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
    await outside.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "cancelled" });
    expect(await combined()).toMatchObject({ statuses: [{ description: "Pipeline was canceled" }] });
    expect(scene.forgejo.ciWord(REPO, sha)).toBe("fine");
  });

  test("is what the shared code drives where the stand-in was made so", () => {
    const { forgejo } = new Scene({ ci: "outside" });
    expect([forgejo.ci === forgejo.outside, scene.forgejo.ci === scene.forgejo.actions]).toEqual([true, true]);
  });
});

describe("where a push takes the place of an older one", () => {
  const BRANCH = "afk/1-x";
  const begin = async (kind: "actions" | "outside", at: string, more: object = {}) =>
    (await scene.forgejo[kind].createWorkflowRun({ repo: REPO, sha: at, branch: BRANCH, by: "ada", ...more })).id;
  const states = async (at: string) =>
    ((await scene.get(`/commits/${at}/status?limit=50`)).body as Combined).statuses?.map(({ status }) => status);

  test.each(["actions", "outside"] as const)("what %s runs of that is cancelled, and stays so", async (kind) => {
    scene.forgejo[kind].supersede(REPO);
    const first = await scene.push("Test", { branch: BRANCH });
    const old = await begin(kind, first);
    await begin(kind, sha, { branch: "main" });
    await begin(kind, first, { path: ".forgejo/workflows/lint.yml", name: "Lint" });
    const second = await scene.push("Mend", { branch: BRANCH });
    scene.heard();
    const id = await begin(kind, second);
    await scene.forgejo[kind].updateWorkflowRun(REPO, old, { status: "completed", conclusion: "success" });
    await scene.forgejo[kind].updateWorkflowRun(REPO, id, { status: "completed", conclusion: "success" });
    expect((await states(first))?.toSorted()).toEqual(["failure", "pending"]);
    expect([await states(second), await states(sha)]).toEqual([["success"], ["pending"]]);
    const told = ["action_run_failure failure", "action_run_success success", "action_run_recover recover"];
    expect(scene.heard()).toEqual(kind === "actions" ? told : []);
  });

  test("one that is over stays what it is, and nothing is cancelled unless that was asked for", async () => {
    const first = await scene.push("Test", { branch: BRANCH });
    const old = await begin("actions", first);
    await begin("actions", await scene.push("Mend", { branch: BRANCH }));
    expect(await states(first)).toEqual(["pending"]);
    await scene.forgejo.actions.updateWorkflowRun(REPO, old, { status: "completed", conclusion: "failure" });
    scene.forgejo.actions.supersede(REPO);
    await begin("actions", await scene.push("Again", { branch: BRANCH }));
    expect((await scene.get(`/actions/runs/${old}`)).body).toMatchObject({ status: "failure" });
  });
});

test("what a branch requires is told with the branch, and in full to admins alone", async () => {
  scene.forgejo.ci.setRequiredChecks(REPO, "main", ["CI / test (push)"]);
  expect((await scene.get("/branches/main")).body).toMatchObject({
    commit: { id: sha },
    protected: true,
    enable_status_check: true,
    status_check_contexts: ["CI / test (push)"],
  });
  expect((await scene.get("/branch_protections/main")).body).toMatchObject({ rule_name: "main" });
  scene.forgejo.people.setPermission(REPO, "afk-loop", "write");
  expect((await scene.get("/branch_protections/main")).status).toBe(403);
});
