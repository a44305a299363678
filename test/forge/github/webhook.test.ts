import { describe, expect, test } from "vitest";
import type { Signal } from "../../../lib/core/types.ts";
import { githubHeaders, parseGithubDelivery } from "../../../lib/forge/github/webhook.ts";
import { commandContract } from "../../contracts/command-contract.ts";
import checkRunActionRequired from "../../fixtures/github/check-run-completed.action_required.json" with {
  type: "json",
};
import checkRunStale from "../../fixtures/github/check-run-completed.stale.json" with { type: "json" };
import blockedByAdded from "../../fixtures/github/issue-dependencies-blocked-by-added.json" with { type: "json" };
import issuesClosed from "../../fixtures/github/issues-closed.json" with { type: "json" };
import issuesLabeled from "../../fixtures/github/issues-labeled.json" with { type: "json" };
import startupFailure from "../../fixtures/github/workflow-run-completed.startup_failure.json" with { type: "json" };

import { REPO, stage } from "./stage.ts";

const repository = { id: 7, name: "n", full_name: "o/n", owner: { login: "o" }, default_branch: "main" };
const repo = { forge: "github", owner: "o", name: "n", id: "7" };

/** Captured of a branch of somebody's. */
const onDefault = ({ check_run, repository }: typeof checkRunStale) => ({
  check_run: { ...check_run, check_suite: { head_branch: repository.default_branch } },
});

describe("the captured deliveries", () => {
  test.each([
    ["issues", issuesLabeled, "issue", "labeled", issuesLabeled.issue.number],
    ["issues", issuesClosed, "issue", "closed", issuesClosed.issue.number],
    ["issue_dependencies", blockedByAdded, "dependency", "blocked_by_added", blockedByAdded.blocked_issue.number],
    ["check_run", { ...checkRunStale, ...onDefault(checkRunStale) }, "ci", "completed", null],
    ["workflow_run", startupFailure, "ci", "completed", null],
  ])("%s is read", (event, payload, type, action, issue) => {
    const { id, full_name } = payload.repository;
    const [owner, name] = full_name.split("/");
    expect(parseGithubDelivery(event, payload)).toEqual({
      type,
      action,
      issue,
      repo: { forge: "github", owner, name, id: String(id) },
    });
  });
});

describe("CI wakes for the trunk, for branches of ours and of a merge queue, and where no branch is told", () => {
  const NAMING: [string, (...branches: (string | null)[]) => object][] = [
    ["check_run", (branch) => ({ action: "completed", check_run: { check_suite: { head_branch: branch } } })],
    ["check_suite", (branch) => ({ action: "completed", check_suite: { head_branch: branch } })],
    ["workflow_run", (branch) => ({ action: "completed", workflow_run: { head_branch: branch } })],
    ["status", (...names) => ({ state: "success", branches: names.flatMap((name) => (name ? { name } : [])) })],
  ];
  const told = (event: string, payload: object, there: object = repository) =>
    parseGithubDelivery(event, { ...payload, repository: there });
  const another = { type: "ignored", reason: "CI of another branch" };
  const ten = Array.from({ length: 10 }, (_, index) => `topic-${index}`);

  describe.each(NAMING)("%s", (event, of) => {
    test.each(["main", "afk/5-a1b2c3d4e5f60718", "gh-readonly-queue/main/pr-7-0f", null, ""])("of %j", (branch) => {
      expect(told(event, of(branch))).toMatchObject({ type: "ci", repo });
    });

    test.each(["topic", "main-2", "topic/main", "my/afk/5-a", "afk", "v1.2.3"])("not of %j", (branch) => {
      expect(told(event, of(branch))).toEqual(another);
    });

    test("where no default branch is told", () => {
      const { default_branch: _, ...unsaid } = repository;
      expect(told(event, of("topic"), unsaid)).toMatchObject({ type: "ci" });
    });
  });

  test.each<[string, string[], string]>([
    ["one of ours among people's", ["topic", "afk/5-a1"], "ci"],
    ["people's alone", ["topic", "next"], "ignored"],
    ["as many as are told, whatever was left out", ten, "ci"],
    ["all but one of them", ten.slice(1), "ignored"],
  ])("a status of %s", (_which, branches, type) => {
    expect(told("status", { state: "success", branches: branches.map((name) => ({ name })) })).toMatchObject({ type });
  });

  test.each([checkRunStale, checkRunActionRequired])("a captured check of somebody's branch does not", (payload) => {
    expect(parseGithubDelivery("check_run", payload)).toEqual(another);
  });
});

describe("a signal says what was told, of which repo and issue", () => {
  const pushOf = (ref: string) => ({ ref, deleted: false });
  const deployment = { deployment: {}, deployment_status: { state: "success" } };
  const dependency = { blocked_issue: { number: 4 }, blocking_issue: { number: 9 } };
  const READ: [string, object, Signal["type"], string, number | null][] = [
    ...["opened", "edited", "closed", "reopened", "labeled", "unlabeled", "deleted", "transferred"].map(
      (action): [string, object, Signal["type"], string, number] => [
        "issues",
        { action, issue: { number: 3 } },
        "issue",
        action,
        3,
      ],
    ),
    ["issue_comment", { action: "created", issue: { number: 3 } }, "comment", "created", 3],
    [
      "issue_comment",
      { action: "created", issue: { number: 3 }, comment: { id: 9, body: "Hm." } },
      "comment",
      "created",
      3,
    ],
    [
      "issue_comment",
      { action: "edited", issue: { number: 3 }, comment: { id: 9, body: "/afk why" } },
      "comment",
      "edited",
      3,
    ],
    ["issue_comment", { action: "edited", issue: { number: 3 } }, "comment", "edited", 3],
    ["issue_comment", { action: "deleted", issue: { number: 3 } }, "comment", "deleted", 3],
    // A comment on a pull request names the pull request's number, which is no issue of ours.
    ["issue_comment", { action: "created", issue: { number: 3, pull_request: {} } }, "pull_request", "created", null],
    ["issue_dependencies", { action: "blocked_by_added", ...dependency }, "dependency", "blocked_by_added", 4],
    ["issue_dependencies", { action: "blocked_by_removed", ...dependency }, "dependency", "blocked_by_removed", 4],
    // The other direction is told to the blocker's repo, which may not be the blocked issue's.
    ["issue_dependencies", { action: "blocking_added", ...dependency }, "dependency", "blocking_added", 9],
    ["issue_dependencies", { action: "blocking_removed", ...dependency }, "dependency", "blocking_removed", 9],
    ["push", pushOf("refs/heads/main"), "push", "pushed", null],
    ["push", pushOf("refs/heads/afk/12-a1b2c3"), "push", "pushed", 12],
    ["push", pushOf("refs/heads/afk/odd"), "push", "pushed", null],
    ["check_run", { action: "created" }, "ci", "created", null],
    ["check_run", { action: "completed" }, "ci", "completed", null],
    ["check_run", { action: "rerequested" }, "ci", "rerequested", null],
    ["check_suite", { action: "completed" }, "ci", "completed", null],
    ["check_suite", { action: "requested" }, "ci", "requested", null],
    ["workflow_run", { action: "requested" }, "ci", "requested", null],
    ["workflow_run", { action: "in_progress" }, "ci", "in_progress", null],
    ["workflow_run", { action: "completed" }, "ci", "completed", null],
    ["status", { state: "pending" }, "ci", "pending", null],
    ["status", { state: "error" }, "ci", "error", null],
    ["deployment", { action: "created", deployment: {} }, "deployment", "created", null],
    ["deployment_status", { action: "created", ...deployment }, "deployment", "created", null],
    ["pull_request", { action: "opened", pull_request: { head: { ref: "fix" } } }, "pull_request", "opened", null],
    ...[
      ...["opened", "edited", "closed", "reopened", "synchronize", "ready_for_review", "converted_to_draft"].map(
        (action) => ["pull_request", action],
      ),
      ...["auto_merge_enabled", "auto_merge_disabled", "enqueued", "dequeued"].map((action) => [
        "pull_request",
        action,
      ]),
      ...["submitted", "edited", "dismissed"].map((action) => ["pull_request_review", action]),
      ...["created", "edited", "deleted"].map((action) => ["pull_request_review_comment", action]),
      ...["resolved", "unresolved"].map((action) => ["pull_request_review_thread", action]),
    ].map(([event = "", action = ""]): [string, object, Signal["type"], string, number] => [
      event,
      { action, pull_request: { head: { ref: "afk/5-xyz" } } },
      "pull_request",
      action,
      5,
    ]),
    [
      "pull_request_review",
      { action: "submitted", pull_request: { head: { ref: "fix" } } },
      "pull_request",
      "submitted",
      null,
    ],
    ["merge_group", { action: "checks_requested", merge_group: {} }, "pull_request", "checks_requested", null],
    ["merge_group", { action: "destroyed", merge_group: {} }, "pull_request", "destroyed", null],
    ["repository", { action: "renamed" }, "repository", "renamed", null],
    ["repository", { action: "archived" }, "repository", "archived", null],
  ];
  test.each(READ)("%s %j", (event, payload, type, action, issue) => {
    expect(parseGithubDelivery(event, { ...payload, repository })).toEqual({ type, action, issue, repo });
  });

  test("an old push names the default branch as master_branch", () => {
    const { default_branch: _, ...old } = repository;
    const payload = { ref: "refs/heads/trunk", repository: { ...old, master_branch: "trunk" } };
    expect(parseGithubDelivery("push", payload)).toMatchObject({ type: "push", repo });
  });
});

test("everything the stand-in tells of a pull request of ours wakes, and names its issue", async () => {
  const { scene, pulls, ci } = stage();
  const branch = "afk/5-a1b2c3d4e5f60718";
  const head = await scene.push("Stand", { branch, files: ["src/stand.ts"] });
  const { number } = await pulls.open({ repo: REPO, branch, base: "main", by: "afk-loop", title: "Stand" });
  pulls.setRules(REPO, "main", { approvals: 1, queue: true });
  const at = { repo: REPO, number, by: "ada" };
  scene.sent.length = 0;
  const comments = [{ path: "src/stand.ts", line: 1, body: "Why?" }];
  const { id } = await pulls.review({ ...at, verdict: "request_changes", body: "No.", comments });
  pulls.dismiss({ ...at, review: id });
  await pulls.setDraft({ ...at, draft: true });
  await pulls.setDraft({ ...at, draft: false });
  await ci.setStatus({ repo: REPO, sha: head, context: "test", state: "success", by: "ada" });
  await pulls.review({ ...at, verdict: "approve" });
  await pulls.enqueue(at);
  const told = scene.sent.map(({ event, body }) => [event, parseGithubDelivery(event, JSON.parse(body))] as const);
  const read = told.flatMap(([event, signal]) =>
    signal.type === "pull_request" ? [`${event}.${signal.action} #${signal.issue}`] : [],
  );
  expect(read).toEqual([
    "pull_request_review.submitted #5",
    "pull_request_review_comment.created #5",
    "pull_request_review.dismissed #5",
    "pull_request.converted_to_draft #5",
    "pull_request.ready_for_review #5",
    "pull_request_review.submitted #5",
    "pull_request.enqueued #5",
    "merge_group.checks_requested #null",
    "pull_request.closed #5",
    "merge_group.destroyed #null",
    "pull_request.dequeued #5",
  ]);
});

test("everything CI tells of a branch of ours wakes, and so does every step of a deployment", async () => {
  const { scene, ci } = stage();
  const branch = "afk/5-a1b2c3d4e5f60718";
  const sha = await scene.push("Test it", { branch, files: ["test/widget.test.ts"] });
  scene.sent.length = 0;
  const run = await ci.createWorkflowRun({ repo: REPO, sha, branch, by: "ada" });
  await ci.updateWorkflowRun(REPO, run.id, { status: "in_progress" });
  await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure" });
  await scene.github.rerunByHand(REPO, run.id);
  await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
  await ci.setStatus({ repo: REPO, sha, context: "legacy", state: "success", by: "ada" });
  ci.deploy({ repo: REPO, sha: scene.base, environment: "production", by: "ada", state: "success" });
  const told = scene.sent.map(({ event, body }) => [event, parseGithubDelivery(event, JSON.parse(body))] as const);
  expect(told.map(([event, signal]) => `${event}: ${signal.type}`)).toEqual([
    ...["workflow_run: ci", "check_run: ci"],
    "workflow_run: ci",
    ...["check_run: ci", "check_suite: ci", "workflow_run: ci"],
    ...["workflow_run: ci", "check_run: ci"],
    ...["check_run: ci", "check_suite: ci", "workflow_run: ci"],
    "status: ci",
    ...["deployment: deployment", "deployment_status: deployment"],
  ]);
});

describe("what is ignored says why", () => {
  const IGNORED: [string, unknown, string][] = [
    ["ping", { zen: "…" }, "ping"],
    ["star", { action: "created", repository }, "event not read: star"],
    ["sub_issues", { action: "sub_issue_added", repository }, "event not read: sub_issues"],
    ["__proto__", { repository }, "event not read: __proto__"],
    ["toString", { repository }, "event not read: toString"],
    ["x".repeat(100), { repository }, `event not read: ${"x".repeat(60)}`],
    ["issues", { action: "assigned", issue: { number: 1 }, repository }, "action not read: issues.assigned"],
    ["issues", { action: "milestoned", issue: { number: 1 }, repository }, "action not read: issues.milestoned"],
    ["check_run", { action: "requested_action", repository }, "action not read: check_run.requested_action"],
    ["pull_request", { action: "labeled", repository }, "action not read: pull_request.labeled"],
    ["pull_request_review", { action: "invented", repository }, "action not read: pull_request_review.invented"],
    ["repository", { action: "created", repository }, "action not read: repository.created"],
    ["push", { ref: "refs/tags/v1", repository }, "push of a tag"],
    ["push", { ref: "refs/tags/v1", deleted: true, repository }, "push of a tag"],
    ["push", { ref: "refs/heads/main", deleted: true, repository }, "branch deleted"],
    ["push", { ref: "refs/heads/afk/1-a", deleted: true, repository }, "branch deleted"],
    ["push", { ref: "refs/heads/topic", repository }, "push of another branch"],
    ["push", { ref: "refs/heads/topic/main", repository }, "push of another branch"],
    ["push", { repository }, "payload without ref"],
    ["issues", { action: "labeled", repository }, "payload without issue number"],
    ["issues", { action: "labeled", issue: { number: "3" }, repository }, "payload without issue number"],
    ["issue_dependencies", { action: "blocked_by_added", repository }, "payload without issue number"],
    ["issues", { issue: { number: 1 }, repository }, "payload without action"],
    ["status", { repository }, "payload without state"],
    ["issues", { action: "labeled", issue: { number: 1 } }, "payload without repository id"],
    ["issues", { action: "labeled", repository: { full_name: "o/n" } }, "payload without repository id"],
    ["issues", { action: "labeled", repository: { id: 7 } }, "payload without repository name"],
    ["issues", { action: "labeled", repository: { id: 7, full_name: "o/n/m" } }, "payload without repository name"],
    ["issues", { action: "labeled", repository: { id: 7, full_name: "o/n\n" } }, "payload without repository name"],
    ["issues", { action: "labeled", repository: [] }, "payload without repository id"],
    ["issues", [], "payload without repository id"],
    ["issues", null, "payload without repository id"],
    ["issues", "labeled", "payload without repository id"],
  ];
  test.each(IGNORED)("%s %j: %s", (event, payload, reason) => {
    expect(parseGithubDelivery(event, payload)).toEqual({ type: "ignored", reason });
  });
});

test.each([
  [`sha256=${"a".repeat(64)}`, "a".repeat(64)],
  ["sha256=", null],
  ["", null],
  ["a".repeat(64), null],
  [`sha1=${"a".repeat(40)}`, null],
  [`sha256=${"a".repeat(64)} `, null],
])("the digest of %j is %j", (value, digest) => {
  expect(githubHeaders.digest(value)).toBe(digest);
});

describe("a comment that begins with a command is named, and no other", () => {
  commandContract(parseGithubDelivery, repository);
});
