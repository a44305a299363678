import { describe, expect, test } from "vitest";
import { judgeCommit, latestAttempts } from "../../../lib/core/ci-verdict.ts";
import { answering, REPO, stage } from "./stage.ts";

type Stage = ReturnType<typeof stage>;

async function word({ watcher, scene }: Stage, required: string[] = []): Promise<string> {
  const checks = await watcher.checks(scene.base, "main");
  if (!checks.known) return `unread: ${checks.why}`;
  const wanted = required.map((name) => ({ name, app: null, pattern: true as const }));
  return judgeCommit(checks.value, { required: wanted, awaited: [] }, "over").word;
}

async function run(
  { actions, scene }: Stage,
  conclusion: Parameters<typeof actions.updateWorkflowRun>[2]["conclusion"],
  over = {},
) {
  const made = await actions.createWorkflowRun({ repo: REPO, sha: scene.base, branch: "main", by: "ada", ...over });
  if (conclusion) await actions.updateWorkflowRun(REPO, made.id, { status: "completed", conclusion });
  return made.id;
}

describe("statuses of an outside CI", () => {
  test.each<[string[], string]>([
    [[], "none"],
    [["success"], "green"],
    [["success", "failure"], "red"],
    [["error", "success"], "red"],
    [["success", "pending"], "pending"],
    [["warning", "success"], "green"],
    // Forgejo's own combined word would be "warning" here.
    [["warning", "pending"], "pending"],
    [["warning"], "none"],
  ])("%j are %s", async (states, verdict) => {
    const on = stage();
    for (const [n, state] of states.entries()) {
      await on.scene.post(`/statuses/${on.scene.base}`, { state, context: `ci/${n}` });
    }
    expect(await word(on)).toBe(verdict);
  });

  test("of one context only the newest counts, and all pages are read", async () => {
    const on = stage();
    const set = (context: string, state: string) => on.scene.post(`/statuses/${on.scene.base}`, { state, context });
    await set("ci/first", "failure");
    for (let n = 0; n < 120; n++) await set(`ci/${n}`, "success");
    expect(await word(on)).toBe("red");
    await set("ci/first", "success");
    expect(await word(on)).toBe("green");
  });

  test.each<[string, string, string]>([
    ["failure", "Pipeline was canceled", "infra"],
    ["error", "Build has been cancelled.", "infra"],
    ["failure", "Pipeline failed", "red"],
    ["failure", "1 failed, 2 were cancelled", "red"],
    ["failure", "tests that wait until a job was cancelled", "red"],
    ["success", "Pipeline was canceled", "green"],
  ])("%s, described as %j, is %s", async (state, description, verdict) => {
    const on = stage();
    await on.scene.post(`/statuses/${on.scene.base}`, { state, description, context: "ci/woodpecker" });
    expect(await word(on)).toBe(verdict);
  });

  test("that wait are no reason to ask for Actions runs", async () => {
    const on = stage();
    await on.scene.post(`/statuses/${on.scene.base}`, { state: "pending", context: "ci" });
    on.heard();
    expect(await word(on)).toBe("pending");
    expect(on.heard()).toEqual([`GET 200 /commits/${on.scene.base}/statuses`]);
  });
});

describe("Actions", () => {
  test.each([
    ["success", "green"],
    ["failure", "red"],
    ["cancelled", "infra"],
    ["skipped", "none"],
    ["action_required", "human"],
    [undefined, "pending"],
  ] as const)("a run that is %s is %s", async (conclusion, verdict) => {
    const on = stage();
    await run(on, conclusion);
    expect(await word(on)).toBe(verdict);
  });

  test("a skipped job beside one that passed is no reason to wait, and beside a red one proves nothing", async () => {
    const on = stage();
    await run(on, "skipped", { path: ".forgejo/workflows/a.yml" });
    await run(on, "success", { path: ".forgejo/workflows/b.yml" });
    expect(await word(on)).toBe("green");
    await run(on, "failure", { path: ".forgejo/workflows/c.yml" });
    expect(await word(on)).toBe("red");
  });

  test("a cancelled run that a person runs again is judged by what it is now", async () => {
    const on = stage();
    const id = await run(on, "cancelled");
    await on.actions.rerunByHand(REPO, id);
    expect(await word(on)).toBe("pending");
    await on.actions.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "success" });
    expect(await word(on)).toBe("green");
  });

  test("a run of another branch never counts, green or red", async () => {
    const on = stage();
    await run(on, "success", { branch: "afk/1-x" });
    expect(await word(on)).toBe("none");
    await run(on, "failure", { branch: "afk/1-x" });
    await run(on, "success");
    expect(await word(on)).toBe("green");
  });

  test("two workflow files of one name both count", async () => {
    const on = stage();
    await run(on, "failure", { path: ".forgejo/workflows/a.yml" });
    await run(on, "success", { path: ".forgejo/workflows/b.yml" });
    expect(await word(on)).toBe("red");
  });

  test("a server without the list of runs is judged by statuses alone, one that refuses it is unknown", async () => {
    const on = stage();
    await run(on, "failure");
    const fault = on.faults.add(({ path }) => path.endsWith("/actions/runs"), 404);
    expect(await word(on)).toBe("red");
    fault.remove();
    on.faults.add(({ path }) => path.endsWith("/actions/runs"), 403);
    expect(await word(on)).toMatch(/^unread: 403/);
  });

  test("a run without a job of its own is told by itself", async () => {
    const runs = (over: object) =>
      Response.json({
        workflow_runs: [{ id: 4, workflow_id: "ci.yml", prettyref: "main", commit_sha: "s", event: "push", ...over }],
        total_count: 1,
      });
    const wordOf = async (over: object) => {
      const { watcher } = answering(Response.json([]), runs(over), Response.json({ workflow_runs: null }));
      const checks = await watcher.checks("s", "main");
      return checks.known ? checks.value.map(({ name, word }) => `${name} ${word}`) : null;
    };
    expect(await wordOf({ status: "blocked" })).toEqual(["ci.yml (run) blocked"]);
    expect(await wordOf({ status: "failure" })).toEqual(["ci.yml (run) startup_failure"]);
    expect(await wordOf({ status: "blocked", need_approval: true })).toEqual(["ci.yml (run) action_required"]);
    for (const event of [
      "schedule",
      "workflow_dispatch",
      "issues",
      "issue_label",
      "issue_comment",
      "pull_request_comment",
    ])
      expect(await wordOf({ status: "failure", event })).toEqual([]);
    expect(await wordOf({ status: "failure", commit_sha: "other" })).toEqual([]);
  });
});

test("a run that an issue set off on the trunk's head tells nothing of it, whatever becomes of it", async () => {
  const on = stage();
  const { id } = await on.actions.createWorkflowRun({
    ...{ repo: REPO, sha: on.scene.base, branch: "main", by: "ada", event: "issue_label" },
  });
  expect(await word(on)).toBe("none");
  await on.actions.updateWorkflowRun(REPO, id, { status: "in_progress" });
  expect(await word(on)).toBe("none");
  await on.actions.updateWorkflowRun(REPO, id, { status: "completed", conclusion: "success" });
  expect(await word(on)).toBe("none");
});

describe.each(["actions", "outside"] as const)("commits of an agent's branch, by CI %s", (kind) => {
  const BRANCH = "afk/1-x";
  async function begun(on: Stage, message: string) {
    const sha = await on.scene.push(message, { branch: BRANCH });
    const made = await on[kind].createWorkflowRun({ repo: REPO, sha, branch: BRANCH, by: "ada" });
    const ends = (conclusion: "success" | "failure") =>
      on[kind].updateWorkflowRun(REPO, made.id, { status: "completed", conclusion });
    return { sha, id: made.id, ends };
  }
  async function told(on: Stage, sha: string) {
    const checks = await on.watcher.checks(sha, BRANCH);
    if (!checks.known) throw new Error(checks.why);
    return latestAttempts(checks.value).map(({ word }) => word);
  }

  test("are told apart, each by its own run", async () => {
    const on = stage();
    const red = await begun(on, "Test");
    await red.ends("failure");
    const green = await begun(on, "Mend");
    await green.ends("success");
    expect([await told(on, red.sha), await told(on, green.sha)]).toEqual([["failure"], ["success"]]);
  });

  test("turn green by anyone's rerun, in the same check and with a newer order", async () => {
    const on = stage();
    const { sha, id, ends } = await begun(on, "Mend");
    await ends("failure");
    const orders = async () => {
      const checks = await on.watcher.checks(sha, BRANCH);
      return checks.known ? latestAttempts(checks.value).map(({ name, order }) => ({ name, order })) : [];
    };
    const [first] = await orders();
    await on.scene.forgejo.rerunByHand(REPO, id);
    expect(await told(on, sha)).toEqual(["pending"]);
    await ends("success");
    expect(await told(on, sha)).toEqual(["success"]);
    const [second] = await orders();
    expect(second?.name).toBe(first?.name);
    expect(second?.order).toBeGreaterThan(first?.order ?? 0);
  });

  test("that another took the place of are cancelled, whatever their runner says later", async () => {
    const on = stage();
    on[kind].supersede(REPO);
    const red = await begun(on, "Test");
    const green = await begun(on, "Mend");
    await red.ends("failure");
    await green.ends("success");
    expect([await told(on, red.sha), await told(on, green.sha)]).toEqual([["cancelled"], ["success"]]);
  });
});

describe("Actions runs for a pull request", () => {
  const BRANCH = "afk/1-x";
  const words = async (on: Stage, sha: string, branch: string) => {
    const checks = await on.watcher.checks(sha, branch);
    return checks.known ? latestAttempts(checks.value).map(({ name, word }) => `${name}: ${word}`) : checks.why;
  };
  async function proposed(event: string) {
    const on = stage();
    const head = await on.scene.push("x", { branch: BRANCH, files: ["x"] });
    const { number } = await on.pulls.open({ repo: REPO, branch: BRANCH, base: "main", by: "ada", title: "x" });
    const made = await on.actions.createWorkflowRun({ repo: REPO, sha: head, branch: BRANCH, by: "ada", event });
    await on.actions.updateWorkflowRun(REPO, made.id, { status: "completed", conclusion: "failure" });
    return { on, head, number };
  }

  test("are of the branch it proposes, though their own ref is its number", async () => {
    const { on, head, number } = await proposed("pull_request");
    const runs = await on.scene.get(`/actions/runs?head_sha=${head}`);
    expect(runs.body).toMatchObject({ workflow_runs: [{ prettyref: `#${number}`, event: "pull_request" }] });
    expect(await words(on, head, BRANCH)).toEqual(["CI / test (pull_request): failure"]);
  });

  test("stand beside those of its pushes", async () => {
    const { on, head } = await proposed("pull_request");
    await run(on, "success", { sha: head, branch: BRANCH });
    expect(await words(on, head, BRANCH)).toHaveLength(2);
  });

  test("are never the trunk's, also where a fast-forward makes the head its own", async () => {
    const { on, head, number } = await proposed("pull_request");
    on.scene.git.setBranch(REPO, "main", head);
    expect(await words(on, head, "main")).toEqual([]);
    expect(await words(on, head, `#${number}`)).toEqual([]);
    await run(on, "success", { sha: head, branch: "main" });
    expect(await words(on, head, "main")).toEqual(["CI / test (push): success"]);
  });

  test("are nobody's where a fork proposes, or the payload does not tell", async () => {
    const payload = (head: object) => JSON.stringify({ pull_request: { head, base: { repo_id: 1 } } });
    const wordsOf = async (event_payload: string | undefined, branch = BRANCH) => {
      const told = { id: 4, workflow_id: "ci.yml", commit_sha: "s", event: "pull_request", status: "failure" };
      const { watcher } = answering(
        Response.json([]),
        Response.json({ workflow_runs: [{ ...told, prettyref: branch === "main" ? "main" : "#3", event_payload }] }),
        Response.json({ workflow_runs: null }),
      );
      const checks = await watcher.checks("s", branch);
      return checks.known ? checks.value.map(({ word }) => word) : checks.why;
    };
    expect(await wordsOf(payload({ ref: BRANCH, repo_id: 1 }))).toEqual(["startup_failure"]);
    expect(await wordsOf(payload({ ref: BRANCH, repo_id: 2 }))).toEqual([]);
    expect(await wordsOf(undefined)).toEqual([]);
    expect(await wordsOf("{")).toEqual([]);
    // pull_request_target runs on the base branch, at the base's own commit.
    expect(await wordsOf(payload({ ref: BRANCH, repo_id: 1 }), "main")).toEqual([]);
  });
});

describe("required checks", () => {
  test("are what the branch says, as patterns", async () => {
    const on = stage();
    expect(await on.watcher.required("main")).toEqual({ known: true, value: [] });
    on.actions.setRequiredChecks(REPO, "main", ["ci/*"]);
    expect(await on.watcher.required("main")).toEqual({
      known: true,
      value: [{ name: "ci/*", app: null, pattern: true }],
    });
    await on.scene.post(`/statuses/${on.scene.base}`, { state: "success", context: "other" });
    expect(await word(on, ["ci/*"])).toBe("none");
    await on.scene.post(`/statuses/${on.scene.base}`, { state: "success", context: "ci/test" });
    expect(await word(on, ["ci/*"])).toBe("green");
  });

  test("of a branch that cannot be read are unknown", async () => {
    expect(await stage().watcher.required("nowhere")).toMatchObject({ known: false });
  });
});

describe("what Forgejo cannot do", () => {
  test("it cannot run CI again", async () => {
    const { watcher } = stage();
    expect(watcher.canRerun).toBe(false);
    expect(await watcher.rerun(["1"])).toEqual({ type: "refused", why: "Forgejo cannot rerun" });
  });

  test("it has no deployments, and says so", async () => {
    const { watcher, scene, heard } = stage();
    const about = "Forgejo has no deployments";
    const none = { state: "none", url: null, about };
    expect(await watcher.deployment(scene.base, "production")).toEqual({ known: true, value: none });
    expect(heard()).toEqual([]);
  });

  test("where it offers no log the check's page is what is left", async () => {
    const on = stage();
    await run(on, "failure");
    const checks = await on.watcher.checks(on.scene.base, "main");
    const [check] = checks.known ? checks.value : [];
    if (!check) throw new Error("no check");
    expect(check.url).toMatch(/^https:\/\/.+\/octo\/widgets\/actions\/runs\/\d+\/jobs\/0$/);
    expect(await on.watcher.failure(check, 10)).toEqual({ known: true, value: { step: null, logTail: null } });
  });

  test("where it does, the end of the failing job's is read", async () => {
    const jobs = Response.json({
      jobs: [
        { id: 1, name: "lint", status: "failure" },
        { id: 2, name: "test", status: "failure" },
      ],
    });
    const { watcher, asked } = answering(jobs, new Response("one\ntwo\nthree\n"));
    const check = { app: "actions", workflow: null, word: "failure", order: 1, url: null, jobId: null, runId: "7" };
    const tail = await watcher.failure({ ...check, name: "CI / test (push)" }, 2);
    expect(tail).toEqual({ known: true, value: { step: null, logTail: "two\nthree" } });
    expect(asked.at(-1)?.url).toMatch(/\/actions\/jobs\/2\/logs$/);
  });
});
