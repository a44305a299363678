/** `npm run doctor` as a person runs it: its settings from the environment and `.dev.vars`, its words, its exit codes. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { World } from "./world.ts";

const DOCTOR = join(import.meta.dirname, "../../scripts/doctor.ts");

async function said(env: Record<string, string>, devVars: string | null, ...args: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), "afk-doctor-command-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  if (devVars !== null) writeFileSync(join(cwd, ".dev.vars"), devVars, { mode: 0o600 });
  const child = spawn(process.execPath, [DOCTOR, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}

test("healthy: OK lines, a count, 0; as JSON the same", async () => {
  const world = await World.github();
  const { stdout, code } = await said(world.env, null);
  const lines = stdout.trim().split("\n");
  expect(lines.at(-1)).toBe(`doctor: ${lines.length - 1} ok, 0 warn, 0 fail, 0 unknown`);
  expect(lines.filter((line) => line.startsWith("OK "))).toHaveLength(lines.length - 1);
  expect(lines).toContain("OK kill-switch AFK_KILL_SWITCH: on here: a loop with these settings starts nothing");
  expect(code).toBe(0);

  const json = await said(world.env, null, "--json");
  const report = JSON.parse(json.stdout);
  expect(Object.keys(report)).toEqual(["checks", "ok", "warn", "fail", "unknown"]);
  expect(Object.keys(report.checks[0])).toEqual(["code", "subject", "state", "what", "mend"]);
  expect(report).toMatchObject({ ok: lines.length - 1, warn: 0, fail: 0, unknown: 0 });
  expect(json.code).toBe(0);
});

test("with a FAIL: the mend beside it, and 1", async () => {
  const world = await World.github();
  world.t3.setVersion("0.0.28");
  const { stdout, code } = await said(world.env, null);
  expect(stdout).toContain("FAIL t3-version t3: 0.0.28 is too old -> upgrade T3 Code to 0.0.29 or newer\n");
  expect(stdout).toMatch(/doctor: \d+ ok, 0 warn, 1 fail, 0 unknown\n$/);
  expect(code).toBe(1);
});

test("`.dev.vars` is read as `npm start` reads it, and the environment wins", async () => {
  const world = await World.github();
  const { AFK_ALLOWLIST: _, ...env } = world.env;
  const vars = `AFK_MODLE=x\nAFK_ALLOWLIST=${world.repoKey}\nT3_URL=http://127.0.0.1:9\n`;
  const { stdout, code } = await said(env, vars);
  expect(stdout).toContain("WARN settings loop: .dev.vars:1: AFK_MODLE is not a setting of this loop");
  expect(stdout).toContain(`OK allowlist AFK_ALLOWLIST: names ${world.repoKey}\n`);
  expect(stdout).toContain("OK t3-reachable");
  expect(code).toBe(0);
});

test("the file that AFK_SETTINGS names is read in its place", async () => {
  const world = await World.github();
  const dir = mkdtempSync(join(tmpdir(), "afk-doctor-settings-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, "settings");
  writeFileSync(path, "AFK_MODLE=x\n", { mode: 0o644 });
  const { stdout } = await said({ ...world.env, AFK_SETTINGS: path }, "AFK_KILL_SWITCH=nonsense\n");
  expect(stdout).toContain(`WARN settings loop: ${path}:1: AFK_MODLE is not a setting of this loop`);
  expect(stdout).toContain(`WARN settings file: others on this machine may read ${path} -> chmod 600 ${path}\n`);
  expect(stdout).toContain("OK kill-switch AFK_KILL_SWITCH: on here: a loop with these settings starts nothing\n");

  const gone = await said({ ...world.env, AFK_SETTINGS: join(dir, "gone") }, null);
  expect(gone.stderr).toContain("doctor: AFK_SETTINGS names ");
  expect(gone.code).toBe(2);
});

test("a DATA_DIR that is a file cannot be written", async () => {
  const world = await World.github();
  const { stdout, code } = await said({ ...world.env, DATA_DIR: DOCTOR }, null);
  expect(stdout).toContain(`FAIL disk DATA_DIR: ${DOCTOR} cannot be written -> `);
  expect(code).toBe(1);
});

test("a repo that nobody enrolled is looked at when it is named", async () => {
  const world = await World.forgejo();
  const { AFK_ALLOWLIST: _, ...env } = world.env;
  const { stdout, code } = await said(env, null, "--repo", world.repoKey);
  expect(stdout).toContain(`OK labels ${world.repoKey}: all three are there\n`);
  expect(code).toBe(0);
});

test("a server of a private CA is asked once FORGEJO_CA names it", async () => {
  const world = await World.forgejo();
  const cert = join(import.meta.dirname, "../fixtures/tls/localhost.cert.pem");
  const tls = { cert: readFileSync(cert), key: readFileSync(cert.replace(".cert.", ".key.")) };
  const server = createServer(tls, (request, response) => {
    const { authorization = "" } = request.headers;
    void fetch(`${world.servers.forge.url}${request.url}`, { headers: { authorization } }).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    });
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const env = { ...world.env, FORGEJO_URL: `https://localhost:${port}` };
  const without = await said(env, null);
  expect(without.stdout).toMatch(/^FAIL forge-reachable forgejo: .*certificate.* -> set FORGEJO_CA /m);
  const { stdout, code } = await said({ ...env, FORGEJO_CA: cert }, null);
  expect(stdout).toContain("OK forge-token forgejo: accepted: afk-loop\n");
  expect(code).toBe(0);
});

test.each([
  ["a flag nobody knows", {}, null, ["--jsno"], "doctor: Unknown option '--jsno'"],
  ["a repo that is none", {}, null, ["--repo", "widgets"], 'doctor: --repo: "widgets" is not github:owner/name'],
  [
    "a settings file that cannot be read",
    {},
    'T3_TOKEN="',
    [],
    "doctor: .dev.vars:1: the value of T3_TOKEN has a quote",
  ],
  ["a port that is none", { PORT: "http" }, null, [], 'doctor: PORT should be a port, 0 to 65535, and is "http"'],
])("it could not begin: %s", async (_what, env, vars, args, line) => {
  const { stdout, stderr, code } = await said(env, vars, ...args);
  // Below what is wrong with a flag stands the usage.
  expect(stderr).toMatch(/^[^\n]+\n(usage: doctor [^\n]+\n)?$/);
  expect(stderr.includes("usage:")).toBe(args.length > 0);
  expect(stderr).toContain(line);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});
