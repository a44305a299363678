/** A GitHub App by its manifest, with a browser that does what a person would; and an App's key. */
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { htmlUrl } from "../../lib/doctor/setup/manifest.ts";
import { parseDevVars } from "../../scripts/start/dev-vars.ts";
import { SetupRun } from "./setup-kit.ts";
import { REPO, World } from "./world.ts";

const yes = () => true;

/** Presses the button of the page, agrees on GitHub's, and is sent back. */
async function agree(page: string): Promise<string> {
  const html = await (await fetch(page)).text();
  const unescaped = (text = "") => text.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)));
  const action = unescaped(/action="([^"]+)"/.exec(html)?.[1]);
  const manifest = unescaped(/name="manifest" value="([^"]+)"/.exec(html)?.[1]);
  const sent = await fetch(action, { method: "POST", body: new URLSearchParams({ manifest }), redirect: "manual" });
  return sent.headers.get("location") ?? "";
}

async function withoutCredentials() {
  const world = await World.github();
  Object.assign(world.env, { GITHUB_TOKEN: "", GITHUB_WEBHOOK_SECRET: "" });
  return { world, setup: new SetupRun(world) };
}

test("an App is made, kept and works, once it is installed", async () => {
  const { world, setup } = await withoutCredentials();
  setup.browse = async (page) => {
    await fetch(await agree(page));
  };
  expect(await setup.run(yes)).toBe(true);
  const kept = Object.fromEntries(parseDevVars(setup.file, ".dev.vars").map(({ name, value }) => [name, value]));
  expect(kept.GITHUB_APP_PRIVATE_KEY).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect(kept.GITHUB_WEBHOOK_SECRET).toMatch(/^whsec/);
  const told = setup.said.join("\n");
  expect(told).not.toContain(kept.GITHUB_WEBHOOK_SECRET);
  expect(told).not.toContain("PRIVATE KEY-----");
  expect(told).toContain("install it in the repos: ");
  expect(told).toContain(`FAIL forge-permission github:${REPO}: the app is not installed`);

  world.forge.fake.people.setPermission(REPO, "afk-loop[bot]", "admin");
  await setup.run(() => Promise.reject(new Error("asked")));
  expect(setup.said.filter((line) => /^ {2}(FAIL|WARN|UNKNOWN)/.test(line))).toEqual([]);
});

test("the webhook secret that was in use goes on beside the App's", async () => {
  const { world } = await withoutCredentials();
  world.env.GITHUB_WEBHOOK_SECRET = "in-use-before-the-app";
  const setup = new SetupRun(world);
  setup.browse = async (page) => {
    await fetch(await agree(page));
  };
  expect(await setup.run(yes)).toBe(true);
  const kept = Object.fromEntries(parseDevVars(setup.file, ".dev.vars").map(({ name, value }) => [name, value]));
  expect(kept.GITHUB_WEBHOOK_SECRET).toMatch(/^whsec/);
  expect(kept.GITHUB_WEBHOOK_SECRET_PREVIOUS).toBe("in-use-before-the-app");
});

test("an answer that nobody asked for makes nothing, and the right one is still taken", async () => {
  const { setup } = await withoutCredentials();
  const refusals: number[] = [];
  setup.browse = async (page) => {
    const back = await agree(page);
    const forged = new URL(back);
    forged.searchParams.set("state", "another");
    refusals.push((await fetch(forged)).status);
    refusals.push((await fetch(new URL("/else", page))).status);
    refusals.push((await fetch(page, { method: "POST" })).status);
    await fetch(back);
  };
  expect(await setup.run(yes)).toBe(true);
  expect(refusals).toEqual([400, 404, 400]);
});

test("a code that GitHub does not know makes nothing and keeps nothing", async () => {
  const { setup } = await withoutCredentials();
  const before = setup.file;
  setup.browse = async (page) => {
    const back = new URL(await agree(page));
    back.searchParams.set("code", "used");
    await fetch(back);
  };
  expect(await setup.run(yes)).toBe(false);
  expect(setup.said).toContain("  not done: GitHub did not make the App (404)");
  expect(setup.file).toBe(before);
});

test("a key as GitHub hands it out is converted in its place", async () => {
  const world = await World.githubApp();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pkcs1 = String(privateKey.export({ type: "pkcs1", format: "pem" }));
  world.env.GITHUB_APP_PRIVATE_KEY = pkcs1;
  const setup = new SetupRun(world);
  expect(await setup.run((question) => question.includes("PKCS#8"))).toBe(true);
  const key = parseDevVars(setup.file, ".dev.vars").find(({ name }) => name === "GITHUB_APP_PRIVATE_KEY")?.value;
  expect(key).toBe(String(privateKey.export({ type: "pkcs8", format: "pem" })));
});

test.each([
  ["https://api.github.com", "https://github.com"],
  ["https://ghe.example.com/api/v3", "https://ghe.example.com"],
  ["https://api.acme.ghe.com", "https://acme.ghe.com"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
])("the pages of %s are at %s", (api, html) => {
  expect(htmlUrl(api)).toBe(html);
});
