/** CI as a fine-grained token sees it in a private repo: without check runs. */
import { describe, expect, test } from "vitest";
import { judgeCommit } from "../../../lib/core/ci-verdict.ts";
import type { Check, Reading } from "../../../lib/core/types.ts";
import { withRun, withRunUnseen } from "./ci-stage.ts";
import { REPO } from "./stage.ts";

const words = (reading: Reading<Check[]>) =>
  reading.known && reading.value.map(({ workflow, name, word }) => [workflow, name, word].join(" | ")).toSorted();

describe("where check runs are forbidden to the token", () => {
  test("the jobs tell what check runs would, word for word", async () => {
    const checks = [];
    for (const begun of [withRun, withRunUnseen]) {
      const { watcher, sha, ci, run } = await begun(["test", "lint"]);
      const update = { status: "completed", conclusion: "failure", jobs: { lint: "success" } } as const;
      await ci.updateWorkflowRun(REPO, run.id, update);
      const reading = await watcher.checks(sha, "main");
      checks.push(reading.known && reading.value.map(({ url: _page, ...check }) => check));
    }
    const [seen, unseen] = checks;
    expect(unseen).toMatchObject([{ app: "15368", name: "test", word: "failure" }, { name: "lint" }]);
    expect(unseen).toEqual(seen);
  });

  test("a required check that a job answers to is met, of any app and of Actions", async () => {
    const { watcher, sha, ci, run } = await withRunUnseen(["test"]);
    ci.setRequiredChecks(REPO, "main", ["test", { context: "test", integrationId: 15368 }]);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    const [checks, required] = [await watcher.checks(sha, "main"), await watcher.required("main")];
    if (!checks.known || !required.known) throw new Error("unread");
    expect(required.value).toHaveLength(2);
    expect(judgeCommit(checks.value, { required: required.value, awaited: [] }, "over").word).toBe("green");
  });

  test("a look costs four requests: one for each workflow run of this branch that is of the commit", async () => {
    const { watcher, sha, ci, run, heard } = await withRunUnseen();
    await ci.createWorkflowRun({ repo: REPO, sha, branch: "afk/1-abc", by: "ada" });
    await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada", event: "issues" });
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | test | queued"]);
    expect(heard().toSorted()).toEqual([
      "GET 200 /actions/runs",
      `GET 200 /actions/runs/${run.id}/jobs`,
      `GET 200 /commits/${sha}/status`,
      `GET 403 /commits/${sha}/check-runs`,
    ]);
  });

  test("a job that failed is red while a status waits", async () => {
    const { watcher, sha, ci, run } = await withRunUnseen();
    await ci.setStatus({ repo: REPO, sha, context: "legacy", state: "pending", by: "ada" });
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure" });
    expect(words(await watcher.checks(sha, "main"))).toEqual([" | legacy | pending", "CI | test | failure"]);
  });

  test("a workflow run without jobs is a check itself", async () => {
    const { watcher, sha, ci, run } = await withRunUnseen([]);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "startup_failure" });
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | CI (run) | startup_failure"]);
  });

  test("the jobs of a second attempt are its own, those that were not run again among them", async () => {
    const { watcher, sha, ci, run } = await withRunUnseen(["test", "lint"]);
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure", jobs: { lint: "success" } });
    await watcher.rerun([String(run.id)]);
    expect(words(await watcher.checks(sha, "main"))).toEqual(["CI | lint | success", "CI | test | queued"]);
  });

  test("more jobs than one page holds are read", async () => {
    const { watcher, sha } = await withRunUnseen(Array.from({ length: 130 }, (_, index) => `job ${index}`));
    const reading = await watcher.checks(sha, "main");
    expect(reading.known && reading.value.length).toBe(130);
  });

  test.each([403, 404, 500, "reset"] as const)("and the jobs answer %s, nobody can say", async (fault) => {
    const { watcher, sha, ci, run, faults } = await withRunUnseen();
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    faults.add(({ path }) => path.endsWith("/jobs"), fault);
    expect(await watcher.checks(sha, "main")).toMatchObject({ known: false });
  });

  test("of more workflow runs than are asked for their jobs nobody can say", async () => {
    const { watcher, sha, ci, heard } = await withRunUnseen();
    const runs = async (count: number) => {
      for (let more = 0; more < count; more++)
        await ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
    };
    await runs(29);
    expect(await watcher.checks(sha, "main")).toMatchObject({ known: true });
    await runs(1);
    heard();
    expect(await watcher.checks(sha, "main")).toMatchObject({ known: false });
    expect(heard()).toHaveLength(3);
  });
});
