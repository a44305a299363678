/** The stand-in as a process: real git, real HTTP, real webhooks, and its deaths. */
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commit, git } from "../git/as-ada.ts";
import { ForgejoServer } from "./server.ts";

const REPO = "octo/widgets";
const SECRET = "s3cret";

let folder: string;
let server: ForgejoServer;
let heard: { type: string; action: string | undefined; signed: boolean }[];
let answerWith: number;
let ear: ReturnType<typeof createServer>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fake-forgejo-"));
  heard = [];
  answerWith = 202;
  ear = createServer(async (from, to) => {
    let body = "";
    for await (const chunk of from) body += chunk;
    heard.push({
      type: String(from.headers["x-forgejo-event-type"]),
      action: JSON.parse(body).action,
      signed: from.headers["x-forgejo-signature"] === createHmac("sha256", SECRET).update(body).digest("hex"),
    });
    to.writeHead(answerWith).end();
  });
  await new Promise<void>((resolve) => ear.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(ear.address() as AddressInfo).port}/webhooks/forgejo`;
  server = await ForgejoServer.start({ root: folder, token: "t0ken", webhook: { url, secret: SECRET } });
  server.forgejo.people.addUser("ada");
  server.forgejo.addToken("ada-token", "ada");
  server.forgejo.addToken("reader-token", "reader");
  const seed = { files: { "README.md": "widgets\n", "src/a.js": "1\n" } };
  await server.addRepo({ name: REPO, permissions: { ada: "write" }, seed });
});

afterEach(async () => {
  await server.kill();
  ear.close();
  rmSync(folder, { recursive: true, force: true });
});

/** From the address that the API itself gives. */
async function clone(token = "ada-token"): Promise<string> {
  const at = join(folder, `clone-${token}`);
  const { body } = await api(`/repos/${REPO}`);
  const url = String(body.clone_url).replace("://", `://x:${token}@`);
  await git(folder, "clone", "--quiet", url, at);
  return at;
}

async function api(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: "token t0ken" } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("a real push moves the branch, closes the issue its commit fixes, and is told by signed webhooks", async () => {
  server.forgejo.people.createIssue({ repo: REPO, title: "Wobble", by: "ada", labels: ["bug"] });
  const at = await clone();
  const base = await git(at, "rev-parse", "HEAD");
  const sha = await commit(at, "Fixes #1\n\nAFK-Run: 7");
  await git(at, "push", "--quiet", "origin", "HEAD:main");
  expect((await api(`/repos/${REPO}/branches/main`)).body).toMatchObject({ commit: { id: sha } });
  expect((await api(`/repos/${REPO}/compare/${base}...main`)).body).toMatchObject({
    total_commits: 1,
    commits: [{ sha, commit: { message: "Fixes #1\n\nAFK-Run: 7\n" } }],
  });
  expect((await api(`/repos/${REPO}/contents/README.md`)).body).toMatchObject({ content: btoa("widgets\n") });
  expect((await api(`/repos/${REPO}/issues/1`)).body).toMatchObject({ state: "closed" });
  const told = ["issues opened", "issue_label label_updated", "issues closed", "push undefined"];
  await expect.poll(() => heard.map(({ type, action }) => `${type} ${action}`).sort()).toEqual(told.sort());
  expect(heard.every((each) => each.signed)).toBe(true);
  server.forgejo.assertContract();
});

test("a commit and a pull request tell their files from real git, the old name of a renamed one as each does", async () => {
  const at = await clone();
  const base = await git(at, "rev-parse", "HEAD");
  await git(at, "mv", "src/a.js", "src/b.js");
  await git(at, "commit", "--quiet", "--message", "Move");
  const moved = await git(at, "rev-parse", "HEAD");
  await git(at, "push", "--quiet", "origin", "HEAD:feature");
  const pull = { repo: REPO, branch: "feature", base: "main", by: "ada", title: "Move" };
  const { number } = await server.forgejo.pulls.open(pull);
  await git(at, "reset", "--quiet", "--hard", base);
  await commit(at, "Meanwhile");
  await git(at, "push", "--quiet", "origin", "HEAD:main");
  const { body } = await api(`/repos/${REPO}/git/commits/${moved}?stat=false`);
  expect(body).toMatchObject({ parents: [{ sha: base }], stats: null });
  expect(body.files).toEqual(["src/a.js", "src/b.js"].map((filename) => ({ filename, status: "modified" })));
  expect((await api(`/repos/${REPO}/git/commits/${moved}?files=false`)).body).toMatchObject({ files: null });
  expect((await api(`/repos/${REPO}/pulls/${number}/files`)).body).toMatchObject([
    { filename: "src/b.js", previous_filename: "src/a.js", status: "renamed" },
  ]);
  expect((await api(`/repos/${REPO}/pulls/99/files`)).status).toBe(404);
  server.forgejo.assertContract();
});

test("a receiver that fails is asked once, and never again", async () => {
  answerWith = 500;
  server.forgejo.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  await expect.poll(() => server.sent.map(({ status }) => status)).toEqual([500]);
  server.forgejo.people.comment({ repo: REPO, number: 1, by: "ada", body: "Hm" });
  await expect.poll(() => server.sent.length).toBe(2);
  expect(heard.map(({ type }) => type)).toEqual(["issues", "issue_comment"]);
});

test("a push is refused without credentials, from one who may only read, and to a protected branch", async () => {
  const reader = await clone("reader-token");
  await commit(reader, "mine");
  await expect(git(reader, "push", "origin", "HEAD:main")).rejects.toThrow(/403/);
  await git(reader, "remote", "set-url", "origin", `${server.url}/${REPO}.git`);
  await expect(git(reader, "push", "origin", "HEAD:main")).rejects.toThrow(/could not read Username|401/);
  server.protect(REPO, ["main"]);
  const writer = await clone();
  const sha = await commit(writer, "direct");
  await expect(git(writer, "push", "origin", "HEAD:main")).rejects.toThrow(/Not allowed to push to protected branch/);
  await git(writer, "push", "--quiet", "origin", "HEAD:feature");
  expect(await server.git.head(REPO, "feature")).toBe(sha);
});

test("killed, it answers nothing; restarted, it has its port, its state, and tells of the push it had not told", async () => {
  server.forgejo.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  const at = await clone();
  const sha = await commit(at, "Refs #1");
  await server.kill();
  await expect(fetch(server.url)).rejects.toThrow();
  await git(at, "push", "--quiet", server.git.directory(REPO), "HEAD:main");
  await server.restart();
  expect((await api(`/repos/${REPO}/issues/1`)).body).toMatchObject({ title: "Wobble" });
  expect((await api(`/repos/${REPO}/branches/main`)).body).toMatchObject({ commit: { id: sha } });
  await expect.poll(() => server.sent.map(({ event }) => event)).toContain("push");
});

test("a fault that breaks the connection after its effect looks like any broken connection, and the effect is there", async () => {
  server.forgejo.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  server.forgejo.faults.add(
    ({ method, path }) => method === "POST" && path.endsWith("/comments"),
    "reset-after-effect",
    1,
  );
  const post = (): Promise<Response> =>
    fetch(`${server.url}/api/v1/repos/${REPO}/issues/1/comments`, {
      method: "POST",
      headers: { authorization: "token t0ken" },
      body: JSON.stringify({ body: "Hello" }),
    });
  await expect(post()).rejects.toThrow();
  expect((await api(`/repos/${REPO}/issues/1`)).body).toMatchObject({ comments: 1 });
  expect((await post()).status).toBe(201);
  expect(server.forgejo.log.at(-1)).toMatchObject({ method: "POST", status: 201, fault: false });
});

test("asked anything outside the API, it has no answer", async () => {
  expect((await fetch(`${server.url}/graphql`, { method: "POST", body: "{}" })).status).toBe(404);
});
