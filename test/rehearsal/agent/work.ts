/** (node) The work itself, with real git and the project's real test command. Every path and name comes in. */
import { exec, execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Brief } from "./brief.ts";

export interface Place {
  brief: Brief;
  /** The clone. */
  root: string;
  /** The worktree, beside it. */
  tree: string;
}

const WHO = { NAME: "Rehearsal Agent", EMAIL: "agent@rehearsal.invalid" };

const ENV = {
  ...process.env,
  GIT_TERMINAL_PROMPT: "0",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: WHO.NAME,
  GIT_AUTHOR_EMAIL: WHO.EMAIL,
  GIT_COMMITTER_NAME: WHO.NAME,
  GIT_COMMITTER_EMAIL: WHO.EMAIL,
};

/** The project's tests need no way to the forge's git. */
const TEST_ENV = Object.fromEntries(
  Object.entries(ENV).filter(([name]) => !/^GIT_CONFIG_(COUNT|KEY|VALUE)/.test(name)),
);

const TRIES = 20;
const RETRY_MS = 500;

const run = promisify(execFile);
const shell = promisify(exec);

export function placeOf(brief: Brief, root: string): Place {
  const name = brief.branch.replaceAll("/", "_");
  return { brief, root, tree: join(dirname(root), `.${basename(root)}-worktrees`, name) };
}

/** Clones into an empty workspace; in any other the remote must be the one asked for. */
export async function ensureClone({ brief, root }: Place): Promise<void> {
  if (readdirSync(root).length === 0) {
    await git(root, "clone", "--quiet", brief.clone, ".");
    return;
  }
  // As it was written: `get-url` would show where git goes for it.
  const remote = await git(root, "config", "--get", "remote.origin.url");
  if (remote !== brief.clone) throw new Error(`the workspace is a clone of ${remote}, not of ${brief.clone}`);
  await git(root, "fetch", "--quiet", "--prune", "origin");
}

/**
 * On the run's branch, where it was pushed before, else from the trunk; with the newest trunk in it. What both changed
 * is settled in favour of the branch.
 */
export async function makeWorktree({ brief, root, tree }: Place): Promise<void> {
  rmSync(tree, { recursive: true, force: true }); // Left behind by a turn that was killed.
  await git(root, "worktree", "prune");
  const pushed = await git(root, "branch", "--remotes", "--list", `origin/${brief.branch}`);
  const from = pushed === "" ? `origin/${brief.trunk}` : `origin/${brief.branch}`;
  await git(root, "worktree", "add", "--quiet", "--no-track", "-B", brief.branch, tree, from);
  if (pushed !== "") await git(tree, "merge", "--quiet", "--no-edit", "-X", "ours", `origin/${brief.trunk}`);
}

export async function removeWorktree({ root, tree }: Place): Promise<void> {
  await git(root, "worktree", "remove", "--force", tree);
}

/** `name` is the test's own: a fix brings another one. */
export function writeTest({ brief, tree }: Place, name: string): void {
  const file = `feature-${brief.issue}`;
  const [assert, test, subject] = isModule(tree)
    ? [
        `import assert from "node:assert";`,
        `import { test } from "node:test";`,
        `import { feature } from "../src/${file}.js";`,
      ]
    : [
        `const assert = require("node:assert");`,
        `const { test } = require("node:test");`,
        `const { feature } = require("../src/${file}.js");`,
      ];
  const body = `test("${name}", () => {\n  assert.strictEqual(feature(), ${brief.issue});\n});`;
  write(join(tree, "test", `${name}.test.js`), `${assert}\n${test}\n${subject}\n\n${body}\n`);
}

/** `off`: how far the answer is from right. */
export function implement({ brief, tree }: Place, off: number): void {
  const declaration = `function feature() {\n  return ${brief.issue + off};\n}\n`;
  const code = isModule(tree) ? `export ${declaration}` : `${declaration}\nmodule.exports = { feature };\n`;
  write(join(tree, "src", `feature-${brief.issue}.js`), code);
}

/** What a reviewer asked for: another line of the code, which changes nothing. */
export function polish({ brief, tree }: Place, turn: number): void {
  const path = join(tree, "src", `feature-${brief.issue}.js`);
  write(path, `${readFileSync(path, "utf8")}// Polished in turn ${turn}.\n`);
}

/** A page that no test is expected of. */
export function writePage({ brief, tree }: Place): void {
  write(join(tree, "docs", `${brief.issue}.md`), `What ${brief.issue} is about.\n`);
}

/** A file that nothing reads, for a project whose tests we cannot write. */
export function writeNote({ brief, tree }: Place, turn: number): void {
  write(join(tree, `rehearsal-${brief.issue}.txt`), `Written by a rehearsal of AFK loop, in turn ${turn}.\n`);
}

/** What somebody's newest commit on the trunk says. */
export async function trunkSays({ brief, root }: Place, words: string): Promise<boolean> {
  await git(root, "fetch", "--quiet", "origin");
  return (await git(root, "log", "-1", "--format=%s", `origin/${brief.trunk}`)) === words;
}

export async function commit({ tree }: Place, subject: string, phase: "tests-red" | "green" | null): Promise<void> {
  await git(tree, "add", "--all");
  const trailer = phase === null ? "" : `\n\nAFK-Phase: ${phase}`;
  await git(tree, "commit", "--quiet", "--message", `${subject}${trailer}`);
}

export async function pushBranch({ brief, tree }: Place): Promise<void> {
  await git(tree, "push", "--quiet", "origin", `HEAD:refs/heads/${brief.branch}`);
}

/** The project's own test command: did it pass? */
export async function testsPass({ tree }: Place): Promise<boolean> {
  const command = testCommand(tree);
  if (command === null) throw new Error("the project has no test command");
  return shell(command, { cwd: tree, env: TEST_ENV }).then(
    () => true,
    () => false,
  );
}

/**
 * Whether a test of ours would be heeded: the project's tests pass, are red with ours alone, and pass with the code to it.
 * All is as it was before.
 */
export async function canTestFirst(place: Place, name: string): Promise<boolean> {
  if (testCommand(place.tree) === null || !(await testsPass(place))) return false;
  writeTest(place, name);
  const isRed = !(await testsPass(place));
  implement(place, 0);
  const isGreen = isRed && (await testsPass(place));
  await git(place.tree, "clean", "--quiet", "--force", "-d");
  return isGreen;
}

/** A new merge commit on the trunk, the only one with the run's trailer. Others may push meanwhile: once more then. */
export async function land(place: Place, word: "Refs" | "Fixes"): Promise<string> {
  try {
    return await landOnce(place, word);
  } catch (error) {
    if (/GH006|protected branch/i.test(String(error))) throw new BranchProtected("branch refuses direct push");
    if (!/non-fast-forward|fetch first|cannot lock ref/.test(String(error))) throw error;
    return landOnce(place, word);
  }
}

/** The trunk takes no direct push, by rule: the agent says so, in the words it was given, and stops. */
export class BranchProtected extends Error {}

async function landOnce({ brief, tree }: Place, word: "Refs" | "Fixes"): Promise<string> {
  const { issue, trunk, branch } = brief;
  await git(tree, "fetch", "--quiet", "origin");
  await git(tree, "checkout", "--quiet", "--detach", `origin/${trunk}`);
  const message = `Land #${issue}\n\n${word} #${issue}\n\nAFK-Run: ${brief.run}`;
  await git(tree, "merge", "--quiet", "--no-ff", "--message", message, branch);
  await git(tree, "push", "--quiet", "origin", `HEAD:refs/heads/${trunk}`);
  return git(tree, "rev-parse", "HEAD");
}

/** A forge that is away for a moment is asked again, as anyone at work would. */
async function git(cwd: string, ...args: string[]): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const { stdout } = await run("git", args, { cwd, env: ENV });
      return stdout.trim();
    } catch (error) {
      if (tries >= TRIES || !/Failed to connect|hung up|RPC failed|Connection reset/.test(String(error))) throw error;
      await sleep(RETRY_MS);
    }
  }
}

function testCommand(tree: string): string | null {
  const path = join(tree, "package.json");
  const command = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).scripts?.test : null;
  return typeof command === "string" ? command : null;
}

function isModule(tree: string): boolean {
  const path = join(tree, "package.json");
  return existsSync(path) && JSON.parse(readFileSync(path, "utf8")).type === "module";
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
