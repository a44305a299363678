import { describe, expect, test } from "vitest";
import { judgeCommit, latestAttempts } from "../../../lib/core/ci-verdict.ts";
import type { Check } from "../../../lib/core/types.ts";
import { withRun } from "./ci-stage.ts";
import { answering, REPO, stage } from "./stage.ts";

const words = (reading: { known: boolean; value?: Check[] }) =>
  reading.value?.map(({ workflow, name, word }) => [workflow, name, word].join(" | ")).toSorted();
describe("checks", () => {
  test("of a run that waits cost three requests, and two at every look after", async () => {
    const { watcher, sha, heard, ci, run } = await withRun(["test", "lint"]);
    const waiting = { known: true, value: [{ word: "queued" }, { word: "queued" }] };
    expect(await watcher.checks(sha, "main")).toMatchObject(waiting);
    const two = [`GET 200 /commits/${sha}/check-runs`, `GET 200 /commits/${sha}/status`];
    expect(heard().toSorted()).toEqual(["GET 200 /actions/runs", ...two]);
    await ci.updateWorkflowRun(REPO, run.id, { status: "in_progress" });
    expect(await watcher.checks(sha, "main")).toMatchObject({ value: [{}, {}] });
    expect(heard().toSorted()).toEqual(two);
  });

  test("of a workflow that an issue set off on the trunk's head are none", async () => {
    const { watcher, scene, ci } = stage();
    const run = await ci.createWorkflowRun({ repo: REPO, sha: scene.base, branch: "main", by: "ada", event: "issues" });
    for (const update of [
      { status: "in_progress" },
      { status: "completed", conclusion: "failure" },
      { status: "completed", conclusion: "success" },
    ] as const) {
      await ci.updateWorkflowRun(REPO, run.id, update);
      expect(await watcher.checks(scene.base, "main")).toEqual({ known: true, value: [] });
    }
  });

  test("of a run that is over cost three, and name workflow, run and job", async () => {
    const { watcher, sha, heard, ci, run, scene } = await withRun(["test", "lint"]);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure", jobs: { lint: "success" } });
    const reading = await watcher.checks(sha, "main");
    expect(words(reading)).toEqual(["CI | lint | success", "CI | test | failure"]);
    expect(heard()).toHaveLength(3);
    const failed = reading.known ? reading.value.find(({ word }) => word === "failure") : undefined;
    const job = scene.github.state.repos[0]?.jobs.find(({ id }) => String(id) === failed?.jobId);
    expect(failed?.runId).toBe(String(run.id));
    expect(job?.run).toBe(run.id);
  });

  test("of a commit nobody checks are none, at three requests", async () => {
    const { watcher, scene, heard } = stage();
    expect(await watcher.checks(scene.base, "main")).toEqual({ known: true, value: [] });
    expect(heard()).toHaveLength(3);
  });

  test("of the same commit on another branch are left out", async () => {
    const { watcher, sha, ci, run } = await withRun();
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    const other = await ci.createWorkflowRun({
      repo: REPO,
      sha,
      branch: "afk/1-abc",
      by: "ada",
      name: "Other",
      path: ".github/workflows/o.yml",
    });
    await ci.updateWorkflowRun(REPO, other.id, { status: "completed", conclusion: "failure" });
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | test | success"]);
    expect(words(await watcher.checks(sha, "afk/1-abc"))).toEqual(["Other | test | failure"]);
  });

  test("of a pull request's head are those of its branch, whatever event began them, and none of the trunk's", async () => {
    const { watcher, scene, ci, pulls } = stage();
    const branch = "afk/1-abc";
    const sha = await scene.push("Stand", { branch, files: ["src/stand.ts"] });
    await pulls.open({ repo: REPO, branch, base: "main", by: "ada", title: "Stand" });
    for (const [event, conclusion] of [
      ["push", "success"],
      ["pull_request", "failure"],
    ] as const) {
      const run = await ci.createWorkflowRun({ repo: REPO, sha, branch, by: "ada", event, jobs: [event] });
      await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion });
    }
    expect(words(await watcher.checks(sha, branch))).toEqual(["CI | pull_request | failure", "CI | push | success"]);
    // Somebody may bring the very commit to the trunk: it is judged there by the trunk's own runs.
    expect(words(await watcher.checks(sha, "main"))).toEqual([]);
  });

  test.each(["push", "pull_request"])(
    "of two events for one commit are both heeded: red for %s alone is red",
    async (red) => {
      const { watcher, scene, ci } = stage();
      const branch = "afk/1-abc";
      const sha = await scene.push("Stand", { branch });
      for (const event of ["push", "pull_request"]) {
        scene.later(60);
        const run = await ci.createWorkflowRun({ repo: REPO, sha, branch, by: "ada", event });
        const conclusion = event === red ? "failure" : "success";
        await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion });
      }
      const reading = await watcher.checks(sha, branch);
      expect(words(reading)).toEqual(["CI | test | failure", "CI | test | success"]);
      const checks = reading.known ? reading.value : [];
      expect(judgeCommit(checks, { required: [], awaited: [] }, "over")).toMatchObject({
        word: "red",
        because: [{ event: red, workflow: "CI", name: "test" }],
      });
    },
  );

  test("of two runs for one event, begun in the same second, are the newer's", async () => {
    const { watcher, sha, ci, run } = await withRun();
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure" });
    const again = await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
    await ci.updateWorkflowRun(REPO, again.id, { status: "completed", conclusion: "success" });
    const reading = await watcher.checks(sha, "main");
    expect(reading.known && new Set(reading.value.map(({ order }) => order)).size).toBe(1);
    expect(reading.known && latestAttempts(reading.value).map(({ word }) => word)).toEqual(["success"]);
  });

  test("of what a merge queue tests are those of the queue's own branches alone", async () => {
    const { watcher, scene, ci } = stage();
    const sha = await scene.push("Stand");
    const run = async (branch: string, job: string) => {
      const { id } = await ci.createWorkflowRun({
        repo: REPO,
        sha,
        branch,
        by: "ada",
        event: "merge_group",
        jobs: [job],
      });
      await ci.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "success" });
    };
    await run(`gh-readonly-queue/main/pr-3-${scene.base}`, "queued");
    await run(`gh-readonly-queue/next/pr-3-${scene.base}`, "elsewhere");
    await run("main", "landed");
    expect(words(await watcher.queueChecks(sha, "main"))).toEqual(["CI | queued | success"]);
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | landed | success"]);
  });

  test("hold statuses of older CIs and checks of other apps too", async () => {
    const { watcher, sha, ci, run } = await withRun();
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    await ci.setStatus({
      repo: REPO,
      sha,
      context: "legacy",
      state: "failure",
      by: "ada",
      targetUrl: "https://ci.test/1",
    });
    const stale = ci.createCheckRun({ repo: REPO, sha, name: "lint" });
    await ci.completeCheckRun(REPO, stale.id, "stale");
    const reading = await watcher.checks(sha, "main");
    expect(words(reading)).toEqual([" | legacy | failure", " | lint | stale", "CI | test | success"]);
    expect(reading.known && reading.value.find(({ name }) => name === "legacy")?.url).toBe("https://ci.test/1");
  });

  test("show a workflow that never began", async () => {
    const { watcher, sha, ci, run } = await withRun([]);
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | CI (run) | queued"]);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "startup_failure" });
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | CI (run) | startup_failure"]);
  });

  test("of a second attempt are its newest", async () => {
    const { watcher, sha, ci, run } = await withRun();
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "cancelled" });
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | test | cancelled"]);
    expect(await watcher.rerun([String(run.id)])).toEqual({ type: "done", value: null });
    expect(words(await watcher.checks(sha, "main"))?.at(0)).toMatch(/test \| queued$/);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | test | success"]);
  });

  test("turn green by a person's rerun of the same commit: one check, begun later", async () => {
    const { watcher, sha, ci, run, scene } = await withRun(["test", "lint"]);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure", jobs: { lint: "success" } });
    const test = async () => {
      const reading = await watcher.checks(sha, "main");
      return reading.known ? reading.value.find(({ name }) => name === "test") : undefined;
    };
    const before = await test();
    scene.later(60);
    await scene.github.rerunByHand(REPO, run.id);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    const after = await test();
    expect([before?.word, after?.word, after?.runId]).toEqual(["failure", "success", before?.runId]);
    expect((after?.order ?? 0) - (before?.order ?? 0)).toBe(60_000);
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | lint | success", "CI | test | success"]);
  });

  test("are read to the last page", async () => {
    const { watcher, sha, ci, run } = await withRun(Array.from({ length: 130 }, (_, index) => `job ${index}`));
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    for (let count = 0; count < 120; count++)
      await ci.setStatus({ repo: REPO, sha, context: `status ${count}`, state: "success", by: "ada" });
    const reading = await watcher.checks(sha, "main");
    expect(reading.known && reading.value.length).toBe(250);
  });

  test.each([
    ["check runs", "/check-runs", 500, false],
    ["check runs of an unknown repo", "/check-runs", 404, false],
    ["statuses", "/status", 403, true],
    ["statuses of an unknown commit", "/status", 404, false],
    ["workflow runs", "/actions/runs", 403, true],
    ["workflow runs that break off", "/actions/runs", "reset", false],
  ] as const)("are unread without %s", async (_name, path, fault, auth) => {
    const { watcher, scene, faults } = stage();
    faults.add((request) => request.path.endsWith(path), fault);
    expect(await watcher.checks(scene.base, "main")).toMatchObject({ known: false, auth });
  });

  test("are unread, not forbidden, behind a used up quota", async () => {
    const { watcher, scene, faults } = stage();
    const limited = () =>
      Response.json({ message: "API rate limit exceeded" }, { status: 403, headers: { "x-ratelimit-remaining": "0" } });
    faults.add(({ path }) => path.endsWith("/check-runs"), limited);
    expect(await watcher.checks(scene.base, "main")).toMatchObject({ known: false, auth: false });
  });

  test("of an answer that is something else are unread", async () => {
    expect(await answering(Response.json({ check_runs: [{}] })).watcher.checks("a", "main")).toMatchObject({
      known: false,
    });
    expect(await answering(Response.json([])).watcher.checks("a", "main")).toMatchObject({ known: false });
  });
});

describe("required", () => {
  test("is what rules and classic protection demand together, each once", async () => {
    const { watcher, ci, people } = stage();
    people.setPermission(REPO, "afk-loop", "admin");
    ci.setRequiredChecks(REPO, "main", ["test", { context: "lint", integrationId: 15368 }]);
    ci.setRequiredChecks(REPO, "main", ["test", { context: "e2e", integrationId: 29310 }], "protection");
    expect(await watcher.required("main")).toEqual({
      known: true,
      value: [
        { name: "test", app: null },
        { name: "lint", app: "15368" },
        { name: "e2e", app: "29310" },
      ],
    });
  });

  test("is nothing for a branch without rules, or where the token may not look", async () => {
    const { watcher, faults } = stage();
    expect(await watcher.required("main")).toEqual({ known: true, value: [] });
    faults.add(({ path }) => path.includes("/rules/") || path.includes("/protection/"), 403);
    expect(await watcher.required("main")).toEqual({ known: true, value: [] });
  });

  test.each([["/rules/"], ["/protection/"]])("is unread while %s fails", async (part) => {
    const { watcher, faults } = stage();
    faults.add(({ path }) => path.includes(part), 502);
    expect(await watcher.required("main")).toMatchObject({ known: false });
  });

  test("reads rules of other kinds as none, and contexts that older protections name alone", async () => {
    const rules = Response.json([{ type: "deletion" }, { type: "pull_request", parameters: {} }]);
    const classic = Response.json({ contexts: ["a", "b"], checks: [{ context: "a", app_id: -1 }] });
    const { watcher } = answering(rules, classic);
    expect(await watcher.required("main")).toEqual({
      known: true,
      value: [
        { name: "a", app: null },
        { name: "b", app: null },
      ],
    });
    const odd = answering(Response.json([{ type: "required_status_checks", parameters: null }]));
    expect(await odd.watcher.required("main")).toMatchObject({ known: false });
  });
});

describe("rerun", () => {
  test("runs each one's failed jobs again; one that runs already counts", async () => {
    const { watcher, ci, run, sha } = await withRun();
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "timed_out" });
    const other = await ci.createWorkflowRun({
      repo: REPO,
      sha,
      branch: "main",
      by: "ada",
      name: "Other",
      path: ".github/workflows/o.yml",
    });
    expect(await watcher.rerun([String(run.id), String(other.id)])).toEqual({ type: "done", value: null });
    expect(run).toMatchObject({ runAttempt: 2, status: "queued" });
  });

  test("of one that cannot be run again is refused, and of one unknown too", async () => {
    const { watcher, ci, run } = await withRun();
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    expect(await watcher.rerun([String(run.id)])).toMatchObject({ type: "refused" });
    expect(await watcher.rerun(["1"])).toMatchObject({ type: "refused" });
  });

  test("without the right to it is a token to mend", async () => {
    const answer = Response.json({ message: "Resource not accessible by integration" }, { status: 403 });
    expect(await answering(answer).watcher.rerun(["1"])).toMatchObject({ type: "retry", auth: true });
  });

  test("of nothing is done", async () => {
    const { watcher, heard } = stage();
    expect(await watcher.rerun([])).toEqual({ type: "done", value: null });
    expect(heard()).toEqual([]);
  });
});
