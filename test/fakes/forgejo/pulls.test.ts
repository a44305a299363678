/** What pull requests do on the stand-in, and what it refuses. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Delivery } from "./deliveries.ts";
import { REPO, Scene, TOKEN } from "./scene.ts";
import { ForgejoServer } from "./server.ts";

const BRANCH = "afk/7-x";

async function opened(files = ["src/stand.ts"]) {
  const scene = new Scene();
  const { pulls } = scene.forgejo;
  const head = await scene.push("Stand still", { branch: BRANCH, by: "afk-loop", files });
  const { number } = await pulls.open({ repo: REPO, branch: BRANCH, base: "main", by: "afk-loop", title: "Widgets" });
  scene.heard();
  onTestFinished(() => scene.forgejo.assertContract());
  const merge = (more: object = {}) => scene.post(`/pulls/${number}/merge`, { Do: "squash", ...more });
  return { scene, pulls, head, number, merge, on: (by: string) => ({ repo: REPO, number, by }) };
}

test("a merge moves the base, is told as a push and then as closed, and closes what its text names", async () => {
  const { scene, pulls, on, number, head } = await opened();
  const issue = scene.issue();
  scene.forgejo.people.edit({ ...on("ada"), body: `Fixes #${issue}` });
  scene.heard();
  const sha = await pulls.merge({ ...on("ada"), method: "merge" });
  expect(await scene.git.head(REPO, "main")).toBe(sha);
  expect((await scene.git.commit(REPO, sha))?.parents).toEqual([scene.base, head]);
  expect(pulls.all(REPO)).toMatchObject([{ number, state: "merged", mergedBy: "ada", mergeCommit: sha }]);
  expect(scene.heard()).toEqual(["push", "pull_request closed", "issues closed"]);
});

test.each([
  [{ approvals: 1 }, "Does not have enough approvals"],
  [{ checks: ["ci/*"] }, "Not all required status checks successful"],
  [{ upToDate: true }, "The head branch is behind the base branch"],
])("rules %j refuse a merge, a person's and the API's, forced or not", async (rules, reason) => {
  const { scene, pulls, on, merge } = await opened();
  await scene.push("Something else", { files: ["README.md"] });
  pulls.setRules(REPO, "main", rules);
  await expect(pulls.merge(on("ada"))).rejects.toThrow(reason);
  for (const more of [{}, { force_merge: true }])
    expect(await merge(more)).toMatchObject({ status: 405, body: { message: expect.stringContaining(reason) } });
  expect(pulls.all(REPO)).toMatchObject([{ state: "open" }]);
});

test("so do a draft, a conflict, another head, a way not allowed, a close, and who may not write", async () => {
  const { scene, pulls, on, merge } = await opened(["src/widget.ts"]);
  pulls.setDraft({ ...on("afk-loop"), draft: true });
  expect(pulls.all(REPO)).toMatchObject([{ title: "WIP: Widgets", draft: true }]);
  expect(await merge()).toMatchObject({ status: 405, body: { message: expect.stringContaining("Work in progress") } });
  pulls.setDraft({ ...on("afk-loop"), draft: false });
  expect(scene.heard()).toEqual(["pull_request edited", "pull_request edited"]);
  expect(await merge({ head_commit_id: scene.base })).toMatchObject({
    status: 409,
    body: { message: "head out of date" },
  });
  pulls.setMerging(REPO, { methods: ["merge"] });
  expect(await merge()).toMatchObject({ status: 405, body: { message: expect.stringContaining("squash is not") } });
  await expect(pulls.merge(on("stranger"))).rejects.toThrow("not allowed to merge");
  await scene.push("The same again", { files: ["src/widget.ts"] });
  expect(await merge()).toMatchObject({ status: 405, body: { message: "Please try again later" } });
  expect((await scene.get(`/pulls/${on("").number}`)).body).toMatchObject({ mergeable: false });
  pulls.close(on("afk-loop"));
  expect((await merge()).status).toBe(404);
});

test("there is one for a pair of branches, it has commits, and it is opened again only if it can be", async () => {
  const { scene, pulls, on } = await opened();
  const again = { repo: REPO, branch: BRANCH, base: "main", by: "ada", title: "x" };
  await expect(pulls.open(again)).rejects.toThrow("already");
  expect((await scene.post("/pulls", { title: "x", head: BRANCH, base: "main" })).status).toBe(409);
  expect((await scene.post("/pulls", { title: "x", head: "main", base: "main" })).status).toBe(422);
  pulls.close(on("ada"));
  await pulls.open(again);
  expect(() => pulls.reopen(on("ada"))).toThrow("another one");
  scene.git.setBranch(REPO, "empty", scene.base);
  await expect(pulls.open({ ...again, branch: "empty" })).rejects.toThrow("nothing");
  expect(() => pulls.setRules(REPO, "main", { queue: true })).toThrow("no merge queue");
});

test("a review is told once, by its verdict; nobody approves their own, and a stranger's is not official", async () => {
  const { scene, pulls, on, number } = await opened();
  await expect(pulls.review({ ...on("afk-loop"), verdict: "approve" })).rejects.toThrow("approve your own pull");
  await expect(pulls.review({ ...on("ada"), verdict: "request_changes" })).rejects.toThrow("requires a body");
  await pulls.review({ ...on("stranger"), verdict: "approve" });
  await pulls.review({ ...on("ada"), verdict: "request_changes", body: "No" });
  await pulls.review({ ...on("ada"), verdict: "comment", comments: [{ path: "src/stand.ts", line: 2, body: "Here" }] });
  const told = scene.sent.map(({ type, event, action }) => [type, event, action]);
  expect(told).toEqual([
    ["pull_request_review_approved", "pull_request_approved", "reviewed"],
    ["pull_request_review_rejected", "pull_request_rejected", "reviewed"],
    ["pull_request_review_comment", "pull_request_comment", "reviewed"],
  ]);
  expect(scene.payload(scene.sent[1])).toMatchObject({
    ...{ number, sender: { login: "ada" }, review: { type: "pull_request_review_rejected", content: "No" } },
    pull_request: { head: { ref: BRANCH } },
  });
  expect((await scene.get(`/pulls/${number}/reviews`)).body).toMatchObject([
    { state: "APPROVED", official: false },
    { state: "REQUEST_CHANGES", official: true },
    { state: "COMMENT", official: false, comments_count: 1 },
  ]);
  expect((await scene.post(`/pulls/${number}/reviews`, { event: "APPROVED" })).status).toBe(422);
});

test("a scheduled merge waits for all rules and then happens by itself, whatever brings the last of them", async () => {
  const { scene, pulls, on, head, merge } = await opened();
  pulls.setRules(REPO, "main", { approvals: 1, checks: ["ci/test"] });
  expect((await merge({ merge_when_checks_succeed: true })).status).toBe(201);
  expect((await merge({ merge_when_checks_succeed: true })).status).toBe(409);
  expect(pulls.all(REPO)).toMatchObject([{ state: "open", scheduled: true }]);
  await pulls.review({ ...on("ada"), verdict: "approve" });
  await pulls.settle(REPO);
  expect(pulls.all(REPO)).toMatchObject([{ state: "open", scheduled: true }]);
  await scene.forgejo.outside.setStatus({ repo: REPO, sha: head, context: "ci/test", state: "success", by: "ada" });
  await pulls.settle(REPO);
  expect(pulls.all(REPO)).toMatchObject([{ state: "merged", mergedBy: "afk-loop" }]);
});

test("where the checks have passed, asked to schedule it merges at once, and only the rules of people refuse it", async () => {
  const { scene, pulls, on, head, merge } = await opened();
  pulls.setRules(REPO, "main", { approvals: 1, checks: ["ci/test"] });
  await scene.forgejo.outside.setStatus({ repo: REPO, sha: head, context: "ci/test", state: "success", by: "ada" });
  expect(await merge({ merge_when_checks_succeed: true })).toMatchObject({ status: 409 });
  await pulls.review({ ...on("ada"), verdict: "approve" });
  expect((await merge({ merge_when_checks_succeed: true })).status).toBe(200);
});

test("a push makes reviews stale, and takes approvals where the rule says so; a deleted branch closes", async () => {
  const { scene, pulls, on, number } = await opened();
  pulls.setRules(REPO, "main", { approvals: 1, dismissStale: true });
  await pulls.review({ ...on("ada"), verdict: "approve" });
  const head = await scene.push("More", { branch: BRANCH, by: "afk-loop", files: ["more"] });
  expect((await scene.get(`/pulls/${number}/reviews`)).body).toMatchObject([{ stale: true, dismissed: true }]);
  scene.heard();
  expect((await scene.delete(`/branches/${BRANCH}`)).status).toBe(204);
  expect(scene.heard()).toEqual(["delete", "pull_request closed"]);
  expect((await scene.get(`/pulls/${number}`)).body).toMatchObject({
    head: { label: BRANCH, ref: `refs/pull/${number}/head`, sha: head },
  });
  expect((await scene.delete(`/branches/${BRANCH}`)).status).toBe(404);
  expect((await scene.delete("/branches/main")).status).toBe(403);
});

test("killed and back, it knows its pull requests", async () => {
  const { scene, pulls } = await opened();
  const saved = JSON.stringify(scene.forgejo);
  const before = pulls.all(REPO);
  scene.forgejo.restoreText(saved);
  expect(pulls.all(REPO)).toEqual(before);
});

test.each(["merge", "squash", "rebase"] as const)(
  "%s is real git, told once, and no push goes by it",
  async (method) => {
    const root = mkdtempSync(join(tmpdir(), "forgejo-pulls-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const told: Delivery[] = [];
    const webhook = { url: "http://127.0.0.1:9/webhooks", secret: "s" };
    const server = await ForgejoServer.start({
      root,
      token: TOKEN,
      webhook,
      deliver: (delivery) => told.push(delivery as Delivery),
    });
    onTestFinished(() => server.kill());
    server.forgejo.people.addUser("ada");
    await server.addRepo({
      name: REPO,
      permissions: { ada: "write" },
      seed: { files: { "README.md": "# Widgets\n" } },
    });
    const { git, forgejo } = server;
    const base = (await git.head(REPO, "main")) ?? "";
    const person = { name: "ada", email: "ada@example.com", date: "2026-11-01T09:00:00Z" };
    const own = { base, head: base, method: "squash", author: person, committer: person } as const;
    const head = (await git.merge(REPO, { ...own, message: "Stand still" })) ?? "";
    await git.moveBranch(REPO, { branch: BRANCH, before: "0".repeat(40), after: head });
    await server.scan("ada");
    forgejo.pulls.setRules(REPO, "main", { pullRequest: true });
    const { number } = await forgejo.pulls.open({
      repo: REPO,
      branch: BRANCH,
      base: "main",
      by: "ada",
      title: "Widgets",
    });
    told.length = 0;
    const sha = await forgejo.pulls.merge({ repo: REPO, number, by: "ada", method });
    expect(await git.head(REPO, "main")).toBe(sha);
    await server.scan("ada");
    expect(told.map(({ event }) => event)).toEqual(["push", "pull_request"]);
  },
);
