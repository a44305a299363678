/** Every trap of Forgejo's API that a client has to know, as a table: where it says yes and means something else. */
import { beforeEach, describe, expect, test } from "vitest";
import { API, REPO, ROOT_URL, Scene, type Told } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const numbers = (told: Told): number[] => (told.body as { number: number }[]).map((issue) => issue.number);
const names = (told: Told): string[] => (told.body as { name: string }[]).map((label) => label.name);
const entries = async (number = 1): Promise<string[]> =>
  (
    (await scene.get(`/issues/${number}/timeline`)).body as { type: string; body: string; label: { name: string } }[]
  ).map(({ type, body, label }) => (type === "label" ? `${body === "1" ? "+" : "-"}${label.name}` : type));

describe("the list of issues", () => {
  beforeEach(() => {
    scene.defined("ready");
    scene.defined("bug");
    scene.issue("plain");
    scene.issue("ready", ["ready"]);
    scene.issue("both", ["ready", "bug"]);
  });

  test.each([
    ["a label nobody defined is no filter at all", "labels=nope", [3, 2, 1]],
    ["a name in another case is a name nobody defined", "labels=Ready", [3, 2, 1]],
    ["an unknown label beside a known one is dropped", "labels=ready,nope", [3, 2]],
    ["several labels must all be there", "labels=ready,bug", [3]],
    ["per_page is not read", "per_page=1", [3, 2, 1]],
    ["limit and page are", "limit=1&page=2", [2]],
    ["beyond the end there is an empty list", "page=9", []],
  ])("%s", async (_what, query, found) => {
    expect(numbers(await scene.get(`/issues?type=issues&${query}`))).toEqual(found);
  });

  test("a second label of the same name makes the filter find nothing", async () => {
    scene.defined("ready");
    expect(numbers(await scene.get("/issues?labels=ready"))).toEqual([]);
  });

  test("pull requests are among the issues unless only issues are asked for", async () => {
    await scene.push("on a branch", { branch: "feat" });
    await scene.post("/pulls", { title: "One", head: "feat", base: "main" });
    expect(numbers(await scene.get("/issues"))).toEqual([4, 3, 2, 1]);
    expect(numbers(await scene.get("/issues?type=issues"))).toEqual([3, 2, 1]);
  });

  test("a page holds thirty, and never more than fifty", async () => {
    for (let count = 0; count < 60; count += 1) scene.issue();
    expect(numbers(await scene.get("/issues")).length).toBe(30);
    expect(numbers(await scene.get("/issues?limit=100")).length).toBe(50);
  });

  test("Link leads to the root URL, which is not the host that was asked", async () => {
    const { headers } = await scene.get("/issues?limit=1&page=2");
    expect(headers.get("x-total-count")).toBe("3");
    const at = (page: number) => `<${ROOT_URL}/api/v1/repos/${REPO}/issues?limit=1&page=${page}>`;
    expect(headers.get("link")).toBe(
      `${at(3)}; rel="next",${at(3)}; rel="last",${at(1)}; rel="first",${at(1)}; rel="prev"`,
    );
    expect(headers.get("link")).not.toContain(new URL(API).host);
  });
});

describe("labels", () => {
  test("a label nobody defined is left out of an addition without a word, and not made", async () => {
    scene.issue();
    scene.defined("ready");
    const added = await scene.post("/issues/1/labels", { labels: ["ready", "nope"] });
    expect([added.status, names(added)]).toEqual([200, ["ready"]]);
    expect(names(await scene.get("/labels"))).toEqual(["ready"]);
  });

  test("ids do as well as names; names and ids together are refused", async () => {
    scene.issue();
    const id = scene.defined("ready");
    expect(names(await scene.post("/issues/1/labels", { labels: [id] }))).toEqual(["ready"]);
    expect((await scene.post("/issues/1/labels", { labels: [id, "ready"] })).status).toBe(400);
  });

  test("the same name is made twice", async () => {
    const label = { name: "ready", color: "#00AABB" };
    const made = [await scene.post("/labels", label), await scene.post("/labels", label)];
    expect(made.map((each) => each.status)).toEqual([201, 201]);
    expect(made.map((each) => each.body)).toMatchObject([{ id: 1, color: "00aabb" }, { id: 2 }]);
  });

  test("added again it is told again, and leaves no second entry", async () => {
    scene.issue("Widgets wobble", ["ready"]);
    scene.heard();
    scene.later(60);
    const before = (await scene.get("/issues/1")).body;
    await scene.post("/issues/1/labels", { labels: ["ready"] });
    expect(scene.heard()).toEqual(["issue_label label_updated"]);
    expect(await entries()).toEqual(["+ready"]);
    expect((await scene.get("/issues/1")).body).toEqual(before);
  });

  test("on and off are told alike: the set as it is, and not which label", async () => {
    scene.issue("Widgets wobble", ["bug"]);
    scene.defined("ready");
    scene.heard();
    await scene.post("/issues/1/labels", { labels: ["ready"] });
    const added = scene.payload(scene.sent[0]);
    await scene.delete("/issues/1/labels/bug");
    const removed = scene.payload(scene.sent[1]);
    expect([added, removed].map((each) => each.action)).toEqual(["label_updated", "label_updated"]);
    expect([added, removed].map((each) => "label" in each)).toEqual([false, false]);
    expect(removed).toMatchObject({ issue: { labels: [{ name: "ready" }] }, sender: { login: "afk-loop" } });
    expect(await entries()).toEqual(["+bug", "+ready", "-bug"]);
  });

  test("permissions in the payload are the poster's, whoever labelled", async () => {
    scene.issue("From outside", [], "stranger");
    scene.defined("ready");
    await scene.post("/issues/1/labels", { labels: ["ready"] });
    expect(scene.payload(scene.sent.at(-1))).toMatchObject({
      repository: { permissions: { admin: false, push: false, pull: true } },
      sender: { login: "afk-loop" },
    });
  });

  test("every labelling moves updated_at, and looks like an edit to whoever goes by it", async () => {
    scene.issue();
    scene.defined("ready");
    scene.later(60);
    await scene.post("/issues/1/labels", { labels: ["ready"] });
    scene.later(60);
    await scene.delete("/issues/1/labels/ready");
    expect((await scene.get("/issues/1")).body).toMatchObject({
      created_at: "2026-11-01T09:00:00Z",
      updated_at: "2026-11-01T09:02:00Z",
    });
  });

  test("born with labels it is told twice: opened, with them on already, then label_updated", async () => {
    scene.issue("Widgets wobble", ["ready"]);
    const labelled = { labels: [{ name: "ready" }] };
    expect(scene.sent.map((each) => scene.payload(each))).toMatchObject([{ issue: labelled }, { issue: labelled }]);
    expect(scene.heard()).toEqual(["issues opened", "issue_label label_updated"]);
  });

  test("cleared, the payload still shows what was on", async () => {
    scene.issue("Widgets wobble", ["ready", "bug"]);
    scene.heard();
    expect((await scene.delete("/issues/1/labels")).status).toBe(204);
    expect(scene.payload(scene.sent[0])).toMatchObject({
      action: "label_cleared",
      issue: { labels: [{ name: "bug" }, { name: "ready" }] },
    });
    expect((await scene.get("/issues/1")).body).toMatchObject({ labels: [] });
    expect(await entries()).toEqual(["+ready", "+bug", "-ready", "-bug"]);
  });

  test("replaced, it is one webhook for all that came and went", async () => {
    scene.issue("Widgets wobble", ["ready"]);
    scene.defined("bug");
    scene.heard();
    const replaced = await scene.call("PUT", `/repos/${REPO}/issues/1/labels`, { labels: ["bug"] });
    expect(names(replaced)).toEqual(["bug"]);
    expect(scene.heard()).toEqual(["issue_label label_updated"]);
  });

  test.each([
    ["one that is on", "ready", 204],
    ["one that is not on", "bug", 204],
    ["one nobody defined", "nope", 422],
  ])("removing %s", async (_what, label, status) => {
    scene.issue("Widgets wobble", ["ready"]);
    scene.defined("bug");
    expect((await scene.delete(`/issues/1/labels/${label}`)).status).toBe(status);
  });

  test("a new issue takes labels by id alone", async () => {
    const id = scene.defined("ready");
    expect((await scene.post("/issues", { title: "One", labels: ["ready"] })).status).toBe(422);
    expect((await scene.post("/issues", { title: "One", labels: [id] })).body).toMatchObject({
      labels: [{ name: "ready" }],
    });
  });

  test("of exclusive labels of one scope the last one stays", async () => {
    scene.issue();
    for (const name of ["priority/1", "priority/2"])
      await scene.post("/labels", { name, color: "000000", exclusive: true });
    for (const name of ["priority/1", "priority/2"]) await scene.post("/issues/1/labels", { labels: [name] });
    expect(await entries()).toEqual(["+priority/1", "-priority/1", "+priority/2"]);
  });
});

describe("a label that is deleted", () => {
  test("goes from every issue that carries it, and once more it is the same answer", async () => {
    const id = scene.defined("bug");
    scene.issue("both", ["bug"]);
    expect((await scene.delete(`/labels/${id}`)).status).toBe(204);
    expect((await scene.delete(`/labels/${id}`)).status).toBe(204);
    expect(names(await scene.get("/issues/1/labels"))).toEqual([]);
    expect(names(await scene.get("/labels"))).toEqual([]);
  });

  test("takes the right to write issues", async () => {
    const id = scene.defined("bug");
    scene.forgejo.people.setPermission(REPO, "afk-loop", "read");
    expect((await scene.delete(`/labels/${id}`)).status).toBe(403);
  });
});

describe("the timeline", () => {
  beforeEach(() => {
    scene.issue();
    for (const label of ["one", "two", "three"])
      scene.forgejo.people.label({ repo: REPO, number: 1, by: "ada", label });
  });

  test("has no Link, counts the page and not the whole, and is null beyond the end", async () => {
    const first = await scene.get("/issues/1/timeline?limit=2");
    expect([first.headers.get("link"), first.headers.get("x-total-count")]).toEqual([null, "2"]);
    expect(first.body).toHaveLength(2);
    const last = await scene.get("/issues/1/timeline?limit=2&page=2");
    expect([last.headers.get("x-total-count"), (last.body as unknown[]).length]).toEqual(["1", 1]);
    const beyond = await scene.get("/issues/1/timeline?limit=2&page=3");
    expect([beyond.status, beyond.text]).toEqual([200, "null"]);
  });

  test("a page may be short, or null, with more behind it", async () => {
    const [issue] = scene.forgejo.state.repos[0]?.issues ?? [];
    for (const entry of issue?.timeline.slice(0, 2) ?? []) entry.type = "code";
    expect((await scene.get("/issues/1/timeline?limit=2")).text).toBe("null");
    expect((await scene.get("/issues/1/timeline?limit=2&page=2")).body).toHaveLength(1);
  });

  test("a reference from where the caller may not read is taken out, after paging", async () => {
    const { people } = scene.forgejo;
    people.addRepo({ name: "octo/secret", private: true, permissions: { ada: "write" } });
    people.createIssue({ repo: "octo/secret", title: "Secret", body: `See ${REPO}#1`, by: "ada" });
    people.label({ repo: REPO, number: 1, by: "ada", label: "four" });
    expect((await scene.get("/issues/1/timeline?limit=1&page=4")).text).toBe("null");
    expect((await scene.get("/issues/1/timeline?limit=1&page=5")).body).toMatchObject([{ type: "label" }]);
    people.setPermission("octo/secret", "afk-loop", "read");
    expect((await scene.get("/issues/1/timeline?limit=1&page=4")).body).toMatchObject([{ type: "issue_ref" }]);
  });

  test("a new title is an entry; a new body is none, and only moves updated_at", async () => {
    scene.later(60);
    await scene.patch("/issues/1", { title: "Widgets totter", body: "They really do." });
    expect(await entries()).toEqual(["+one", "+two", "+three", "change_title"]);
    expect((await scene.get("/issues/1")).body).toMatchObject({ updated_at: "2026-11-01T09:01:00Z" });
    expect(scene.heard().slice(-2)).toEqual(["issues edited", "issues edited"]);
  });

  test("a mention from elsewhere moves updated_at though nobody touched the issue", async () => {
    scene.issue("Another");
    scene.later(60);
    await scene.post("/issues/2/comments", { body: "See #1, but not `#1` in code" });
    expect(await entries()).toEqual(["+one", "+two", "+three", "comment_ref"]);
    expect((await scene.get("/issues/1")).body).toMatchObject({ updated_at: "2026-11-01T09:01:00Z" });
  });
});

describe("comments", () => {
  test("all come at once: page and limit are not read, and there is no Link", async () => {
    scene.issue();
    for (let count = 1; count <= 60; count += 1) await scene.post("/issues/1/comments", { body: `Comment ${count}` });
    const all = await scene.get("/issues/1/comments?limit=5");
    expect([(all.body as unknown[]).length, all.headers.get("link")]).toEqual([60, null]);
  });

  test.each([
    ["no body", {}, 422],
    ["an empty body", { body: "" }, 422],
  ])("%s is refused", async (_what, body, status) => {
    scene.issue();
    expect((await scene.post("/issues/1/comments", body)).status).toBe(status);
  });

  test("changed, deleted, and gone", async () => {
    scene.issue();
    const { body } = await scene.post("/issues/1/comments", { body: "One" });
    const path = `/issues/comments/${(body as { id: number }).id}`;
    expect((await scene.patch(path, { body: "Two" })).body).toMatchObject({ body: "Two" });
    expect((await scene.delete(path)).status).toBe(204);
    expect((await scene.patch(path, { body: "Three" })).status).toBe(404);
    expect(scene.heard().slice(1)).toEqual(["issue_comment created", "issue_comment edited", "issue_comment deleted"]);
  });

  test("only its poster and admins may change one", async () => {
    scene.issue();
    const { id } = scene.forgejo.people.comment({ repo: REPO, number: 1, by: "stranger", body: "Mine" });
    scene.forgejo.people.setPermission(REPO, "afk-loop", "write");
    expect((await scene.patch(`/issues/comments/${id}`, { body: "Ours" })).status).toBe(403);
  });
});

describe("closing", () => {
  beforeEach(() => {
    scene.issue("First");
    scene.issue("Then");
    scene.heard();
  });

  test("is answered 201, and knows no reason", async () => {
    const closed = await scene.patch("/issues/1", { state: "closed", state_reason: "completed" });
    expect([closed.status, closed.body]).toMatchObject([201, { state: "closed" }]);
    expect(closed.body).not.toHaveProperty("state_reason");
    expect(scene.heard()).toEqual(["issues closed"]);
  });

  test("is refused with 412 while a dependency is open", async () => {
    await scene.post("/issues/2/dependencies", { index: 1, owner: "octo", repo: "widgets" });
    expect((await scene.patch("/issues/2", { state: "closed" })).status).toBe(412);
    expect((await scene.get("/issues/2")).body).toMatchObject({ state: "open" });
    await scene.patch("/issues/1", { state: "closed" });
    expect((await scene.patch("/issues/2", { state: "closed" })).status).toBe(201);
  });

  test("a dependency is told by no webhook, but in both timelines", async () => {
    const meta = { index: 1, owner: "octo", repo: "widgets" };
    expect((await scene.post("/issues/2/dependencies", meta)).status).toBe(201);
    expect(numbers(await scene.get("/issues/2/dependencies"))).toEqual([1]);
    expect(numbers(await scene.get("/issues/1/blocks"))).toEqual([2]);
    await scene.delete("/issues/2/dependencies", meta);
    expect(scene.heard()).toEqual([]);
    expect([await entries(1), await entries(2)]).toEqual([
      ["add_dependency", "remove_dependency"],
      ["add_dependency", "remove_dependency"],
    ]);
  });

  test("with dependencies switched off there are none: 404", async () => {
    scene.forgejo.people.switchDependencies(REPO, false);
    expect((await scene.get("/issues/2/dependencies")).status).toBe(404);
    expect((await scene.post("/issues/2/dependencies", { index: 1, owner: "octo", repo: "widgets" })).status).toBe(404);
  });
});

describe("permissions", () => {
  test.each([
    ["octo", "owner"],
    ["ada", "write"],
    ["stranger", "read"],
    ["afk-loop", "admin"],
  ])("of %s: %s", async (login, permission) => {
    expect((await scene.get(`/collaborators/${login}/permission`)).body).toMatchObject({
      permission,
      role_name: permission,
      user: { login },
    });
  });

  test("are told only to an admin of the repository, and to anyone of oneself", async () => {
    scene.forgejo.people.setPermission(REPO, "afk-loop", "write");
    expect((await scene.get("/collaborators/ada/permission")).status).toBe(403);
    expect((await scene.get("/collaborators/afk-loop/permission")).body).toMatchObject({ permission: "write" });
  });

  test("of nobody: 404", async () => {
    expect((await scene.get("/collaborators/nobody/permission")).status).toBe(404);
  });
});

describe("who asks", () => {
  test.each([
    ["token", 200],
    ["Token", 200],
    ["bearer", 200],
    ["Bearer", 200],
  ])("a token after %s is taken", async (scheme, status) => {
    const { token } = scene.options;
    expect((await scene.get("", { authorization: `${scheme} ${token}` })).status).toBe(status);
  });

  test("a wrong token is 401, and none at all may read", async () => {
    expect((await scene.get("", { authorization: "token wrong" })).status).toBe(401);
    expect((await scene.get("", { authorization: "" })).status).toBe(200);
    scene.issue();
    const nobody = await scene.call("POST", `/repos/${REPO}/issues/1/comments`, { body: "Hi" }, { authorization: "" });
    expect(nobody.status).toBe(401);
  });

  test.each([
    ["read:issue", "GET", "/issues", 200],
    ["read:issue", "POST", "/labels", 403],
    ["write:issue", "GET", "", 403],
    ["write:repository", "GET", "/branches/main", 200],
    ["write:repository", "GET", "/issues", 403],
    ["all", "GET", "/issues", 200],
  ])("with %s, %s %s is %d", async (scope, method, path, status) => {
    scene.forgejo.addToken("narrow", "afk-loop", [scope]);
    const body = method === "POST" ? {} : undefined;
    const told = await scene.call(method, `/repos/${REPO}${path}`, body, { authorization: "token narrow" });
    expect(told.status).toBe(status);
    if (status === 403)
      expect(told.text).toMatch(/^{"message":"token does not have at least one of required scope\(s\)/);
  });

  test("the version needs no scope, and no token", async () => {
    expect((await scene.call("GET", "/version", undefined, { authorization: "" })).body).toEqual({
      version: "15.0.3+gitea-1.22.0",
    });
  });

  test.each([
    "/graphql",
    `/repos/${REPO}/commits/main/check-runs`,
    `/repos/${REPO}/deployments`,
    `/repos/${REPO}/hooks/1/deliveries`,
    `/repos/${REPO}/issues/1/events`,
    `/repos/${REPO}/actions/runs/1/jobs`,
  ])("there is no %s", async (path) => {
    expect((await scene.call("GET", path)).status).toBe(404);
  });

  test("errors carry a message and the address of the API's description", async () => {
    expect((await scene.get("/issues/9")).body).toEqual({
      message: "The target couldn't be found.",
      url: `${ROOT_URL}/api/swagger`,
      errors: [],
    });
  });

  test("an archived repository takes no writes: 423", async () => {
    scene.issue();
    scene.forgejo.people.archiveRepo({ repo: REPO, by: "octo" });
    expect((await scene.post("/issues/1/comments", { body: "Hi" })).status).toBe(423);
  });

  test("a renamed repository redirects to the root URL", async () => {
    scene.forgejo.people.renameRepo({ repo: REPO, to: "gadgets", by: "octo" });
    const told = await scene.get("/issues?limit=1");
    expect([told.status, told.headers.get("location")]).toEqual([
      307,
      `${ROOT_URL}/api/v1/repos/octo/gadgets/issues?limit=1`,
    ]);
    expect(scene.heard()).toEqual([]);
  });
});
