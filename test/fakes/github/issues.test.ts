import { beforeEach, describe, expect, test } from "vitest";
import { REPO, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const events = async (number: number): Promise<string[]> =>
  (
    (await scene.get(`/issues/${number}/events?per_page=100`)).body as { event: string; actor: { login: string } }[]
  ).map(({ event, actor }) => `${event} by ${actor.login}`);
const names = (body: unknown): string[] => (body as { name: string }[]).map((label) => label.name);

describe("labels", () => {
  test("adding tells once, defines a missing label, and a second time does nothing at all", async () => {
    scene.issue();
    scene.heard();
    expect(names((await scene.post("/issues/1/labels", { labels: ["Ready", { name: "brand-new" }] })).body)).toEqual([
      "Ready",
      "brand-new",
    ]);
    expect((await scene.post("/issues/1/labels", { labels: ["ready"] })).status).toBe(200);
    expect(await events(1)).toEqual(["labeled by afk-loop", "labeled by afk-loop"]);
    expect(scene.heard()).toEqual(["issues.labeled", "issues.labeled"]);
  });

  test("an issue opened from a template by a reader has its labels told one by one, the reader being the actor", async () => {
    scene.issue("Wobble", ["bug", "ready-for-agent"], "stranger");
    expect(scene.heard()).toEqual(["issues.opened", "issues.labeled", "issues.labeled"]);
    expect(await events(1)).toEqual(["labeled by stranger", "labeled by stranger"]);
  });

  test("the payload of an opened issue shows the labels that came with it", () => {
    scene.issue("Wobble", ["bug"]);
    expect(JSON.parse(scene.sent[0]?.body ?? "")).toMatchObject({
      action: "opened",
      issue: { labels: [{ name: "bug" }] },
    });
    expect(JSON.parse(scene.sent[1]?.body ?? "")).toMatchObject({
      action: "labeled",
      label: { name: "bug" },
      sender: { login: "ada", type: "User" },
    });
  });

  test("removing answers the rest, and 404 where the label is not on; case does not matter", async () => {
    scene.issue("Wobble", ["Ready for Agent", "bug"]);
    expect(names((await scene.delete("/issues/1/labels/ready%20for%20agent")).body)).toEqual(["bug"]);
    expect(await scene.delete("/issues/1/labels/ready%20for%20agent")).toMatchObject({
      status: 404,
      body: { message: "Label does not exist" },
    });
    expect((await scene.delete("/issues/1/labels/never-defined")).status).toBe(404);
  });

  test("labelling leaves updated_at alone", async () => {
    scene.issue();
    scene.later(90);
    await scene.post("/issues/1/labels", { labels: ["bug"] });
    expect((await scene.get("/issues/1")).body).toMatchObject({ updated_at: "2026-11-01T09:00:00Z" });
  });

  test.each([[{}], [{ labels: [] }], [{ labels: "bug" }], [{ labels: [""] }], [{ labels: [7] }]])(
    "refuses %j with 422",
    async (body) => {
      scene.issue();
      expect((await scene.post("/issues/1/labels", body)).status).toBe(422);
    },
  );

  test("who may only read may not label by the API, and a change of labels by PATCH is dropped in silence", async () => {
    scene.github.people.setPermission(REPO, "afk-loop", "read");
    const { number } = scene.github.people.createIssue({ repo: REPO, title: "Mine", by: "afk-loop" });
    expect((await scene.post(`/issues/${number}/labels`, { labels: ["bug"] })).status).toBe(403);
    expect((await scene.delete(`/issues/${number}/labels/bug`)).status).toBe(403);
    expect(await scene.patch(`/issues/${number}`, { labels: ["bug"] })).toMatchObject({
      status: 200,
      body: { labels: [] },
    });
  });

  test("PATCH replaces all labels, what another added meanwhile included", async () => {
    scene.issue("Wobble", ["bug"]);
    scene.heard();
    expect(
      names(((await scene.patch("/issues/1", { labels: ["Bugs", "new"] })).body as { labels: unknown }).labels),
    ).toEqual(["Bugs", "new"]);
    expect(scene.heard()).toEqual(["issues.unlabeled", "issues.labeled", "issues.labeled"]);
  });
});

describe("an issue and a label by the API", () => {
  test("whoever may read may open an issue; it has no label, and is told", async () => {
    scene.github.people.setPermission(REPO, "afk-loop", "read");
    const { status, body } = await scene.post("/issues", { title: "Mine", body: "Text" });
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { number: 1, labels: [], user: { login: "afk-loop" } },
    });
    expect(scene.heard()).toEqual(["issues.opened"]);
  });

  test.each([[{}], [{ title: " " }], [{ title: 7 }], [{ title: "x".repeat(257) }], [{ title: "x", body: 7 }]])(
    "an issue of %j is refused with 422",
    async (body) => {
      expect((await scene.post("/issues", body)).status).toBe(422);
    },
  );

  test("a label that is deleted goes from every issue; once more, or by a reader, it is 404", async () => {
    scene.issue("Wobble", ["bug", "ready"]);
    expect((await scene.delete("/labels/Bug")).status).toBe(204);
    expect((await scene.delete("/labels/bug")).status).toBe(404);
    expect(names((await scene.get("/issues/1/labels")).body)).toEqual(["ready"]);
    scene.github.people.setPermission(REPO, "afk-loop", "triage");
    expect((await scene.delete("/labels/ready")).status).toBe(404);
  });
});

describe("state", () => {
  test("closing tells who and why; a reason without a change of state is ignored", async () => {
    scene.issue();
    scene.heard();
    const closed = await scene.patch("/issues/1", { state: "closed", state_reason: "not_planned" });
    expect(closed.body).toMatchObject({
      state: "closed",
      state_reason: "not_planned",
      closed_by: { login: "afk-loop" },
    });
    expect((await scene.patch("/issues/1", { state: "closed", state_reason: "completed" })).body).toMatchObject({
      state_reason: "not_planned",
    });
    expect((await scene.patch("/issues/1", { state_reason: "completed" })).body).toMatchObject({
      state_reason: "not_planned",
    });
    expect((await scene.patch("/issues/1", { state: "open" })).body).toMatchObject({
      state: "open",
      state_reason: "reopened",
      closed_at: null,
    });
    expect(scene.heard()).toEqual(["issues.closed", "issues.reopened"]);
    expect(await events(1)).toEqual(["closed by afk-loop", "reopened by afk-loop"]);
  });

  test.each([
    [{ state: "done" }],
    [{ state: "closed", state_reason: "finished" }],
    [{ title: "" }],
    [{ title: "x".repeat(257) }],
    [{ body: "x".repeat(65_537) }],
    [{ body: 7 }],
    [{ labels: "bug" }],
  ])("refuses %j with 422 and changes nothing", async (body) => {
    scene.issue();
    const before = (await scene.get("/issues/1")).body;
    expect((await scene.patch("/issues/1", body)).status).toBe(422);
    expect((await scene.get("/issues/1")).body).toEqual(before);
  });

  test("a stranger may not close another's issue, an archived repository takes no writes, and what is not played says so", async () => {
    scene.issue();
    scene.github.people.setPermission(REPO, "afk-loop", "none");
    expect((await scene.patch("/issues/1", { state: "closed" })).status).toBe(403);
    scene.github.people.setPermission(REPO, "afk-loop", "write");
    expect((await scene.patch("/issues/1", { assignee: "ada" })).status).toBe(501);
    expect((await scene.get("/issues?milestone=1")).status).toBe(501);
    scene.github.people.archiveRepo({ repo: REPO, by: "octo" });
    expect((await scene.post("/issues/1/comments", { body: "a" })).status).toBe(403);
    expect((await scene.get("/issues/1")).status).toBe(200);
  });
});

describe("edits", () => {
  test("of the title leave a renamed event and no edit time; of the body an edit time and no event", async () => {
    scene.issue();
    scene.later(60);
    scene.heard();
    scene.github.people.edit({ repo: REPO, number: 1, by: "ada", title: "Widgets wobble badly" });
    expect(scene.github.state.repos[0]?.issues[0]?.lastEditedAt).toBeNull();
    expect((await scene.get("/issues/1/events")).body).toMatchObject([
      { event: "renamed", rename: { from: "Widgets wobble", to: "Widgets wobble badly" } },
    ]);
    scene.github.people.edit({ repo: REPO, number: 1, by: "ada", body: "Other" });
    expect(scene.github.state.repos[0]?.issues[0]?.lastEditedAt).toBe("2026-11-01T09:01:00Z");
    expect(await events(1)).toEqual(["renamed by ada"]);
    expect(JSON.parse(scene.sent[1]?.body ?? "")).toMatchObject({
      action: "edited",
      changes: { body: { from: "They do." } },
    });
    expect(scene.heard()).toEqual(["issues.edited", "issues.edited"]);
  });
});

describe("deleted and transferred issues", () => {
  test("a deleted issue is 410 everywhere and in no list", async () => {
    scene.issue();
    scene.heard();
    scene.github.people.deleteIssue({ repo: REPO, number: 1, by: "octo" });
    expect(scene.heard()).toEqual(["issues.deleted"]);
    for (const path of ["", "/comments", "/events", "/dependencies/blocked_by"]) {
      expect
        .soft(await scene.get(`/issues/1${path}`), path)
        .toMatchObject({ status: 410, body: { message: "This issue was deleted" } });
    }
    expect((await scene.get("/issues?state=all")).body).toEqual([]);
  });

  test("a transferred issue is a redirect when read, and 404 for all below it", async () => {
    scene.github.people.addRepo({ name: "octo/other", permissions: { ada: "write" } });
    scene.issue("Wobble", ["bug"]);
    scene.heard();
    const moved = scene.github.people.transferIssue({ repo: REPO, number: 1, by: "ada", to: "octo/other" });
    const read = await scene.get("/issues/1");
    expect(read.status).toBe(301);
    expect(read.headers.get("location")).toMatch(/\/repositories\/\d+\/issues\/1$/);
    expect((await scene.call("GET", new URL(read.headers.get("location") ?? "").pathname)).body).toMatchObject({
      id: moved.id,
      labels: [],
    });
    expect((await scene.get("/issues/1/comments")).status).toBe(404);
    expect((await scene.post("/issues/1/labels", { labels: ["x"] })).status).toBe(404);
    expect(scene.sent.map(({ repo, action }) => [repo, action])).toEqual([
      [REPO, "transferred"],
      ["octo/other", "opened"],
    ]);
  });

  test("a repository without issues answers 410 for all of them", async () => {
    scene.issue();
    scene.github.people.switchIssues(REPO, false);
    expect(await scene.get("/issues/1")).toMatchObject({
      status: 410,
      body: { message: "Issues are disabled for this repo" },
    });
    expect((await scene.get("/issues")).status).toBe(410);
  });
});

describe("the list", () => {
  test("filters by all labels at once, state, author and time, and sorts", async () => {
    scene.issue("one", ["a", "b"]);
    scene.later(10);
    scene.issue("two", ["A"], "stranger");
    scene.later(10);
    scene.issue("three", ["a", "b"]);
    scene.github.people.close({ repo: REPO, number: 3, by: "ada" });
    scene.github.people.comment({ repo: REPO, number: 1, by: "ada", body: "Hm" });
    const list = async (query: string): Promise<number[]> =>
      ((await scene.get(`/issues${query}`)).body as { number: number }[]).map((issue) => issue.number);
    expect(await list("")).toEqual([2, 1]);
    expect(await list("?direction=asc")).toEqual([1, 2]);
    expect(await list("?labels=a,B&state=all")).toEqual([3, 1]);
    expect(await list("?labels=nobody-uses-it")).toEqual([]);
    expect(await list("?state=closed")).toEqual([3]);
    expect(await list("?creator=stranger")).toEqual([2]);
    expect(await list("?since=2026-11-01T09:00:15Z&state=all&sort=updated")).toEqual([3, 1]);
    expect(await list("?sort=comments&state=all&direction=desc")).toEqual([1, 3, 2]);
  });

  test.each(["?state=done", "?sort=size", "?direction=up", "?since=yesterday"])(
    "refuses %s with 422",
    async (query) => {
      expect((await scene.get(`/issues${query}`)).status).toBe(422);
    },
  );
});

describe("comments", () => {
  test("are created, listed oldest first, edited and deleted, each told", async () => {
    scene.issue();
    scene.heard();
    const { body } = await scene.post("/issues/1/comments", { body: "one" });
    const { id } = body as { id: number };
    scene.github.people.comment({ repo: REPO, number: 1, by: "stranger", body: "two" });
    scene.later(5);
    expect((await scene.patch(`/issues/comments/${id}`, { body: "one, edited" })).body).toMatchObject({
      body: "one, edited",
      updated_at: "2026-11-01T09:00:05Z",
    });
    expect((await scene.get("/issues/1/comments")).body).toMatchObject([{ body: "one, edited" }, { body: "two" }]);
    expect((await scene.get("/issues/1/comments?since=2026-11-01T09:00:05Z")).body).toHaveLength(1);
    expect((await scene.delete(`/issues/comments/${id}`)).status).toBe(204);
    expect((await scene.delete(`/issues/comments/${id}`)).status).toBe(404);
    expect((await scene.patch(`/issues/comments/${id}`, { body: "x" })).status).toBe(404);
    expect(scene.heard()).toEqual([
      "issue_comment.created",
      "issue_comment.created",
      "issue_comment.edited",
      "issue_comment.deleted",
    ]);
  });

  test.each([
    ["", "Body cannot be blank"],
    [" \n", "Body cannot be blank"],
    ["x".repeat(65_537), "Body is too long (maximum is 65536 characters)"],
  ])("refuse a body that is blank or too long", async (body, message) => {
    scene.issue();
    const told = await scene.post("/issues/1/comments", { body });
    expect(told).toMatchObject({
      status: 422,
      body: { message: "Validation Failed", errors: [{ resource: "IssueComment", message }] },
    });
    const { id } = (await scene.post("/issues/1/comments", { body: "x".repeat(65_536) })).body as { id: number };
    expect((await scene.patch(`/issues/comments/${id}`, { body })).status).toBe(422);
  });

  test("of others are theirs, unless one may push", async () => {
    scene.issue();
    const { id } = scene.github.people.comment({ repo: REPO, number: 1, by: "stranger", body: "mine" });
    scene.github.people.setPermission(REPO, "afk-loop", "triage");
    expect((await scene.patch(`/issues/comments/${id}`, { body: "x" })).status).toBe(403);
    expect((await scene.delete(`/issues/comments/${id}`)).status).toBe(403);
  });

  test("of an app carry the app", async () => {
    scene.issue();
    scene.github.people.addBot("helper");
    scene.github.people.comment({ repo: REPO, number: 1, by: "helper[bot]", body: "beep" });
    expect((await scene.get("/issues/1/comments")).body).toMatchObject([
      { user: { type: "Bot" }, performed_via_github_app: { slug: "helper" } },
    ]);
  });
});

describe("dependencies", () => {
  test("are told to both sides, closed blockers stay, and the summary counts the open ones", async () => {
    scene.github.people.addRepo({ name: "octo/other", permissions: { ada: "write" } });
    const blocked = scene.issue("blocked");
    scene.github.people.createIssue({ repo: "octo/other", title: "blocker", by: "ada" });
    scene.heard();
    scene.github.people.addBlockedBy({
      repo: REPO,
      number: blocked,
      by: "ada",
      blocker: { repo: "octo/other", number: 1 },
    });
    expect(scene.sent.map(({ repo, action }) => [repo, action])).toEqual([
      [REPO, "blocked_by_added"],
      ["octo/other", "blocking_added"],
    ]);
    expect(JSON.parse(scene.sent[0]?.body ?? "")).toMatchObject({
      blocked_issue: { number: blocked },
      blocking_issue_repo: { full_name: "octo/other" },
    });
    scene.heard();
    scene.github.people.close({ repo: "octo/other", number: 1, by: "ada" });
    expect(scene.heard()).toEqual(["issues.closed"]);
    expect((await scene.get(`/issues/${blocked}/dependencies/blocked_by`)).body).toMatchObject([{ state: "closed" }]);
    expect((await scene.get(`/issues/${blocked}`)).body).toMatchObject({
      issue_dependencies_summary: { blocked_by: 0, total_blocked_by: 1 },
    });
    expect((await scene.call("GET", "/repos/octo/other/issues/1/dependencies/blocking")).body).toMatchObject([
      { number: blocked },
    ]);
  });

  test("on what the caller may not read are not shown", async () => {
    scene.github.people.addRepo({ name: "octo/secret", private: true, permissions: { ada: "write" } });
    const blocked = scene.issue("blocked");
    scene.github.people.createIssue({ repo: "octo/secret", title: "blocker", by: "ada" });
    scene.github.people.addBlockedBy({
      repo: REPO,
      number: blocked,
      by: "ada",
      blocker: { repo: "octo/secret", number: 1 },
    });
    expect((await scene.get(`/issues/${blocked}/dependencies/blocked_by`)).body).toEqual([]);
  });

  test("refuse an issue nobody knows, the issue itself, and the same one twice", async () => {
    const blocked = scene.issue("blocked");
    const own = scene.github.state.repos[0]?.issues[0]?.id;
    scene.issue("blocker");
    const other = scene.github.state.repos[0]?.issues[1]?.id;
    const path = `/issues/${blocked}/dependencies/blocked_by`;
    expect((await scene.post(path, { issue_id: 1 })).status).toBe(404);
    expect((await scene.post(path, { issue_id: own })).status).toBe(422);
    expect((await scene.post(path, { issue_id: "x" })).status).toBe(422);
    expect((await scene.post(path, { issue_id: other })).status).toBe(201);
    expect((await scene.post(path, { issue_id: other })).status).toBe(422);
    expect((await scene.delete(`${path}/${other}`)).status).toBe(200);
    expect((await scene.delete(`${path}/${other}`)).status).toBe(404);
  });
});

test.each([
  ["octo", 200, "admin", "admin"],
  ["ada", 200, "write", "write"],
  ["maintainer", 200, "write", "maintain"],
  ["triager", 200, "read", "triage"],
  ["stranger", 200, "read", "read"],
  ["nobody", 404, undefined, undefined],
])("the permission of %s is answered with %s: %s, %s", async (login, status, permission, role) => {
  scene.github.people.setPermission(REPO, "maintainer", "maintain");
  scene.github.people.setPermission(REPO, "triager", "triage");
  const told = await scene.get(`/collaborators/${login}/permission`);
  expect(told.status).toBe(status);
  if (status === 200) expect(told.body).toMatchObject({ permission, role_name: role, user: { login } });
});

test("a permission is none on a private repository, 404 for a bot, and 403 for who may not push", async () => {
  scene.github.people.addRepo({ name: "octo/secret", private: true, permissions: { "afk-loop": "write" } });
  expect((await scene.call("GET", "/repos/octo/secret/collaborators/stranger/permission")).body).toMatchObject({
    permission: "none",
  });
  scene.github.people.addBot("helper");
  expect(await scene.get("/collaborators/helper%5Bbot%5D/permission")).toMatchObject({
    status: 404,
    body: { message: "helper[bot] is not a user" },
  });
  scene.github.people.setPermission(REPO, "afk-loop", "triage");
  expect((await scene.get("/collaborators/ada/permission")).status).toBe(403);
});
