import { describe, expect, test } from "vitest";
import { judgeCommit } from "../../../lib/core/ci-verdict.ts";
import { needsWorkflowRuns, type OfBranch, toChecks } from "../../../lib/forge/github/checks.ts";
import type { CheckRun, CommitStatus, WorkflowRun } from "../../../lib/forge/github/payloads.ts";

const ACTIONS = { id: "15368", slug: "github-actions" };
const LINTER = { id: "29310", slug: "linter" };
const at = (minute: number) => `2026-11-01T09:${String(minute).padStart(2, "0")}:00Z`;

const onMain: OfBranch = (branch) => branch === "main";

let ids = 100;
function job(suite: string, word: string, more: Partial<CheckRun> = {}): CheckRun {
  const over = !["queued", "in_progress", "waiting", "pending"].includes(word);
  return {
    id: String(ids++),
    name: "test",
    status: over ? "completed" : word,
    conclusion: over ? word : null,
    started_at: at(1),
    html_url: null,
    app: ACTIONS,
    check_suite: { id: suite },
    ...more,
  };
}

function workflow(suite: string, word: string, more: Partial<WorkflowRun> = {}): WorkflowRun {
  const over = !["queued", "in_progress", "waiting", "requested"].includes(word);
  return {
    id: `run-${suite}`,
    name: "CI",
    path: ".github/workflows/ci.yml",
    workflow_id: "1",
    event: "push",
    head_branch: "main",
    status: over ? "completed" : word,
    conclusion: over ? word : null,
    run_number: 1,
    run_started_at: at(0),
    check_suite_id: suite,
    ...more,
  };
}

const status = (word: string, more: Partial<CommitStatus> = {}): CommitStatus => ({
  state: word,
  context: "legacy",
  updated_at: at(2),
  ...more,
});

const seen = (checkRuns: CheckRun[], workflowRuns: WorkflowRun[] | null, statuses: CommitStatus[] = []) =>
  toChecks(checkRuns, statuses, workflowRuns, onMain).map(({ workflow, name, word }) =>
    [workflow, name, word].join(" | "),
  );

const KNOWN = new Map([
  ["known", { head_branch: "main", event: "push" }],
  ["elsewhere", { head_branch: "afk/1-abc", event: "push" }],
  ["triage", { head_branch: "main", event: "issues" }],
]);

describe("a look needs the workflow runs", () => {
  test.each([
    ["when there is nothing at all", [], [], true],
    ["when everything is over", [job("1", "success")], [status("success")], true],
    ["when statuses alone are over", [], [status("failure")], true],
    ["while Actions alone waits: for the commit's own workflow?", [job("1", "in_progress")], [status("success")], true],
    ["not while a suite waits that is known to be of the commit", [job("known", "in_progress")], [], false],
    ["while one waits that is known to be of another branch", [job("elsewhere", "in_progress")], [], true],
    ["while one waits that is known to be set off by an issue", [job("triage", "in_progress")], [], true],
    ["not while a check of another app waits", [job("9", "queued", { app: LINTER })], [], false],
    ["not while a status waits", [job("1", "in_progress")], [status("pending")], false],
    ["when a job failed while a status waits: whose branch?", [job("1", "failure")], [status("pending")], true],
    [
      "not for another app's failure while something waits",
      [job("9", "failure", { app: LINTER }), job("2", "success")],
      [status("pending")],
      false,
    ],
  ])("%s", (_name, checkRuns, statuses, needed) => {
    expect(needsWorkflowRuns(checkRuns, statuses, KNOWN, onMain)).toBe(needed);
  });
});

describe("a check run", () => {
  test("of Actions bears its workflow's name and run, and its own job", () => {
    const run = job("1", "failure", { id: "7", html_url: "https://github.test/job/7" });
    expect(toChecks([run], [], [workflow("1", "failure")], onMain)).toEqual([
      {
        app: "15368",
        workflow: "CI",
        event: "push",
        name: "test",
        word: "failure",
        order: Date.parse(at(1)),
        url: "https://github.test/job/7",
        jobId: "7",
        runId: "run-1",
      },
    ]);
  });

  test("of another app has neither, and its app's id", () => {
    const run = job("9", "success", { app: LINTER, name: "lint" });
    expect(toChecks([run], [], [], onMain)).toMatchObject([
      { app: "29310", workflow: null, name: "lint", word: "success", jobId: null, runId: null },
    ]);
  });

  test("is told in the forge's own word, finished or not, known or not", () => {
    const words = ["queued", "in_progress", "waiting", "success", "stale", "startup_failure", "something_new"];
    expect(words.map((word) => toChecks([job("1", word)], [], [], onMain)[0]?.word)).toEqual(words);
    expect(toChecks([job("1", "x", { status: "completed", conclusion: null })], [], [], onMain)[0]?.word).toBe(
      "completed",
    );
  });

  test("of a workflow run of another branch, of a tag or of a fork is left out", () => {
    const elsewhere = ["afk/1-abc", "v1.0", null].map((head_branch, index) =>
      workflow(`${index}`, "failure", { head_branch, workflow_id: `${index}` }),
    );
    expect(seen([job("0", "failure"), job("1", "failure"), job("2", "failure")], elsewhere)).toEqual([]);
  });

  test.each(["issues", "issue_comment", "label", "discussion", "check_suite", "watch"])(
    "of a workflow that %s set off says nothing of the commit, nor does its workflow run",
    (event) => {
      const triage = workflow("2", "failure", { event, workflow_id: "2", name: "Triage" });
      expect(seen([job("2", "failure")], [triage])).toEqual([]);
      expect(seen([], [{ ...triage, status: "queued", conclusion: null }])).toEqual([]);
      expect(seen([job("1", "success"), job("2", "in_progress")], [triage, workflow("1", "success")])).toEqual([
        "CI | test | success",
      ]);
    },
  );

  test.each([
    "push",
    "pull_request",
    "pull_request_target",
    "merge_group",
    "workflow_run",
    "workflow_dispatch",
    "schedule",
    "release",
    "dynamic",
    "something_new",
  ])("of a workflow that %s set off counts", (event) => {
    expect(seen([job("1", "failure")], [workflow("1", "failure", { event })])).toEqual(["CI | test | failure"]);
  });

  test("whose workflow run is not among those read is kept, apart from every other", () => {
    const both = [job("1", "failure"), job("2", "success")];
    expect(seen(both, null)).toEqual(["suite 1 | test | failure", "suite 2 | test | success"]);
    expect(seen(both, [workflow("1", "failure")])).toEqual(["CI | test | failure", "suite 2 | test | success"]);
  });

  test("is listed by its id, so that of two that began together the newer is last", () => {
    const [older, newer] = [job("2", "success", { id: "9" }), job("1", "failure", { id: "10" })];
    expect(toChecks([newer, older], [], [], onMain).map(({ jobId }) => jobId)).toEqual(["9", "10"]);
  });

  test("that has not begun is newer than every one that has", () => {
    const [old, next, odd] = toChecks(
      [job("1", "failure"), job("1", "queued", { started_at: null }), job("1", "success", { started_at: null })],
      [],
      [],
      onMain,
    );
    expect(old?.order).toBe(Date.parse(at(1)));
    expect(next?.order).toBe(Number.MAX_SAFE_INTEGER);
    expect(odd?.order).toBe(0);
  });
});

describe("a workflow run is a check itself", () => {
  test.each([
    ["while it is queued without jobs", "queued", [], "CI | CI (run) | queued"],
    ["when it never began", "startup_failure", [], "CI | CI (run) | startup_failure"],
    ["when it waits for an approval", "action_required", [], "CI | CI (run) | action_required"],
    ["when it succeeded without a job", "success", [], "CI | CI (run) | success"],
    ["while jobs that need others have no check run yet", "in_progress", ["success"], "CI | CI (run) | in_progress"],
    [
      "when it was cancelled after its jobs were fine",
      "cancelled",
      ["success", "skipped"],
      "CI | CI (run) | cancelled",
    ],
    ["when its time was over after its jobs were fine", "timed_out", ["success"], "CI | CI (run) | timed_out"],
    ["when it failed though its jobs were fine", "failure", ["success"], "CI | CI (run) | failure"],
  ])("%s", (_name, word, jobs, told) => {
    const checkRuns = jobs.map((jobWord, index) => job("1", jobWord, { name: `job ${index}` }));
    expect(seen(checkRuns, [workflow("1", word)])).toContain(told);
  });

  test.each([
    ["its jobs tell that it is fine", "success", ["success"]],
    ["a job tells what failed", "failure", ["failure", "success"]],
    ["a job tells that it was cancelled", "cancelled", ["success", "cancelled"]],
    ["a job still runs", "in_progress", ["success", "in_progress"]],
  ])("but not where %s", (_name, word, jobs) => {
    const checkRuns = jobs.map((jobWord, index) => job("1", jobWord, { name: `job ${index}` }));
    expect(seen(checkRuns, [workflow("1", word)]).filter((told) => told.includes("(run)"))).toEqual([]);
  });

  test("only the newest of one workflow and event; the jobs of the others still count", () => {
    const runs = [workflow("2", "success", { run_number: 2 }), workflow("1", "startup_failure")];
    expect(seen([job("2", "success"), job("1", "failure")], runs)).toEqual([
      "CI | test | success",
      "CI | test | failure",
    ]);
    const manual = workflow("3", "cancelled", { event: "workflow_dispatch", run_number: 3 });
    expect(seen([job("2", "success")], [...runs, manual])).toEqual([
      "CI | test | success",
      "CI | CI (run) | cancelled",
    ]);
  });

  test("of another branch is left out", () => {
    expect(seen([], [workflow("1", "startup_failure", { head_branch: "afk/1-abc" })])).toEqual([]);
  });

  test("is never hidden by a job of its name", () => {
    expect(seen([job("1", "success", { name: "CI" })], [workflow("1", "cancelled")])).toEqual([
      "CI | CI | success",
      "CI | CI (run) | cancelled",
    ]);
  });

  test("two workflows of one name are told apart by their files", () => {
    const other = workflow("2", "success", { workflow_id: "2", path: ".github/workflows/other.yml" });
    expect(seen([job("1", "failure"), job("2", "success")], [workflow("1", "failure"), other])).toEqual([
      "CI [.github/workflows/ci.yml] | test | failure",
      "CI [.github/workflows/other.yml] | test | success",
    ]);
  });
});

describe("a commit status", () => {
  test("is a check of the app its avatar names, or of nobody's", () => {
    const avatar = (avatar_url: string | null) => toChecks([], [status("error", { avatar_url })], [], onMain)[0];
    expect(avatar("https://avatars.githubusercontent.com/in/254?v=4")).toMatchObject({
      app: "254",
      workflow: null,
      name: "legacy",
      word: "error",
    });
    expect(avatar("https://avatars.githubusercontent.com/u/254?v=4")?.app).toBe("status");
    expect(avatar(null)?.app).toBe("status");
  });

  test("does not hide the check run of the same name from the same app, nor is hidden by it", () => {
    const avatar_url = "https://avatars.githubusercontent.com/in/29310";
    const checks = toChecks(
      [job("9", "success", { app: LINTER, name: "lint" })],
      [status("failure", { context: "lint", avatar_url })],
      [],
      onMain,
    );
    expect(checks.map(({ app, name, word }) => [app, name, word])).toEqual([
      ["29310", "lint", "success"],
      ["status", "lint", "failure"],
    ]);
  });
});

describe("two jobs of one name in one workflow run", () => {
  const both = (first: string, second: string, run: string) => {
    const jobs = [job("1", first, { id: "7" }), job("1", second, { id: "8", started_at: at(2) })];
    const checks = toChecks(jobs, [], [workflow("1", run)], onMain);
    return judgeCommit(checks, { required: [], awaited: [] }, "over").word;
  };

  test.each([
    ["a red that began before a green", "failure", "success", "failure", "red"],
    ["a green that began before a red", "success", "failure", "failure", "red"],
    ["one that is still at it, and began before a green", "in_progress", "success", "in_progress", "pending"],
    ["one that is still at it, and began after a green", "success", "in_progress", "in_progress", "pending"],
    ["two greens", "success", "success", "success", "green"],
  ])("%s", (_what, first, second, run, word) => {
    expect(both(first, second, run)).toBe(word);
  });
});
