import { verify } from "@octokit/webhooks-methods";
import { beforeEach, expect, test } from "vitest";
import { NO_COMMIT } from "../git/git-host.ts";
import { REPO, Scene } from "./scene.ts";
import { signedRequest } from "./webhooks.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
  scene.issue();
  scene.heard();
});

const state = async (number = 1): Promise<string> =>
  ((await scene.get(`/issues/${number}`)).body as { state: string }).state;

test.each(["Fixes #1", "fix #1", "Closes: #1", "resolved #1", "Add a widget\n\nThis Closes #1.", `Fixes ${REPO}#1`])(
  "a commit on the trunk that says %j closes the issue, by who pushed it",
  async (message) => {
    const sha = await scene.push(message, { by: "stranger" });
    expect(await state()).toBe("closed");
    expect((await scene.get("/issues/1/events")).body).toMatchObject([
      { event: "referenced", commit_id: sha },
      { event: "closed", commit_id: sha, actor: { login: "stranger" }, state_reason: "completed" },
    ]);
    expect(scene.heard()).toEqual(["push", "issues.closed"]);
  },
);

test.each(["Refs #1", "prefixes #1", "Fixes#1", "Fixes #12", "Fixes octo/other#1", "fixing #1"])(
  "a commit that says %j closes nothing",
  async (message) => {
    await scene.push(message);
    expect(await state()).toBe("open");
  },
);

test("a keyword on a branch closes nothing until it is merged; a closed issue is not closed again", async () => {
  const onBranch = await scene.push("Fixes #1", { branch: "afk/1-x" });
  expect(await state()).toBe("open");
  const merge = scene.git.add(REPO, "main", { message: "Merge", parents: [scene.base, onBranch] });
  await scene.github.pushed(REPO, "main", scene.base, merge, "ada");
  expect(await state()).toBe("closed");
  scene.heard();
  await scene.push("Fixes #1 once more");
  expect(scene.heard()).toEqual(["push"]);
});

test("a push tells where the branch was, what is new, and whether it was made, forced or deleted", async () => {
  const told = (): Record<string, unknown> => JSON.parse(scene.sent.at(-1)?.body ?? "") as Record<string, unknown>;
  const one = await scene.push("one");
  expect(told()).toMatchObject({
    ref: "refs/heads/main",
    before: scene.base,
    after: one,
    created: false,
    forced: false,
    pusher: { name: "ada" },
    head_commit: { id: one },
    commits: [{ message: "one" }],
  });
  await scene.github.pushed(REPO, "side", NO_COMMIT, one, "ada");
  expect(told()).toMatchObject({ created: true, deleted: false, commits: [] });
  const { before, after } = scene.git.setBranch(REPO, "main", scene.base);
  await scene.github.pushed(REPO, "main", before, after, "ada");
  expect(told()).toMatchObject({ forced: true, commits: [] });
  await scene.github.pushed(REPO, "side", one, NO_COMMIT, "ada");
  expect(told()).toMatchObject({ deleted: true, head_commit: null });
});

test("a comparison is oldest first, says both distances, and pages its commits", async () => {
  const shas: string[] = [];
  for (let count = 1; count <= 260; count += 1) shas.push(await scene.push(`commit ${count}`));
  const path = `/compare/${scene.base}...main`;
  const compared = async (query = ""): Promise<{ commits: { sha: string }[]; total_commits: number }> =>
    (await scene.get(path + query)).body as never;
  const first = await compared("?per_page=100");
  expect(first.total_commits).toBe(260);
  expect(first.commits.map((each) => each.sha)).toEqual(shas.slice(0, 100));
  expect((await compared("?per_page=100&page=3")).commits.map((each) => each.sha)).toEqual(shas.slice(200));
  const whole = await compared();
  expect([whole.commits.length, whole.commits.at(-1)?.sha]).toEqual([250, shas.at(-1)]);
  expect((await scene.get(`/compare/main...${scene.base}`)).body).toMatchObject({
    status: "behind",
    ahead_by: 0,
    behind_by: 260,
  });
  expect((await scene.get("/compare/main...main")).body).toMatchObject({ status: "identical" });
  expect((await scene.get(`/compare/octo:main...main`)).status).toBe(200);
  for (const wrong of ["main...nope", "nope...main", "main..main", "main"])
    expect.soft((await scene.get(`/compare/${wrong}`)).status, wrong).toBe(404);
  expect(scene.github.violations).toEqual([]);
});

test("branches that share nothing cannot be compared", async () => {
  scene.git.add(REPO, "orphan", { message: "Alone", parents: [] });
  expect(await scene.get("/compare/main...orphan")).toMatchObject({
    status: 404,
    body: { message: "No common ancestor between main and orphan." },
  });
});

test("a commit is found by branch, by full and by short sha", async () => {
  const sha = await scene.push("one");
  for (const ref of ["main", "heads%2Fmain", sha, sha.slice(0, 7)])
    expect.soft((await scene.get(`/commits/${ref}`)).body, ref).toMatchObject({ sha });
  expect((await scene.get(`/commits/${sha.slice(0, 6)}`)).status).toBe(422);
});

test("a delivery is signed over its very bytes, with GitHub's headers; sent again it keeps its id", async () => {
  await scene.push("one");
  const [delivery] = scene.github.deliveries.slice(-1);
  if (delivery === undefined) throw new Error("nothing was delivered");
  const request = await signedRequest(delivery, "s3cret");
  const body = await request.clone().text();
  expect(await verify("s3cret", body, request.headers.get("x-hub-signature-256") ?? "")).toBe(true);
  expect(await verify("other", body, request.headers.get("x-hub-signature-256") ?? "")).toBe(false);
  expect(Object.fromEntries(request.headers)).toMatchObject({
    "content-type": "application/json",
    "user-agent": expect.stringMatching(/^GitHub-Hookshot\//),
    "x-github-event": "push",
    "x-github-delivery": expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    "x-github-hook-id": expect.stringMatching(/^\d+$/),
  });
  const again = await signedRequest(delivery, "s3cret");
  expect(again.headers.get("x-github-delivery")).toBe(request.headers.get("x-github-delivery"));
});

test("without a webhook nothing is delivered, and with an organization its hooks say so", () => {
  const silent = new Scene({ webhook: undefined });
  silent.issue();
  expect(silent.github.deliveries).toEqual([]);
  scene.github.people.addRepo({ name: "acme/app", organization: true, permissions: { ada: "write" } });
  scene.github.people.createIssue({ repo: "acme/app", title: "x", by: "ada" });
  expect(JSON.parse(scene.sent.at(-1)?.body ?? "")).toMatchObject({
    organization: { login: "acme" },
    repository: { full_name: "acme/app", default_branch: "main" },
  });
  scene.github.ping("acme/app");
  expect(scene.heard().at(-1)).toBe("ping");
});
