/** (node) Files of a commit, in the graph and in real git alike. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { GIT_ENV, GitBare } from "./git-bare.ts";
import type { GitHost } from "./git-host.ts";
import { GitMemory } from "./git-memory.ts";

const REPO = "octo/widgets";
const ADA = { name: "Ada", email: "ada@example.com", date: "2026-11-01T09:00:00Z" };

async function inBare(): Promise<GitBare> {
  const root = mkdtempSync(join(tmpdir(), "git-contents-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const git = new GitBare(root);
  await git.create(REPO, { files: { "a.txt": "1\n", "dir/b": "2\n" }, message: "Begin" });
  return git;
}

async function inMemory(): Promise<GitHost> {
  const git = new GitMemory(() => Date.parse(ADA.date));
  git.add(REPO, "main", { message: "Begin", contents: { "a.txt": "1\n", "dir/b": "2\n" } });
  return git;
}

describe.each([
  ["the graph", inMemory],
  ["real git", inBare],
])("in %s", (_name, made) => {
  test("files are written, changed and taken away, and the branch stays until it is moved", async () => {
    const git = await made();
    const base = (await git.head(REPO, "main")) ?? "";
    const files = { ".afk.yml": "ci: none\n", "a.txt": null, "dir/b": "3\n" };
    const sha = await git.write(REPO, { base, files, message: "Change", author: ADA });
    expect(await git.head(REPO, "main")).toBe(base);
    expect(await git.entry(REPO, sha, ".afk.yml")).toEqual({ type: "file", text: "ci: none\n" });
    expect(await git.entry(REPO, sha, "a.txt")).toBeUndefined();
    expect(await git.entry(REPO, sha, "dir/b")).toEqual({ type: "file", text: "3\n" });
    expect(await git.entry(REPO, sha, "dir")).toEqual({ type: "directory", names: ["b"] });
    expect(await git.entry(REPO, base, "a.txt")).toEqual({ type: "file", text: "1\n" });
    expect(await git.commit(REPO, sha)).toMatchObject({ parents: [base], message: "Change" });
    expect((await git.commit(REPO, sha))?.files.sort()).toEqual([".afk.yml", "a.txt", "dir/b"]);
  });
});

test("a link and a submodule are told from files", async () => {
  const git = await inBare();
  const run = (args: string[], input = "") =>
    execFileSync("git", ["--git-dir", git.directory(REPO), ...args], {
      input,
      encoding: "utf8",
      env: { ...process.env, ...GIT_ENV, GIT_INDEX_FILE: join(git.root, "index") },
    }).trim();
  const link = run(["hash-object", "-w", "--stdin"], "a.txt");
  run(["update-index", "--add", "--cacheinfo", `120000,${link},link`]);
  run(["update-index", "--add", "--cacheinfo", `160000,${"b".repeat(40)},sub`]);
  const tree = run(["write-tree"]);
  const identity = ["-c", "user.name=Ada", "-c", "user.email=a@example.com"];
  const sha = run([...identity, "commit-tree", tree, "-m", "Links"]);
  expect(await git.entry(REPO, sha, "link")).toEqual({ type: "symlink", target: "a.txt" });
  expect(await git.entry(REPO, sha, "sub")).toEqual({ type: "submodule", sha: "b".repeat(40) });
});
