/** (node) What merging leaves, in the graph and in real git alike. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { GIT_ENV, GitBare } from "./git-bare.ts";
import { type GitHost, type Merging, NO_COMMIT } from "./git-host.ts";
import { GitMemory } from "./git-memory.ts";

const REPO = "octo/widgets";
const ADA = { name: "Ada", email: "ada@example.com", date: "2026-11-01T09:00:00Z" };
const WEB = { name: "Web", email: "web@example.com", date: "2026-11-01T09:00:00Z" };

type Made = { git: GitHost; base: string; topic: string; clashing: string };

async function inMemory(): Promise<Made> {
  const git = new GitMemory(() => Date.parse(ADA.date));
  const first = git.add(REPO, "main", { message: "Begin", files: ["a"], contents: { a: "1\n" } });
  git.add(REPO, "topic", { message: "One", parents: [first], contents: { b: "1\n" } });
  const topic = git.add(REPO, "topic", { message: "Two", contents: { b: "2\n" } });
  const clashing = git.add(REPO, "clashing", { message: "Clash", parents: [first], contents: { a: "3\n" } });
  const base = git.add(REPO, "main", { message: "On", contents: { a: "2\n" } });
  return { git, base, topic, clashing };
}

async function inBare(): Promise<Made> {
  const root = mkdtempSync(join(tmpdir(), "git-merges-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const git = new GitBare(root);
  await git.create(REPO, { files: { a: "1\n" }, message: "Begin" });
  const first = (await git.head(REPO, "main")) ?? "";
  const add = async (branch: string, files: Record<string, string>, message: string) => {
    const told = (text: string) => `data ${text.length}\n${text}`;
    const lines = [
      `commit refs/heads/${branch}\ncommitter Ada <ada@example.com> 1793523600 +0000\n${told(message)}`,
      `from refs/heads/${branch}^0`,
      ...Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${told(text)}`),
    ];
    const options = { input: `${lines.join("\n")}\n`, env: { ...process.env, ...GIT_ENV } };
    execFileSync("git", ["--git-dir", git.directory(REPO), "fast-import", "--quiet"], options);
    return (await git.head(REPO, branch)) ?? "";
  };
  for (const branch of ["topic", "clashing"]) await git.moveBranch(REPO, { branch, before: NO_COMMIT, after: first });
  await add("topic", { b: "1\n" }, "One");
  const topic = await add("topic", { b: "2\n" }, "Two");
  const clashing = await add("clashing", { a: "3\n" }, "Clash");
  return { git, base: await add("main", { a: "2\n" }, "On"), topic, clashing };
}

describe.each([
  ["the graph", inMemory],
  ["real git", inBare],
])("%s", (_, make) => {
  const wish = { message: "Land", author: ADA, committer: WEB };

  test.each<[Merging["method"], string[], number]>([
    ["merge", ["One", "Two", "Land"], 2],
    ["squash", ["Land"], 1],
    ["rebase", ["One", "Two"], 1],
  ])("%s leaves %j on top of the base", async (method, messages, parents) => {
    const { git, base, topic } = await make();
    expect(await git.conflicts(REPO, base, topic)).toBe(false);
    const sha = (await git.merge(REPO, { ...wish, base, head: topic, method })) ?? "";
    const { ahead = [], behindBy } = (await git.compare(REPO, base, sha)) ?? {};
    expect([ahead.map(({ message }) => message).toSorted(), behindBy]).toEqual([messages.toSorted(), 0]);
    expect((await git.commit(REPO, sha))?.parents).toHaveLength(parents);
    expect(await git.file(REPO, sha, "a")).toBe("2\n");
    expect(await git.file(REPO, sha, "b")).toBe("2\n");
    expect(await git.head(REPO, "main")).toBe(base);
  });

  test.each<Merging["method"]>(["merge", "squash", "rebase"])("%s cannot merge what clashes", async (method) => {
    const { git, base, clashing } = await make();
    expect(await git.conflicts(REPO, base, clashing)).toBe(true);
    expect(await git.merge(REPO, { ...wish, base, head: clashing, method })).toBeUndefined();
  });

  test("a branch moves only from where it is; it is made from nothing and goes to nothing", async () => {
    const { git, base, topic } = await make();
    const move = { branch: "main", before: topic, after: topic };
    expect([await git.moveBranch(REPO, move), await git.head(REPO, "main")]).toEqual([false, base]);
    expect([await git.moveBranch(REPO, { ...move, before: base }), await git.head(REPO, "main")]).toEqual([
      true,
      topic,
    ]);
    expect(await git.moveBranch(REPO, { branch: "new", before: NO_COMMIT, after: topic })).toBe(true);
    expect(await git.moveBranch(REPO, { branch: "new", before: topic, after: NO_COMMIT })).toBe(true);
    expect(await git.head(REPO, "new")).toBeUndefined();
  });
});
