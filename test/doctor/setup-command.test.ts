/** `npm run setup` as a person runs it, with answers typed. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { withVars } from "../../scripts/doctor/dev-vars-file.ts";
import { World } from "./world.ts";

const SETUP = join(import.meta.dirname, "../../scripts/setup.ts");

async function run(world: World, env: Record<string, string>, typed: string, ...args: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), "afk-setup-command-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, ".dev.vars"), `# mine\n${withVars("", world.env)}`, { mode: 0o600 });
  const child = spawn(process.execPath, [SETUP, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(typed);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return {
    stdout,
    stderr,
    code,
    file: readFileSync(join(cwd, ".dev.vars"), "utf8"),
    mode: statSync(join(cwd, ".dev.vars")).mode & 0o777,
  };
}

async function bare() {
  const world = await World.github();
  world.forge.repo.labels = world.forge.repo.labels.slice(0, 2);
  world.forge.repo.hooks = [];
  world.env.GITHUB_WEBHOOK_SECRET = "";
  return world;
}

test("yes and no are typed; the secret is kept and not said", async () => {
  const world = await bare();
  const { stdout, stderr, code, file, mode } = await run(world, {}, "no\ny\n");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(world.forge.repo.labels).toHaveLength(2);
  const secret = /^GITHUB_WEBHOOK_SECRET=([0-9a-f]{64})$/m.exec(file)?.[1] ?? "";
  expect(world.forge.hook).toMatchObject({ url: world.hookUrl, secret });
  expect(stdout).not.toContain(secret);
  expect(file.startsWith("# mine\n")).toBe(true);
  expect(mode).toBe(0o600);
  expect(stdout).toMatch(/Shall I make the label ready-for-human in github:acme\/widgets\? \[y\/N\] /);
  expect(stdout.trimEnd()).toMatch(/ {2}1\. clear the kill switch, AFK_KILL_SWITCH$/);
});

test("when nobody types any more, everything is a no", async () => {
  const world = await bare();
  const { code, file } = await run(world, {}, "");
  expect(code).toBe(0);
  expect(file).toBe(`# mine\n${withVars("", world.env)}`);
  expect(world.forge.repo.hooks).toEqual([]);
});

test("what the environment holds is not written beside it", async () => {
  const world = await bare();
  const { stdout, code, file } = await run(world, { GITHUB_WEBHOOK_SECRET: "" }, "no\ny\n");
  expect(stdout).toContain("  not done: GITHUB_WEBHOOK_SECRET is set in the environment");
  expect(code).toBe(1);
  expect(file).toContain("GITHUB_WEBHOOK_SECRET=\n");
  expect(world.forge.repo.hooks).toEqual([]);
});

test("the file that AFK_SETTINGS names is the one that is written", async () => {
  const world = await bare();
  const dir = mkdtempSync(join(tmpdir(), "afk-setup-settings-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, "settings");
  writeFileSync(path, withVars("", world.env), { mode: 0o600 });
  const { stdout, file } = await run(world, { AFK_SETTINGS: path }, "no\ny\n");
  expect(readFileSync(path, "utf8")).toMatch(/^GITHUB_WEBHOOK_SECRET=[0-9a-f]{64}$/m);
  expect(stdout).toContain(`Written to ${path}. `);
  expect(file).toContain("GITHUB_WEBHOOK_SECRET=\n");
});

test("a dry run asks nothing", async () => {
  const world = await bare();
  const { stdout, code } = await run(world, {}, "y\ny\n", "--dry-run");
  expect(stdout).toContain("would make the label ready-for-human in github:acme/widgets\n");
  expect(stdout).not.toContain("Shall I");
  expect(world.forge.repo.labels).toHaveLength(2);
  expect(code).toBe(0);
});

test("a wrong flag ends with 2 before anything is looked at", async () => {
  const world = await bare();
  const { stderr, code } = await run(world, {}, "", "--yes");
  expect(stderr).toContain("setup: Unknown option '--yes'");
  expect(code).toBe(2);
  expect(world.forge.fake.log).toEqual([]);
});
