import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verify } from "@octokit/webhooks-methods";
import { afterEach, beforeEach, expect, test } from "vitest";
import { validateExchange } from "../../contracts/validate-exchange.ts";
import { commit, git } from "../git/as-ada.ts";
import { GitHubServer, type GitHubServerOptions } from "./server.ts";

const REPO = "octo/widgets";
const SECRET = "s3cret";

let folder: string;
let server: GitHubServer;
let heard: { event: string; action: string | undefined; signed: boolean }[];
let ear: ReturnType<typeof createServer>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fake-github-"));
  heard = [];
  ear = createServer(async (from, to) => {
    let body = "";
    for await (const chunk of from) body += chunk;
    const signature = String(from.headers["x-hub-signature-256"]);
    heard.push({
      event: String(from.headers["x-github-event"]),
      action: JSON.parse(body).action,
      signed: await verify(SECRET, body, signature),
    });
    to.writeHead(202).end();
  });
  await new Promise<void>((resolve) => ear.listen(0, "127.0.0.1", resolve));
  server = await start({});
});

afterEach(async () => {
  await server.kill();
  ear.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: Partial<GitHubServerOptions>): Promise<GitHubServer> {
  const url = `http://127.0.0.1:${(ear.address() as AddressInfo).port}/webhooks/github`;
  const started = await GitHubServer.start({
    root: folder,
    token: "t0ken",
    webhook: { url, secret: SECRET },
    validate: validateExchange,
    ...more,
  });
  started.github.people.addUser("ada");
  started.github.addToken("ada-token", "ada");
  started.github.addToken("reader-token", "reader");
  await started.addRepo({
    name: REPO,
    permissions: { ada: "write" },
    seed: { files: { "README.md": "widgets\n", "src/a.js": "1\n" } },
  });
  return started;
}

async function clone(token = "ada-token"): Promise<string> {
  const at = join(folder, `clone-${token}`);
  await git(folder, "clone", "--quiet", `http://x:${token}@127.0.0.1:${server.port}/git/${REPO}.git`, at);
  return at;
}

async function api(path: string, token = "t0ken"): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(server.url + path, {
    headers: { authorization: `token ${token}`, "user-agent": "test" },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("a real git push over HTTP moves the branch, closes the issue its commit fixes, and is told by signed webhooks", async () => {
  server.github.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  const at = await clone();
  const sha = await commit(at, "Fixes #1");
  await git(at, "push", "--quiet", "origin", "HEAD:main");
  expect((await api(`/repos/${REPO}/branches/main`)).body).toMatchObject({ commit: { sha } });
  expect((await api(`/repos/${REPO}/issues/1`)).body).toMatchObject({ state: "closed", closed_by: { login: "ada" } });
  await expect
    .poll(() => heard.map(({ event, action }) => [event, action]))
    .toEqual([
      ["issues", "opened"],
      ["push", undefined],
      ["issues", "closed"],
    ]);
  expect(heard.every((each) => each.signed)).toBe(true);
  expect(server.sent.every((each) => each.status === 202)).toBe(true);
  server.github.assertContract();
});

test("compare over a real repository lists the new commits oldest first, merges included", async () => {
  const base = (await server.git.head(REPO, "main")) ?? "";
  const at = await clone();
  await git(at, "checkout", "--quiet", "-b", "afk/1-x");
  const one = await commit(at, "one");
  const two = await commit(at, "two\n\nAFK-Run: 7");
  await git(at, "checkout", "--quiet", "main");
  await git(at, "merge", "--quiet", "--no-ff", "-m", "Land it", "afk/1-x");
  const merge = await git(at, "rev-parse", "HEAD");
  await git(at, "push", "--quiet", "origin", "main", "afk/1-x");
  const { body } = await api(`/repos/${REPO}/compare/${base}...main`);
  expect(body).toMatchObject({ status: "ahead", ahead_by: 3, behind_by: 0, total_commits: 3 });
  expect((body.commits as { sha: string }[]).map((each) => each.sha)).toEqual([one, two, merge]);
  expect((await api(`/repos/${REPO}/compare/main...${base}`)).body).toMatchObject({
    status: "behind",
    behind_by: 3,
    commits: [],
  });
  expect((await api(`/repos/${REPO}/branches/afk%2F1-x`)).body).toMatchObject({
    commit: { sha: two, commit: { message: "two\n\nAFK-Run: 7" } },
  });
  server.github.assertContract();
});

test("a push is refused without credentials, from one who may only read, and to a protected branch", async () => {
  const reader = await clone("reader-token");
  await commit(reader, "mine");
  await expect(git(reader, "push", "origin", "HEAD:main")).rejects.toThrow(/403/);
  await git(reader, "remote", "set-url", "origin", `${server.url}/git/${REPO}.git`);
  await expect(git(reader, "push", "origin", "HEAD:main")).rejects.toThrow(/could not read Username|401/);
  server.protect(REPO, ["main"]);
  const writer = await clone();
  const sha = await commit(writer, "direct");
  await expect(git(writer, "push", "origin", "HEAD:main")).rejects.toThrow(
    /GH006: Protected branch update failed for refs\/heads\/main/,
  );
  await git(writer, "push", "--quiet", "origin", "HEAD:feature");
  expect(await server.git.head(REPO, "feature")).toBe(sha);
  server.protect(REPO, []);
  await git(writer, "push", "--quiet", "origin", "HEAD:main");
});

test("killed, it answers nothing; restarted, it has its port, its state, and tells of the push it had not told", async () => {
  server.github.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  const at = await clone();
  const sha = await commit(at, "Fixes #1");
  await server.kill();
  await expect(fetch(server.url)).rejects.toThrow();
  // As if the kill had come after git took the push and before anyone was told.
  await git(at, "push", "--quiet", server.git.directory(REPO), "HEAD:main");
  await server.restart();
  expect((await api(`/repos/${REPO}/issues/1`)).body).toMatchObject({ title: "Wobble", state: "closed" });
  expect((await api(`/repos/${REPO}/branches/main`)).body).toMatchObject({ commit: { sha } });
});

test("killed while a push is under way, it has told of it once when all is quiet again", async () => {
  server.github.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  const at = await clone();
  await commit(at, "Fixes #1");
  const base = await git(at, "rev-parse", "HEAD~1");
  const pushing = git(at, "push", "--quiet", "origin", "HEAD:main").catch(() => {});
  await expect.poll(() => server.git.head(REPO, "main"), { interval: 2 }).not.toBe(base);
  await server.kill();
  await pushing;
  await server.restart();
  expect((await api(`/repos/${REPO}/issues/1`)).body).toMatchObject({ state: "closed" });
  expect(server.github.deliveries.filter((delivery) => delivery.event === "push")).toHaveLength(1);
});

test("a fault that breaks the connection after its effect looks like any broken connection, and the effect is there", async () => {
  server.github.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  server.github.faults.add((request) => request.method === "POST", "reset-after-effect", 1);
  const post = (): Promise<Response> =>
    fetch(`${server.url}/repos/${REPO}/issues/1/comments`, {
      method: "POST",
      headers: { authorization: "token t0ken", "user-agent": "test" },
      body: JSON.stringify({ body: "Hello" }),
    });
  await expect(post()).rejects.toThrow();
  expect((await api(`/repos/${REPO}/issues/1`)).body).toMatchObject({ comments: 1 });
  expect((await post()).status).toBe(201);
});

test("a delivery may be lost, or sent twice under one id", async () => {
  await server.kill();
  rmSync(join(folder, "octo"), { recursive: true });
  server = await start({
    deliver: (delivery, send) => {
      if (delivery.event === "issues") void send(delivery).then(() => send(delivery));
    },
  });
  server.github.people.createIssue({ repo: REPO, title: "Wobble", by: "ada" });
  server.github.people.comment({ repo: REPO, number: 1, by: "ada", body: "Hm" });
  await expect.poll(() => server.sent.map(({ id, event }) => [id, event])).toHaveLength(2);
  expect(new Set(server.sent.map(({ id }) => id)).size).toBe(1);
  expect(server.github.deliveries).toHaveLength(2);
});
