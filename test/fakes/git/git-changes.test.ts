/** (node) What a commit changed, and a branch since it parted, in the graph and in real git alike. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { GIT_ENV, GitBare } from "./git-bare.ts";
import type { GitHost } from "./git-host.ts";
import { GitMemory } from "./git-memory.ts";

const REPO = "octo/widgets";
const WHO = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
const LONG = "a line that is long enough to be known again\n".repeat(5);

/** A branch that adds, renames and takes the trunk in; a trunk that went on meanwhile. */
type Made = { git: GitHost; first: string; added: string; renamed: string; trunk: string; tookIn: string };

async function inMemory(): Promise<Made> {
  const git = new GitMemory(() => 0);
  const first = git.add(REPO, "main", { message: "Begin", files: ["src/old.js"] });
  const added = git.add(REPO, "topic", { message: "Add", parents: [first], files: ["test/\u00fc b.test.js"] });
  const moved = { files: ["src/new.js", "src/old.js"], renamed: { "src/new.js": "src/old.js" } };
  const renamed = git.add(REPO, "topic", { message: "Move", ...moved });
  const trunk = git.add(REPO, "main", { message: "On", files: ["src/trunk.js"] });
  const tookIn = git.add(REPO, "topic", { message: "Take in", parents: [renamed, trunk], files: ["src/trunk.js"] });
  return { git, first, added, renamed, trunk, tookIn };
}

async function inBare(): Promise<Made> {
  const root = mkdtempSync(join(tmpdir(), "git-changes-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bare = new GitBare(join(root, "bare"));
  await bare.create(REPO, { files: { "src/old.js": LONG } });
  const tree = join(root, "tree");
  const git = (...args: string[]) =>
    execFileSync("git", [...WHO, ...args], { cwd: tree, env: { ...process.env, ...GIT_ENV }, encoding: "utf8" }).trim();
  mkdirSync(tree);
  git("clone", "--quiet", bare.directory(REPO), ".");
  const commit = (message: string, change: () => void): string => {
    change();
    git("add", "--all");
    git("commit", "--quiet", "--message", message);
    return git("rev-parse", "HEAD");
  };
  const write = (path: string) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), `${path}\n`);
  };
  const first = git("rev-parse", "HEAD");
  git("checkout", "--quiet", "-b", "topic");
  const added = commit("Add", () => write("test/\u00fc b.test.js"));
  const renamed = commit("Move", () => renameSync(join(tree, "src/old.js"), join(tree, "src/new.js")));
  git("checkout", "--quiet", "main");
  const trunk = commit("On", () => write("src/trunk.js"));
  git("checkout", "--quiet", "topic");
  git("merge", "--quiet", "--no-edit", "main");
  git("push", "--quiet", "origin", "topic", "main");
  return { git: bare, first, added, renamed, trunk, tookIn: git("rev-parse", "HEAD") };
}

const ADDED = "test/\u00fc b.test.js";
const MOVED = { path: "src/new.js", previous: "src/old.js", status: "renamed" };

describe.each([
  ["the graph in memory", inMemory],
  ["a bare repository", inBare],
])("in %s", (_, make) => {
  test("a commit tells its parents and what it changed against the first, both names of a rename", async () => {
    const { git, first, added, renamed, trunk, tookIn } = await make();
    const told = async (sha: string) => {
      const commit = await git.commit(REPO, sha);
      return [commit?.parents, commit?.files.toSorted()];
    };
    expect(await told(first)).toEqual([[], ["src/old.js"]]);
    expect(await told(added)).toEqual([[first], [ADDED]]);
    expect(await told(renamed)).toEqual([[added], ["src/new.js", "src/old.js"]]);
    expect(await told(tookIn)).toEqual([[renamed, trunk], ["src/trunk.js"]]);
  });

  test("two commits differ by what lies between them, a rename found as one", async () => {
    const { git, first, added, renamed, trunk, tookIn } = await make();
    const differ = async (base: string, head: string) =>
      (await git.changes(REPO, base, head)).map(({ path, previous }) => [path, previous]).toSorted();
    expect(await differ(first, added)).toEqual([[ADDED, undefined]]);
    expect(await git.changes(REPO, added, renamed)).toEqual([MOVED]);
    expect(await differ(renamed, tookIn)).toEqual([["src/trunk.js", undefined]]);
    expect(await differ(trunk, tookIn)).toEqual([
      [MOVED.path, MOVED.previous],
      [ADDED, undefined],
    ]);
    expect(await differ(first, first)).toEqual([]);
  });
});
