/** (node) The rehearsal's CI over each forge's stand-in: real commits, pushed by real git, each with a verdict of its own. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { GIT_ENV } from "../fakes/git/git-bare.ts";
import { type CiOptions, CiStandIn } from "./ci.ts";
import { openForge } from "./stage-forge.ts";

const REPO = "acme/widgets";
const BRANCH = "afk/1-0a1b2c";
const WHO = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
const run = promisify(execFile);
const PASSES = 'import test from "node:test";\ntest("is", () => {});\n';
const FAILS = 'import test from "node:test";\ntest("is not", () => { throw new Error("no"); });\n';
const HANGS = 'import test from "node:test";\ntest("hangs", () => new Promise((end) => setTimeout(end, 60_000)));\n';

async function open(name: "github" | "forgejo", options: Omit<CiOptions, "file"> = {}) {
  const dir = mkdtempSync(join(tmpdir(), "rehearsal-ci-"));
  const hook = { url: "", secret: "s" };
  const said: string[] = [];
  const { server } = await openForge(name, {
    ...{ dir, hook, pusher: "dev", login: "afk-loop", ci: "own" },
    onPush: (push) => ci.pushed(push),
    deliver: ({ event }) => said.push(event),
  });
  const ci = new CiStandIn(server, { file: join(dir, "ci.jsonl"), ...options });
  onTestFinished(async () => {
    ci.kill();
    await server.kill();
    rmSync(dir, { recursive: true, force: true });
  });
  server.forge.people.addUser("dev");
  await server.addRepo({ name: REPO, permissions: { dev: "write" }, seed: { files: { "a.test.js": PASSES } } });
  const tree = join(dir, "tree");
  mkdirSync(tree);
  const git = async (...args: string[]) =>
    (await run("git", [...WHO, ...args], { cwd: tree, env: { ...process.env, ...GIT_ENV } })).stdout.trim();
  await git("clone", "--quiet", server.cloneUrl(REPO), ".");
  const push = async (text: string, branch = BRANCH) => {
    await git("checkout", "--quiet", "-B", branch);
    writeFileSync(join(tree, "b.test.js"), text);
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "--message", "Change");
    await git("push", "--quiet", "origin", branch);
    return git("rev-parse", "HEAD");
  };
  const word = (sha: string) => server.forge.ciWord(REPO, sha);
  const base = await git("rev-parse", "HEAD");
  const isOver = (sha: string, rerun = 0) =>
    expect
      .poll(() => ci.reported.some((one) => one.sha === sha && one.rerun === rerun), { timeout: 20_000, interval: 20 })
      .toBe(true);
  return { ci, forge: server.forge, base, push, word, isOver, said };
}

describe.each(["github", "forgejo"] as const)("on %s", (name) => {
  test("each commit of a branch has its own checks, and the trunk before it too where that is asked for", async () => {
    const { ci, base, push, word, isOver, said } = await open(name);
    expect(word(base)).toBe("none");
    await ci.baseline({ repo: REPO, branch: "main", after: base, by: "dev" });
    const red = await push(FAILS);
    await isOver(red);
    const green = await push(PASSES);
    await isOver(green);
    expect([word(base), word(red), word(green)]).toEqual(["fine", "red", "fine"]);
    expect(ci.reported.map(({ sha, branch, conclusion }) => [sha, branch, conclusion])).toEqual([
      [base, "main", "success"],
      [red, BRANCH, "failure"],
      [green, BRANCH, "success"],
    ]);
    expect(said.filter((event) => /^(workflow_run|status|action_run)/.test(event)).length).toBeGreaterThan(0);
  });

  test("a newer commit of a branch cancels what runs of an older one, where that is asked for", async () => {
    const { ci, push, word, isOver } = await open(name, { supersedes: true });
    const older = await push(HANGS);
    await expect.poll(() => word(older), { timeout: 20_000, interval: 20 }).toBe("pending");
    const other = await push(HANGS, "other");
    const newer = await push(PASSES);
    await isOver(older);
    const newest = await push(PASSES.replace("is", "is still"));
    const last = await push(PASSES, "other");
    await isOver(newest);
    await isOver(last);
    expect([word(newest), word(last)]).toEqual(["fine", "fine"]);
    const ends = Object.fromEntries(ci.reported.map(({ sha, conclusion }) => [sha, conclusion]));
    expect(ends).toMatchObject({
      [older]: "cancelled",
      [newer]: "cancelled",
      [other]: "cancelled",
      [newest]: "success",
    });
  });

  test("a verdict may be told of a branch, and be another when somebody runs it again", async () => {
    const branchVerdict: CiOptions["branchVerdict"] = ({ rerun }) => (rerun === 0 ? "failure" : undefined);
    const { ci, forge, push, word, isOver } = await open(name, { branchVerdict });
    const sha = await push(PASSES);
    await isOver(sha);
    expect(word(sha)).toBe("red");
    await forge.rerunByHand(REPO, ci.reported[0]?.runId ?? 0);
    await isOver(sha, 1);
    expect(word(sha)).toBe("fine");
    expect(ci.reported.map(({ rerun, conclusion }) => [rerun, conclusion])).toEqual([
      [0, "failure"],
      [1, "success"],
    ]);
  });
});
