/** (node) Pull requests over real HTTP and real git. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { validateExchange } from "../../contracts/validate-exchange.ts";
import { git } from "../git/as-ada.ts";
import { GitHubServer } from "./server.ts";

const REPO = "octo/widgets";
const NOBODY = { repo: REPO, number: 1, by: "ada" };

let folder: string;
let server: GitHubServer;
let pushes: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fake-github-pulls-"));
  pushes = [];
  server = await GitHubServer.start({
    root: folder,
    token: "t0ken",
    validate: validateExchange,
    onPush: ({ branch, by, after }) => pushes.push(`${branch} by ${by}${/^0+$/.test(after) ? ", deleted" : ""}`),
  });
  server.github.people.addUser("ada");
  server.github.addToken("ada-token", "ada");
  const seed = { files: { "README.md": "widgets\n", "a.js": "1\n" } };
  await server.addRepo({ name: REPO, permissions: { ada: "write", "afk-loop": "write" }, seed });
});

afterEach(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
  expect(server.github.violations).toEqual([]);
});

async function clone(): Promise<string> {
  const at = join(folder, "clone");
  await git(folder, "clone", "--quiet", `http://x:ada-token@127.0.0.1:${server.port}/git/${REPO}.git`, at);
  return at;
}

async function pushed(at: string, branch: string, file: string, text: string): Promise<string> {
  await git(at, "checkout", "--quiet", "-B", branch, "origin/main");
  writeFileSync(join(at, file), text);
  await git(at, "add", file);
  await git(at, "commit", "--quiet", "--message", `Change ${file}`);
  await git(at, "push", "--quiet", "origin", branch);
  return git(at, "rev-parse", "HEAD");
}

async function api(
  method: string,
  path: string,
  body: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}/repos/${REPO}${path}`, {
    method,
    headers: { authorization: "token t0ken", "user-agent": "test", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("a trunk that demands a pull request refuses a push in GitHub's words, and takes the merge", async () => {
  const at = await clone();
  server.github.pulls.setRules(REPO, "main", { pullRequest: true, checks: ["test"] });
  const refusal = await pushed(at, "main", "b.js", "1\n").catch((error: { stderr: string }) => error.stderr);
  expect(refusal).toContain("GH013: Repository rule violations found for refs/heads/main.");
  expect(refusal).toContain("- Changes must be made through a pull request.");
  expect(refusal).toContain('- Required status check "test" is expected.');
  await git(at, "fetch", "--quiet");
  const head = await pushed(at, "topic", "b.js", "1\n");
  expect((await api("POST", "/pulls", { head: "topic", base: "main", title: "Add b", body: "" })).status).toBe(201);
  await server.github.ci.setStatus({ repo: REPO, sha: head, context: "test", state: "success", by: "ada" });
  const merged = await api("PUT", "/pulls/1/merge", { sha: head, merge_method: "squash" });
  expect(merged).toMatchObject({ status: 200, body: { merged: true } });
  expect(pushes).toEqual(["topic by ada", "main by afk-loop"]);
  await git(at, "fetch", "--quiet", "origin", "main:landed");
  expect(await git(at, "log", "--format=%H %s", "-1", "landed")).toBe(`${merged.body.sha} Add b (#1)`);
  await server.scan();
  expect(pushes).toHaveLength(2);
});

test("what was scheduled is merged by a push that brings it up to date, and the branch goes with it", async () => {
  const at = await clone();
  const head = await pushed(at, "topic", "b.js", "1\n");
  await pushed(at, "main", "c.js", "1\n");
  await server.github.pulls.open({ ...NOBODY, branch: "topic", base: "main", title: "Add b" });
  server.github.pulls.setRules(REPO, "main", { pullRequest: true, upToDate: true });
  server.github.pulls.setMerging(REPO, { deleteBranch: true });
  const { node_id: id } = (await api("PATCH", "/pulls/1", {})).body;
  const query = `mutation($input: EnablePullRequestAutoMergeInput!) {
    enablePullRequestAutoMerge(input: $input) { pullRequest { mergeStateStatus } }
  }`;
  const input = { pullRequestId: id, expectedHeadOid: head, mergeMethod: "MERGE" };
  const enabled = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { authorization: "token t0ken", "user-agent": "test" },
    body: JSON.stringify({ query, variables: { input } }),
  });
  expect(await enabled.json()).toMatchObject({
    data: { enablePullRequestAutoMerge: { pullRequest: { mergeStateStatus: "BEHIND" } } },
  });
  pushes.length = 0;
  await git(at, "checkout", "--quiet", "topic");
  await git(at, "merge", "--quiet", "--no-edit", "origin/main");
  await git(at, "push", "--quiet", "origin", "topic");
  expect(server.github.pulls.all(REPO)).toMatchObject([{ state: "merged", mergedBy: "afk-loop" }]);
  expect(pushes.toSorted()).toEqual(["main by afk-loop", "topic by afk-loop, deleted", "topic by ada"].toSorted());
  expect(await server.git.branches(REPO)).toEqual({ main: server.github.pulls.all(REPO)[0]?.mergeCommit });
});

test("both sides of a conflict stay as they are", async () => {
  const at = await clone();
  const head = await pushed(at, "topic", "a.js", "2\n");
  const trunk = await pushed(at, "main", "a.js", "3\n");
  await server.github.pulls.open({ ...NOBODY, branch: "topic", base: "main", title: "Change a" });
  expect((await api("PATCH", "/pulls/1", {})).body).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
  for (const merge_method of ["merge", "squash", "rebase"])
    expect(await api("PUT", "/pulls/1/merge", { merge_method })).toMatchObject({ status: 405 });
  expect(await server.git.branches(REPO)).toEqual({ main: trunk, topic: head });
});

test("it all comes back after a kill", async () => {
  const at = await clone();
  await pushed(at, "topic", "b.js", "1\n");
  await server.github.pulls.open({ ...NOBODY, branch: "topic", base: "main", title: "Add b" });
  await server.kill();
  await server.restart();
  const sha = await server.github.pulls.merge({ ...NOBODY, method: "rebase" });
  expect((await server.git.branches(REPO)).main).toBe(sha);
});

test("the files of a pull request are its own alone, by real git, and a renamed one goes by both its names", async () => {
  const at = await clone();
  await git(at, "checkout", "--quiet", "-B", "topic", "origin/main");
  await git(at, "mv", "README.md", "docs.md");
  await git(at, "commit", "--quiet", "--message", "Move");
  await git(at, "push", "--quiet", "origin", "topic");
  const head = await git(at, "rev-parse", "HEAD");
  await pushed(at, "main", "c.js", "1\n");
  await server.github.pulls.open({ ...NOBODY, branch: "topic", base: "main", title: "Move" });
  const headers = { authorization: "token t0ken", "user-agent": "test" };
  const get = async (path: string) => (await fetch(`${server.url}/repos/${REPO}${path}`, { headers })).json();
  const moved = { filename: "docs.md", previous_filename: "README.md", status: "renamed" };
  expect(await get("/pulls/1/files")).toMatchObject([moved]);
  expect(await get("/pulls/1")).toMatchObject({ changed_files: 1 });
  expect(await get(`/commits/${head}`)).toMatchObject({ sha: head, files: [moved] });
  expect(await get("/commits/main")).toMatchObject({ files: [{ filename: "c.js", status: "added" }] });
});
