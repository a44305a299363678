/** The way to one repo's git for whoever must not hold its token. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitGate } from "./git-gate.ts";
import { ME, OwnForge, REPO } from "./own-forge.ts";

let own: OwnForge;
let gate: GitGate;
beforeAll(async () => {
  own = await OwnForge.open("github", "none");
  gate = await GitGate.open(own.served.cloneUrl(REPO), ME, own.token);
});
afterAll(async () => {
  await gate.close();
  await own.close();
});

const git = (env: Record<string, string>, ...args: string[]) =>
  promisify(execFile)("git", args, { env: { PATH: process.env.PATH, ...env } });
const address = () => (gate.env.GIT_CONFIG_KEY_0 ?? "").replace(/^url\.|\.insteadOf$/g, "");

test("git reaches the repo by its own address, and its environment holds no credential", async () => {
  const clone = own.served.cloneUrl(REPO);
  const { stdout } = await git(gate.env, "ls-remote", clone, "refs/heads/main");
  expect(stdout).toBe(`${await own.head()}\trefs/heads/main\n`);
  expect(JSON.stringify(gate.env)).not.toContain(own.token);
  expect(JSON.stringify(gate.env)).not.toContain(Buffer.from(`${ME}:${own.token}`).toString("base64"));
});

test("nobody without its key gets in, and nothing but the repo's git is behind it", async () => {
  const { origin } = new URL(address());
  for (const url of [
    `${origin}/info/refs`,
    `${origin}/wrong/info/refs`,
    `${address()}/../../user`,
    `${address()}/HEAD`,
  ])
    expect((await fetch(url)).status, url).toBe(404);
  expect((await fetch(`${address()}/info/refs?service=git-upload-pack`)).status).toBe(200);
});

test("it says what the forge says to a push", async () => {
  expect(await gate.pushStatus()).toBe(200);
  own.forge.people.setPermission(REPO, ME, "read");
  expect(await gate.pushStatus()).toBe(403);
});
