/** (node) What the rehearsal's CI tells Forgejo of an agent's branch, read as the loop reads it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createForgejoCiWatcher } from "../../lib/forge/forgejo/ci-watcher.ts";
import { createForgejoClient } from "../../lib/forge/forgejo/client.ts";
import { ForgejoServer } from "../fakes/forgejo/server.ts";
import { GIT_ENV } from "../fakes/git/git-bare.ts";
import { CiStandIn } from "./ci.ts";

const REPO = "octo/widgets";
const BRANCH = "afk/1-0f";
const TOKEN = "t0ken";
const ENV = { ...process.env, ...GIT_ENV };
const passes = (): string => 'import test from "node:test"; test("it", () => {});\n';
const fails = (): string => 'import test from "node:test"; test("it", () => { throw new Error("not yet"); });\n';
/** Says that it runs, and goes on until whoever runs it is killed. */
const goesOn = (at: string): string => `
  import { writeFileSync } from "node:fs";
  const runner = process.ppid;
  writeFileSync(${JSON.stringify(at)}, "");
  setInterval(() => process.ppid === runner || process.exit(), 100);
`;

async function staged(kind: "actions" | "outside", supersedes: boolean) {
  const root = mkdtempSync(join(tmpdir(), "rehearsal-ci-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  let ci: CiStandIn | undefined;
  const server = await ForgejoServer.start({
    ...{ root: join(root, "git"), token: TOKEN, ci: kind },
    deliver: () => {},
    onPush: (push) => ci?.pushed(push),
  });
  ci = new CiStandIn(server, { file: join(root, "ci.jsonl"), supersedes });
  onTestFinished(async () => {
    ci?.kill();
    await server.kill();
  });
  server.forgejo.people.addUser("ada");
  server.forgejo.addToken("ada-token", "ada");
  await server.addRepo({ name: REPO, permissions: { ada: "write" }, seed: { files: { "it.test.mjs": passes() } } });
  const clone = join(root, "clone");
  mkdirSync(clone);
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  const git = (...args: string[]): string =>
    execFileSync("git", [...who, "-C", clone, ...args], { env: ENV, encoding: "utf8", stdio: "pipe" }).trim();
  git("clone", "--quiet", server.git.directory(REPO), ".");
  const push = async (message: string, content: string): Promise<string> => {
    writeFileSync(join(clone, "it.test.mjs"), content);
    git("commit", "--quiet", "--all", "--message", message);
    git("push", "--quiet", server.git.directory(REPO), `HEAD:${BRANCH}`);
    await server.scan("ada");
    return git("rev-parse", "HEAD");
  };
  const client = createForgejoClient({ url: server.url, token: TOKEN, callMs: 5000, fetch });
  const watcher = createForgejoCiWatcher(client, { forge: "forgejo", owner: "octo", name: "widgets" });
  /** The newest word of each check of the commit. */
  const words = async (sha: string) => {
    const checks = await watcher.checks(sha, BRANCH);
    if (!checks.known) throw new Error(checks.why);
    const newest = [...checks.value].sort((one, other) => one.order - other.order);
    return Object.values(Object.fromEntries(newest.map(({ name, word }) => [name, word])));
  };
  return { root, push, words };
}

test.each(["actions", "outside"] as const)(
  "%s: each commit of the branch is tested and told on its own",
  async (kind) => {
    const { push, words } = await staged(kind, false);
    const red = await push("Test\n\nAFK-Phase: tests-red", fails());
    const green = await push("Mend\n\nAFK-Phase: green", passes());
    await expect.poll(() => words(green), { timeout: 40_000 }).toEqual(["success"]);
    expect(await words(red)).toEqual(["failure"]);
  },
  60_000,
);

test("what a newer push supersedes is cancelled in mid-test", async () => {
  const { root, push, words } = await staged("actions", true);
  const begun = join(root, "begun");
  const first = await push("Test", goesOn(begun));
  await expect.poll(() => existsSync(begun), { timeout: 40_000 }).toBe(true);
  const second = await push("Mend", passes());
  await expect.poll(() => words(second), { timeout: 40_000 }).toEqual(["success"]);
  expect(await words(first)).toEqual(["cancelled"]);
}, 60_000);
