/** (node) What stands at a path of a commit of a bare repository, and new commits that change files there. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry, Writing } from "./git-host.ts";
import { commitTree, type RunGit } from "./git-merges.ts";

export async function entryAt(run: RunGit, sha: string, path: string): Promise<Entry | undefined> {
  const listed = await run(["ls-tree", "-z", sha, "--", path]);
  const [, mode, , object = ""] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(listed) ?? [];
  switch (mode) {
    case undefined:
      return undefined;
    case "040000": {
      const names = await run(["ls-tree", "-z", "--name-only", object]);
      return { type: "directory", names: names.split("\0").filter((name) => name !== "") };
    }
    case "120000":
      return { type: "symlink", target: await run(["cat-file", "blob", object]) };
    case "160000":
      return { type: "submodule", sha: object };
    default:
      return { type: "file", text: await run(["cat-file", "blob", object]) };
  }
}

/** In an index of its own, so that nobody else's work is in it. */
export async function written(run: RunGit, directory: string, writing: Writing): Promise<string> {
  const aside = mkdtempSync(join(tmpdir(), "afk-index-"));
  const env = { GIT_INDEX_FILE: join(aside, "index"), GIT_WORK_TREE: aside };
  try {
    await run(["read-tree", writing.base], env);
    for (const [path, text] of Object.entries(writing.files)) {
      const change =
        text === null ? ["--force-remove", path] : ["--add", "--cacheinfo", `100644,${blob(directory, text)},${path}`];
      await run(["update-index", ...change], env);
    }
    const tree = (await run(["write-tree"], env)).trim();
    const people = { author: writing.author, committer: writing.author };
    return await commitTree(run, tree, [writing.base], writing.message, people);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function blob(directory: string, text: string): string {
  const args = ["--git-dir", directory, "hash-object", "-w", "--stdin"];
  return execFileSync("git", args, { input: text, encoding: "utf8" }).trim();
}
