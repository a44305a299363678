/** The release archive: the same bytes each time, and all that a server needs. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { assertIntegrity } from "../../scripts/pack/binaries.ts";
import { releaseFiles, writeArchive } from "../../scripts/pack/pack.ts";
import type { Entry } from "../../scripts/pack/tar.ts";
import { ownArch, startCommand } from "./release.ts";

const root = join(import.meta.dirname, "../..");
const NAME = `afk-loop-${packageJson.version}`;
const work = mkdtempSync(join(tmpdir(), "afk-release-"));
const home = join(work, NAME);
const launcher = join(home, "bin/afk-loop");
let entries: Entry[] = [];

beforeAll(async () => {
  entries = await releaseFiles([ownArch()]);
  // As fast as it goes; how small it gets is no matter here.
  const { file } = await writeArchive(join(work, "out"), entries, 1);
  execFileSync("sha256sum", ["--check", "--quiet", `${NAME}.tar.gz.sha256`], { cwd: join(work, "out") });
  execFileSync("tar", ["-xzf", file, "-C", work]);
}, 120_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("the archive", () => {
  it("has the same bytes whatever the order and the time", async () => {
    const small = entries.filter(({ content }) => content.length < 1_000_000);
    const first = await writeArchive(join(work, "one"), small, 1);
    const second = await writeArchive(join(work, "two"), [...small].reverse(), 1);
    expect(readFileSync(second.file).equals(readFileSync(first.file))).toBe(true);
    expect(second.sha256).toBe(first.sha256);
    expect(createHash("sha256").update(readFileSync(first.file)).digest("hex")).toBe(first.sha256);
    const listed = execFileSync("tar", ["-tzf", first.file], { encoding: "utf8" }).trim().split("\n");
    expect(listed).toEqual([...listed].sort());
  });

  it("holds the loop, its programs, licence and words, and nothing that knows of the sources' folder", () => {
    const paths = readdirSync(home, { recursive: true, encoding: "utf8" });
    for (const path of ["bin/afk-loop", "LICENSE", "README.md", "settings.example", "version", "lib/worker.js"])
      expect(paths).toContain(path);
    for (const name of ["node", "workerd"]) expect(paths).toContain(`bin/linux-${ownArch()}/${name}`);
    for (const path of paths.filter((one) => /\.(js|mjs)$/.test(one)))
      expect(readFileSync(join(home, path), "utf8")).not.toContain(root);
    expect(paths.some((path) => /node_modules|\.ts$/.test(path))).toBe(false);
  });

  it("is refused a program that is not the one package-lock.json names", () => {
    const content = Buffer.from("a program");
    const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`;
    expect(() => assertIntegrity(content, integrity, "it")).not.toThrow();
    expect(() => assertIntegrity(Buffer.from("another"), integrity, "it")).toThrow("is not the one");
  });
});

describe("unpacked on a server", () => {
  it("starts disabled, answers, is backed up while it runs, ends, and is restored", async () => {
    const server = join(work, "server");
    mkdirSync(server);
    const env = { PATH: "/usr/bin:/bin", DATA_DIR: join(server, "data") };
    const run = (...args: string[]) => spawnSync(launcher, args, { cwd: server, env, encoding: "utf8" });
    expect(run("version").stdout).toBe(`${packageJson.version}\n`);

    const loop = await startCommand([launcher, "start"], server, env);
    const health = (await (await fetch(`${loop.url}/healthz`)).json()) as { armed: boolean; version: string };
    expect(health).toMatchObject({ armed: false, version: packageJson.version });
    expect(loop.lines.at(-1)).toMatch(/^afk: disabled: kill switch is on/);
    // Its own port: at the one that holds unless said otherwise another loop of this machine may answer.
    const healthEnv = { ...env, PORT: new URL(loop.url).port };
    const ask = () => spawnSync(launcher, ["health"], { cwd: server, env: healthEnv, encoding: "utf8" });
    const asked = ask();
    expect([asked.status, JSON.parse(asked.stdout)]).toEqual([0, health]);

    expect(run("backup", "--out", "copy")).toMatchObject({ status: 0, stderr: "" });
    expect(run("restore", "copy", "--force")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("is in use"),
    });
    expect(await loop.stop()).toBe(0);
    expect(run("restore", "copy")).toMatchObject({ status: 1, stderr: expect.stringContaining("--force") });
    expect(run("restore", "copy", "--force")).toMatchObject({ status: 0, stderr: "" });
    expect(ask()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^health: the loop does not answer at http:\S+\/healthz: connect ECONNREFUSED /),
    });
    expect(run("backup")).toMatchObject({ status: 2, stderr: expect.stringContaining("--out FILE") });
  });

  it("reads the file that AFK_SETTINGS names, and refuses when it is not there", async () => {
    const server = join(work, "settings");
    mkdirSync(server);
    writeFileSync(join(server, "settings"), "AFK_MAX_RUNS=-1\nMISSPELT=1\n");
    const env = { AFK_SETTINGS: "settings" };
    const loop = await startCommand([launcher, "start"], server, env);
    const health = (await (await fetch(`${loop.url}/healthz`)).json()) as { settings: { errors: unknown[] } };
    expect(health.settings.errors).toMatchObject([{ setting: "AFK_MAX_RUNS" }]);
    expect(loop.lines[0]).toMatch(/settings:2: MISSPELT is not a setting/);
    await loop.stop();
    const missing = spawnSync(launcher, ["start"], { cwd: server, env: { PATH: "/usr/bin:/bin", AFK_SETTINGS: "no" } });
    expect([missing.status, missing.stderr.toString()]).toEqual([1, expect.stringContaining("no such file is there")]);
  });

  it.each([
    ["doctor", [], 1],
    ["setup", ["--dry-run"], 0],
  ] as const)("has %s, which reads that file too", (command, flags, status) => {
    const server = join(work, command);
    mkdirSync(server);
    writeFileSync(join(server, "settings"), "MISSPELT=1\n", { mode: 0o600 });
    const env = { PATH: "/usr/bin:/bin", AFK_SETTINGS: "settings" };
    const said = spawnSync(launcher, [command, ...flags], { cwd: server, env, encoding: "utf8" });
    expect(said).toMatchObject({ status, stderr: "" });
    expect(said.stdout).toContain("settings:1: MISSPELT is not a setting of this loop");
    // Neither is there.
    expect(said.stdout).not.toMatch(/npm run|\(docs\//);
  });

  const UNKNOWN = "exit 1";
  it.each([
    ["another system", { uname: 'echo "Darwin"' }, "this release runs on Linux, and this is Darwin"],
    ["another machine", { uname: '[ "$1" = -m ] && echo riscv64 || echo Linux' }, "this machine is riscv64"],
    [
      "musl",
      { getconf: UNKNOWN, ldd: 'echo "musl libc (x86_64)" >&2; exit 1' },
      "this system has no glibc (it is musl",
    ],
    ["an old glibc", { getconf: 'echo "glibc 2.31"' }, "this system has glibc 2.31: the loop needs glibc 2.35"],
    [
      "an old glibc that ldd tells",
      { getconf: UNKNOWN, ldd: 'echo "ldd (Ubuntu GLIBC 2.31-0ubuntu9.9) 2.31"' },
      "glibc 2.31:",
    ],
    [
      "a machine it was not packed for",
      { uname: `[ "$1" = -m ] && echo ${ownArch() === "x64" ? "aarch64" : "x86_64"} || echo Linux` },
      "holds nothing for",
    ],
  ])("says in words that it cannot run on %s", (_what, programs, words) => {
    const path = mkdtempSync(join(work, "path-"));
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(join(path, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(path, name), 0o755);
    }
    const { status, stderr } = spawnSync(launcher, ["start"], {
      cwd: path,
      env: { PATH: `${path}:/usr/bin:/bin` },
      encoding: "utf8",
    });
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(words)]);
    expect(stderr).toMatch(/^afk-loop: /);
    expect(status).toBe(1);
  });

  it("says how it is used, and what this release does not have", () => {
    for (const args of [[], ["destroy"]])
      expect(spawnSync(launcher, args, { encoding: "utf8" }).stderr).toMatch(/^afk-loop: usage: afk-loop start \|/);
  });
});
