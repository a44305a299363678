/** The stand-in's pull requests as GitHub has them: what is told, what is refused, what happens by itself. */
import { beforeEach, describe, expect, test } from "vitest";
import { REPO, Scene } from "./scene.ts";

let scene: Scene;
let head: string;
const TOPIC = "topic";
const on = { repo: REPO, number: 2, by: "ada" };

beforeEach(async () => {
  scene = new Scene();
  scene.issue("Widgets wobble");
  head = await scene.push("Stand", { branch: TOPIC, files: ["src/stand.ts"] });
  await scene.github.pulls.open({
    repo: REPO,
    branch: TOPIC,
    base: "main",
    by: "ada",
    title: "Stand",
    body: "Fixes #1",
  });
  scene.heard();
});

const pulls = () => scene.github.pulls;
const seen = () => pulls().all(REPO)[0];
const trunk = () => scene.git.head(REPO, "main");
const last = (event: string): Record<string, unknown> =>
  JSON.parse(scene.github.deliveries.findLast((each) => each.event === event)?.body ?? "{}");
const status = (sha: string, state: "success" | "failure" | "pending" = "success", context = "test") =>
  scene.github.ci.setStatus({ repo: REPO, sha, context, state, by: "ada" });
const both = (...acts: unknown[]) => Promise.all(acts);
const merge = (body: object = {}) => scene.call("PUT", `/repos/${REPO}/pulls/2/merge`, body);

describe("a pull request is an issue with a head", () => {
  test("it takes a number of the same row, is listed among issues, and is none on the pages of issues", async () => {
    expect(seen()).toMatchObject({ number: 2, state: "open", head, scheduled: false });
    expect((await scene.get("/issues/2")).body).toMatchObject({ number: 2, pull_request: { merged_at: null } });
    expect((await scene.get("/issues/1")).body).not.toHaveProperty("pull_request");
    expect(scene.github.issues(REPO).map(({ number }) => number)).toEqual([1]);
    expect(scene.github.issue(REPO, 2)).toBeUndefined();
    scene.github.assertContract();
  });

  test("what is done to it is told as pull_request", async () => {
    pulls().close(on);
    pulls().reopen(on);
    await pulls().setDraft({ ...on, draft: true });
    await pulls().setDraft({ ...on, draft: false });
    scene.github.people.label({ ...on, label: "bug" });
    scene.github.people.comment({ ...on, body: "Hm" });
    expect((await scene.patch("/pulls/2", { title: "Stand still" })).status).toBe(200);
    await scene.push("More", { branch: TOPIC, files: ["src/more.ts"] });
    expect(scene.heard()).toEqual([
      "pull_request.closed",
      "pull_request.reopened",
      "pull_request.converted_to_draft",
      "pull_request.ready_for_review",
      "pull_request.labeled",
      "issue_comment.created",
      "pull_request.edited",
      "push",
      "pull_request.synchronize",
    ]);
    expect(last("pull_request")).toMatchObject({
      number: 2,
      pull_request: { head: { ref: TOPIC }, base: { ref: "main" } },
    });
  });

  test("it is closed when its branch goes", async () => {
    expect((await scene.delete(`/git/refs/heads/${TOPIC}`)).status).toBe(204);
    expect(seen()).toMatchObject({ state: "closed", head });
    expect(scene.heard()).toEqual(["push", "pull_request.closed"]);
    expect((await scene.delete(`/git/refs/heads/${TOPIC}`)).body).toMatchObject({
      message: "Reference does not exist",
    });
  });
});

describe("opening is refused", () => {
  const wanted = { head: "other", base: "main", title: "Other" };
  test.each<[string, object, number, string]>([
    ["without a title", { ...wanted, title: "" }, 422, "missing_field"],
    ["from a branch that is not there", { ...wanted, head: "nope" }, 422, "invalid"],
    ["to a branch that is not there", { ...wanted, base: "nope" }, 422, "invalid"],
    [
      "a second time for the same pair",
      { ...wanted, head: TOPIC },
      422,
      "A pull request already exists for octo:topic.",
    ],
    ["with nothing between the two", { ...wanted, head: "same" }, 422, "No commits between main and same"],
    ["with a body that is too long", { ...wanted, body: "x".repeat(65_537) }, 422, "body is too long"],
  ])("%s", async (_, body, code, words) => {
    await scene.push("Other", { branch: "other" });
    scene.git.setBranch(REPO, "same", scene.base);
    const told = await scene.post("/pulls", body);
    expect(told.status).toBe(code);
    expect(JSON.stringify(told.body)).toContain(words);
    expect(pulls().all(REPO)).toHaveLength(1);
  });

  test("to who may only read", async () => {
    scene.github.people.setPermission(REPO, "afk-loop", "read");
    expect((await scene.post("/pulls", { ...wanted, head: TOPIC })).status).toBe(403);
    expect((await merge()).status).toBe(403);
    expect((await scene.delete(`/git/refs/heads/${TOPIC}`)).status).toBe(403);
    await expect(pulls().open({ ...on, branch: TOPIC, base: "main", by: "stranger", title: "x" })).rejects.toThrow();
  });
});

describe("a merge", () => {
  test("makes a commit, moves the trunk, closes what its text closes, and is told", async () => {
    expect(await merge({ merge_method: "squash" })).toMatchObject({
      status: 200,
      body: { merged: true, sha: await trunk() },
    });
    expect(await scene.git.commit(REPO, (await trunk()) ?? "")).toMatchObject({
      message: "Stand (#2)",
      parents: [scene.base],
      files: ["src/stand.ts"],
    });
    expect(scene.heard()).toEqual(["pull_request.closed", "issues.closed", "push"]);
    expect(last("pull_request")).toMatchObject({ pull_request: { merged: true, merged_by: { login: "afk-loop" } } });
    expect((await scene.get("/issues/1/events")).body).toMatchObject([
      { event: "closed", commit_id: null, actor: { login: "afk-loop" } },
    ]);
    expect((await scene.get("/pulls/2")).body).toMatchObject({ merged: true, merge_commit_sha: await trunk() });
    expect(scene.github.violations).toEqual([]);
  });

  test("is one by whoever brings the whole head to the trunk", async () => {
    const sha = scene.git.add(REPO, "main", { message: "By hand", parents: [scene.base, head] });
    await scene.github.pushed(REPO, "main", scene.base, sha, "ada");
    expect(seen()).toMatchObject({ state: "merged", mergedBy: "ada", mergeCommit: sha });
  });

  test.each<[string, () => unknown, object, number, RegExp]>([
    ["of a draft", () => pulls().setDraft({ ...on, draft: true }), {}, 405, /still a draft/],
    ["of a conflict", () => scene.push("Else", { files: ["src/stand.ts"] }), {}, 405, /not mergeable/],
    ["of one that is closed", () => pulls().close(on), {}, 405, /not mergeable/],
    ["of one that is merged", () => pulls().merge(on), {}, 405, /not mergeable/],
    ["without approval", () => rule({ approvals: 1 }), {}, 405, /approving review is required/],
    ["without its checks", () => rule({ checks: ["test"] }), {}, 405, /"test" is expected/],
    [
      "with a pending check",
      () => both(rule({ checks: ["test"] }), status(head, "pending")),
      {},
      405,
      /"test" is pending/,
    ],
    [
      "with a failing check",
      () => both(rule({ checks: ["test"] }), status(head, "failure")),
      {},
      405,
      /"test" is failing/,
    ],
    ["of one that is behind", () => both(rule({ upToDate: true }), scene.push("Else")), {}, 405, /not up to date/],
    ["beside the queue", () => rule({ queue: true }), {}, 405, /merge queue/],
    [
      "in a way the repo does not allow",
      () => pulls().setMerging(REPO, { methods: ["squash"] }),
      {},
      405,
      /not allowed/,
    ],
    ["in a way nobody knows", () => {}, { merge_method: "fold" }, 422, /Validation/],
    ["of another head", () => {}, { sha: "0".repeat(40) }, 409, /Head branch was modified/],
  ])("%s is refused", async (_, before, body, code, words) => {
    await before();
    const at = await trunk();
    const told = await merge(body);
    expect(told.status).toBe(code);
    expect(JSON.stringify(told.body).replaceAll('\\"', '"')).toMatch(words);
    expect(await trunk()).toBe(at);
  });

  test("may take the branch with it", async () => {
    pulls().setMerging(REPO, { deleteBranch: true });
    await merge();
    expect(await scene.git.head(REPO, TOPIC)).toBeUndefined();
    expect(seen()).toMatchObject({ state: "merged", head });
  });

  const rule = (rules: Parameters<Scene["github"]["pulls"]["setRules"]>[2]) => pulls().setRules(REPO, "main", rules);
});

describe("reviews", () => {
  test("are told with their comments", async () => {
    const comments = [{ path: "src/stand.ts", line: 3, body: "Why?" }];
    await pulls().review({ ...on, by: "stranger", verdict: "request_changes", body: "No.", comments });
    expect(scene.heard()).toEqual(["pull_request_review.submitted", "pull_request_review_comment.created"]);
    expect(last("pull_request_review")).toMatchObject({ review: { state: "changes_requested", commit_id: head } });
    expect((await scene.get("/pulls/2/reviews")).body).toMatchObject([{ state: "CHANGES_REQUESTED", body: "No." }]);
    const [comment] = (await scene.get("/pulls/2/comments")).body as { id: number }[];
    expect((await scene.post(`/pulls/2/comments/${comment?.id}/replies`, { body: "Because." })).status).toBe(201);
    expect((await scene.get("/pulls/2/comments")).body).toMatchObject([{}, { in_reply_to_id: comment?.id }]);
  });

  test("of one's own are comments at most, and say something", async () => {
    await expect(pulls().review({ ...on, verdict: "approve" })).rejects.toThrow("your own");
    await expect(pulls().review({ ...on, by: "octo", verdict: "comment" })).rejects.toThrow("says something");
    await pulls().review({ ...on, verdict: "comment", body: "Note." });
  });

  test("by a stranger are no approval, and one that was dismissed is none", async () => {
    pulls().setRules(REPO, "main", { approvals: 1 });
    await pulls().review({ ...on, by: "stranger", verdict: "approve" });
    await expect(pulls().merge(on)).rejects.toThrow("approving review");
    const { id } = await pulls().review({ ...on, by: "octo", verdict: "approve" });
    pulls().dismiss({ ...on, review: id });
    await expect(pulls().merge(on)).rejects.toThrow("approving review");
    await pulls().review({ ...on, by: "octo", verdict: "approve" });
    expect(await pulls().merge(on)).toBe(await trunk());
  });

  test.each([true, false])("of an older head count unless a push dismisses them: %s", async (dismissStale) => {
    pulls().setRules(REPO, "main", { approvals: 1, dismissStale });
    await pulls().review({ ...on, by: "octo", verdict: "approve" });
    scene.heard();
    await scene.push("More", { branch: TOPIC, files: ["src/more.ts"] });
    const told = scene.heard().filter((each) => each === "pull_request_review.dismissed");
    expect(told).toHaveLength(dismissStale ? 1 : 0);
    const merged = pulls().merge(on);
    if (dismissStale) await expect(merged).rejects.toThrow("approving review");
    else expect(await merged).toBe(await trunk());
  });
});

describe("auto-merge", () => {
  const enable = (input: object = {}) =>
    scene.call("POST", "/graphql", {
      query:
        "mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { pullRequest { number } } }",
      variables: { input: { pullRequestId: id(), ...input } },
    });
  const id = () => `PR_kwDO${scene.github.state.repos[0]?.issues[1]?.id.toString(36)}`;

  test("waits for every rule, and for nothing else", async () => {
    pulls().setRules(REPO, "main", { approvals: 1, checks: ["test"], upToDate: true });
    await enable({ mergeMethod: "SQUASH" });
    await pulls().review({ ...on, by: "octo", verdict: "approve" });
    await scene.github.pulls.settle(REPO);
    expect(seen()).toMatchObject({ state: "open", scheduled: true });
    await pulls().setDraft({ ...on, draft: true });
    await status(head);
    expect(seen()?.state).toBe("open");
    await pulls().setDraft({ ...on, draft: false });
    expect(seen()).toMatchObject({ state: "merged", mergedBy: "afk-loop", scheduled: false });
  });

  test.each<[string, () => unknown, object, RegExp]>([
    ["is clean", () => {}, {}, /clean status/],
    ["is held up by nothing required", () => status(head, "failure"), {}, /unstable status/],
    ["is closed", () => pulls().close(on), {}, /closed/],
    ["has another head", () => block(), { expectedHeadOid: "0".repeat(40) }, /expected head/],
    ["is not there", () => block(), { pullRequestId: "PR_x" }, /global id/],
    ["is of a repo without it", () => both(block(), pulls().setMerging(REPO, { auto: false })), {}, /not allowed/],
    [
      "would be merged as forbidden",
      () => both(block(), pulls().setMerging(REPO, { methods: ["squash"] })),
      {},
      /not allowed/,
    ],
  ])("is refused for one that %s", async (_, before, input, words) => {
    await before();
    const { body } = await enable(input);
    expect(body).toMatchObject({
      data: { enablePullRequestAutoMerge: null },
      errors: [{ message: expect.stringMatching(words) }],
    });
    expect(seen()?.scheduled).toBe(false);
  });

  const block = () => pulls().setRules(REPO, "main", { approvals: 1 });
});

describe("a merge queue", () => {
  beforeEach(() => pulls().setRules(REPO, "main", { checks: ["test"], queue: true }));

  test("tests each on what the trunk is by then, on a branch of its own, and lands it", async () => {
    await pulls().enqueue(on);
    const first = pulls().queuedCommit(REPO, 2) ?? "";
    expect(last("merge_group")).toMatchObject({
      action: "checks_requested",
      merge_group: {
        head_sha: first,
        base_ref: "refs/heads/main",
        head_ref: `refs/heads/gh-readonly-queue/main/pr-2-${scene.base}`,
      },
    });
    await status(first);
    expect(await trunk()).toBe(first);
    expect(seen()).toMatchObject({ state: "merged", mergeCommit: first });
    expect(await scene.git.branches(REPO)).not.toHaveProperty([`gh-readonly-queue/main/pr-2-${scene.base}`]);
    expect(last("merge_group")).toMatchObject({ action: "destroyed", reason: "merged" });
  });

  test("makes the second wait for the first, and begin anew on top of it", async () => {
    await scene.push("Lie", { branch: "other", files: ["src/lie.ts"] });
    const other = await pulls().open({ ...on, branch: "other", base: "main", title: "Lie" });
    await pulls().enqueue(on);
    await pulls().enqueue({ ...on, number: other.number });
    expect(pulls().queuedCommit(REPO, other.number)).toBeNull();
    const first = pulls().queuedCommit(REPO, 2) ?? "";
    await status(first);
    const second = pulls().queuedCommit(REPO, other.number) ?? "";
    expect((await scene.git.commit(REPO, second))?.parents).toContain(first);
  });

  test("drops what fails, and what somebody takes out", async () => {
    await pulls().enqueue(on);
    const before = await trunk();
    await status(pulls().queuedCommit(REPO, 2) ?? "", "failure");
    expect(last("pull_request")).toMatchObject({ action: "dequeued", reason: "CI_FAILURE" });
    await pulls().enqueue(on);
    await pulls().dequeue(on);
    expect(last("pull_request")).toMatchObject({ action: "dequeued", reason: "MANUAL" });
    expect(last("merge_group")).toMatchObject({ action: "destroyed", reason: "dequeued" });
    expect([seen()?.state, await trunk()]).toEqual(["open", before]);
  });

  test("lets go of one whose head is pushed to", async () => {
    await pulls().enqueue(on);
    const tested = pulls().queuedCommit(REPO, 2) ?? "";
    await scene.push("More", { branch: TOPIC, files: ["src/more.ts"] });
    await status(tested);
    expect(pulls().queuedCommit(REPO, 2)).toBeNull();
    expect(seen()).toMatchObject({ state: "open", scheduled: false });
  });

  test("there is none where no rule asks for one", async () => {
    pulls().setRules(REPO, "main", {});
    await expect(pulls().enqueue(on)).rejects.toThrow("no merge queue");
  });
});

test("a branch that demands a pull request takes no push: the stand-in is never told of one", async () => {
  pulls().setRules(REPO, "main", { pullRequest: true });
  await expect(scene.push("Straight on")).rejects.toThrow("Changes must be made through a pull request.");
  await scene.push("Aside", { branch: "aside" });
});

test("all of it survives a kill", async () => {
  pulls().setRules(REPO, "main", { approvals: 1 });
  await pulls().review({ ...on, by: "octo", verdict: "comment", body: "Hm" });
  const before = pulls().all(REPO);
  scene.github.restoreText(JSON.stringify(scene.github));
  expect(pulls().all(REPO)).toEqual(before);
  await expect(pulls().merge(on)).rejects.toThrow("approving review");
});
