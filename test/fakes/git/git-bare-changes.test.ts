/** (node) What real git tells of a commit and of a range: names as they are, and a rename for what it is. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { GIT_ENV, GitBare } from "./git-bare.ts";
import { GitMemory } from "./git-memory.ts";

const REPO = "octo/widgets";

async function renamed() {
  const root = mkdtempSync(join(tmpdir(), "git-changes-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const git = new GitBare(root);
  await git.create(REPO, { files: { "src/old.ts": "1\n2\n3\n", "gone.ts": "4\n", "kept.ts": "5\n", link: "kept.ts" } });
  const base = (await git.head(REPO, "main")) ?? "";
  const lines = [
    "commit refs/heads/main\ncommitter Ada <ada@example.com> 1793523600 +0000\ndata 4\nMove",
    "from refs/heads/main^0",
    "R src/old.ts src/new.ts",
    "D gone.ts",
    'M 100644 inline "tests/\\303\\274ber.test.ts"\ndata 2\n6\n',
    "M 100644 inline kept.ts\ndata 2\n7\n",
    "M 120000 inline link\ndata 7\nkept.ts",
  ];
  const options = { input: `${lines.join("\n")}\n`, env: { ...process.env, ...GIT_ENV } };
  execFileSync("git", ["--git-dir", git.directory(REPO), "fast-import", "--quiet"], options);
  return { git, base, head: (await git.head(REPO, "main")) ?? "" };
}

test("a commit touches both names of a rename, in whatever script they are", async () => {
  const { git, base, head } = await renamed();
  const commit = await git.commit(REPO, head);
  expect(commit?.parents).toEqual([base]);
  const files = ["gone.ts", "kept.ts", "link", "src/new.ts", "src/old.ts", "tests/über.test.ts"];
  expect(commit?.files.toSorted()).toEqual(files);
});

test("a range tells a rename as one change, and a file that became a link as its end and its beginning", async () => {
  const { git, base, head } = await renamed();
  expect(await git.changes(REPO, base, head)).toEqual([
    { status: "deleted", path: "gone.ts" },
    { status: "changed", path: "kept.ts" },
    { status: "deleted", path: "link" },
    { status: "added", path: "link" },
    { status: "renamed", previous: "src/old.ts", path: "src/new.ts" },
    { status: "added", path: "tests/über.test.ts" },
  ]);
  expect(await git.changes(REPO, head, head)).toEqual([]);
});

test("in the graph each file that lies between is changed, once", async () => {
  const git = new GitMemory(() => 0);
  const base = git.add(REPO, "main", { message: "Begin", files: ["a"] });
  git.add(REPO, "main", { message: "One", files: ["b"] });
  const head = git.add(REPO, "main", { message: "Two", files: ["b", "c"] });
  expect(await git.changes(REPO, base, head)).toEqual([
    { path: "b", status: "changed" },
    { path: "c", status: "changed" },
  ]);
});
