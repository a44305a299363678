/** Pushes, what they close, what is compared, and pull requests. */
import { beforeEach, expect, test } from "vitest";
import { NO_COMMIT } from "../git/git-host.ts";
import { REPO, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
  scene.issue();
  scene.heard();
});

const state = async (number = 1): Promise<string> =>
  ((await scene.get(`/issues/${number}`)).body as { state: string }).state;

test.each(["Fixes #1", "fix #1", "Closes: #1", "resolved #1", `Fixes ${REPO}#1`])(
  "a commit on the trunk that says %j closes the issue before the push is told",
  async (message) => {
    const sha = await scene.push(message);
    expect(await state()).toBe("closed");
    expect(scene.payload(scene.sent[0])).toMatchObject({ action: "closed", commit_id: sha, sender: { login: "ada" } });
    expect(scene.heard()).toEqual(["issues closed", "push"]);
  },
);

test("a commit by someone who may not write closes nothing; a mention leaves an entry all the same", async () => {
  const sha = await scene.push("Fixes #1", { by: "stranger" });
  expect(await state()).toBe("open");
  expect((await scene.get("/issues/1/timeline")).body).toMatchObject([{ type: "commit_ref", ref_commit_sha: sha }]);
});

test("a keyword on a branch closes nothing until it is on the trunk, nor what an open issue blocks", async () => {
  await scene.push("Fixes #1", { branch: "afk/1-x" });
  expect(await state()).toBe("open");
  scene.issue("Blocked");
  scene.forgejo.people.addBlockedBy({ repo: REPO, number: 2, by: "ada", blocker: { number: 1 } });
  await scene.push("Fixes #2");
  expect(await state(2)).toBe("open");
});

test("a push tells its newest fifteen commits, and how many there were; nothing says created or forced", async () => {
  let sha = "";
  for (let count = 1; count <= 20; count += 1) sha = scene.git.add(REPO, "main", { message: `commit ${count}` });
  await scene.forgejo.pushed(REPO, "main", scene.base, sha, "ada");
  const told = scene.payload(scene.sent[0]) as { commits: { message: string }[] };
  expect(told).toMatchObject({ before: scene.base, after: sha, total_commits: 20, pusher: { login: "ada" } });
  expect([told.commits.length, told.commits[0]?.message]).toEqual([15, "commit 20\n"]);
  expect(Object.keys(told)).not.toContain("created");
});

test("a new branch is a create and a push, a deleted one a delete and no push", async () => {
  await scene.forgejo.pushed(REPO, "side", NO_COMMIT, scene.base, "ada");
  expect(scene.heard()).toEqual(["create", "push"]);
  await scene.forgejo.pushed(REPO, "side", scene.base, NO_COMMIT, "ada");
  expect(scene.heard()).toEqual(["delete"]);
});

test("a comparison is newest first, all at once, and says nothing of distances", async () => {
  const shas: string[] = [];
  for (let count = 1; count <= 60; count += 1) shas.unshift(await scene.push(`commit ${count}`));
  const { body } = await scene.get(`/compare/${scene.base}...main`);
  const { commits, ...rest } = body as { commits: { sha: string; commit: { message: string } }[] };
  expect(commits.map((each) => each.sha)).toEqual(shas);
  expect(commits[0]?.commit.message).toBe("commit 60\n");
  expect(rest).toMatchObject({ total_commits: 60 });
  expect(rest).not.toHaveProperty("status");
  const page = (await scene.get(`/commits?sha=main&not=${scene.base}&limit=50&page=2`)).body as { sha: string }[];
  expect(page.map((each) => each.sha)).toEqual(shas.slice(50));
  expect((await scene.get(`/compare/${"0".repeat(40)}...main`)).status).toBe(404);
});

test("a branch with a slash in its name is found, written out or not", async () => {
  const sha = await scene.push("one", { branch: "afk/1-x" });
  for (const name of ["afk/1-x", "afk%2F1-x"])
    expect((await scene.get(`/branches/${name}`)).body).toMatchObject({ name: "afk/1-x", commit: { id: sha } });
  expect((await scene.get("/branches/nope")).status).toBe(404);
});

test("a pull request is synchronized before it is opened; a push to its head synchronizes it", async () => {
  const head = await scene.push("one", { branch: "feat" });
  scene.heard();
  const opened = await scene.post("/pulls", { title: "One", body: "fixes #1", head: "feat", base: "main" });
  expect([opened.status, opened.body]).toMatchObject([201, { number: 2, head: { sha: head }, merged: false }]);
  expect(scene.heard()).toEqual(["pull_request_sync synchronized", "pull_request opened"]);
  const next = await scene.push("two", { branch: "feat" });
  expect((await scene.get("/pulls/2")).body).toMatchObject({ head: { sha: next } });
  expect(scene.heard()).toEqual(["push", "pull_request_sync synchronized"]);
});

test("merged it is closed once, and closes by its text, as the merger", async () => {
  await scene.push("one", { branch: "feat" });
  await scene.post("/pulls", { title: "One", body: "fixes #1", head: "feat", base: "main" });
  const sha = await scene.push("Merge feat");
  scene.heard();
  scene.forgejo.people.mergePull({ repo: REPO, number: 2, by: "ada", sha });
  expect(scene.payload(scene.sent[0])).toMatchObject({
    pull_request: { merged: true, merge_commit_sha: sha, merged_by: { login: "ada" }, state: "closed" },
  });
  expect(scene.heard()).toEqual(["pull_request closed", "issues closed"]);
  expect((await scene.get(`/commits/${sha}/pull`)).body).toMatchObject({ number: 2 });
});

test("contents are base64 in JSON, whatever media type was asked for", async () => {
  scene.git.add(REPO, "main", { message: "Set up", contents: { ".forgejo/afk.yml": "ci: none\n" } });
  const told = await scene.get("/contents/.forgejo/afk.yml", { accept: "application/vnd.github.raw" });
  expect(told.body).toMatchObject({ encoding: "base64", content: btoa("ci: none\n"), type: "file" });
  expect((await scene.get("/raw/.forgejo/afk.yml?ref=main")).text).toBe("ci: none\n");
  expect((await scene.get("/contents/nope.yml")).status).toBe(404);
});
