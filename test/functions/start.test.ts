/** `npm start` as one who runs it sees it: its lines, its two servers, and what becomes of it when something is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it, vi } from "vitest";
import { armedEnv } from "../rehearsal/arm-child.ts";

const root = join(import.meta.dirname, "../..");
const script = join(root, "scripts/start.ts");
/** The first start may have to build the bundle, on a busy machine. */
const timeout = 60_000;

/** The usual ones may be taken, by a loop of this machine's own. */
const FREE_PORTS = { PORT: "0", AFK_CONTROL_PORT: "0" };

interface Loop {
  child: ChildProcess;
  stdout: string[];
  stderr: string[];
  /** The first line, from the start, that matches; also one to come. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  exit: Promise<number | null>;
}

const loops: Loop[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const loop of loops.splice(0)) {
    loop.child.kill("SIGTERM");
    await loop.exit;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "afk-start-"));
  folders.push(folder);
  return folder;
}

/** In a folder of its own, so that no `.dev.vars` and no setting of ours reaches it. */
function start(env: Record<string, string> = {}, cwd = newFolder(), command = [process.execPath, script]): Loop {
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`;
  const own = { PATH: path, HOME: process.env.HOME ?? "", ...FREE_PORTS };
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, env: { ...own, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const loop: Loop = { child, stdout: [], stderr: [], line, exit: once(child, "close").then(([code]) => code) };
  const waiting = new Set<() => void>();
  const collect = (lines: string[]) => (text: string) => {
    lines.push(text);
    for (const look of waiting) look();
  };
  createInterface({ input: child.stdout }).on("line", collect(loop.stdout));
  createInterface({ input: child.stderr }).on("line", collect(loop.stderr));
  loops.push(loop);
  return loop;

  async function line(pattern: RegExp): Promise<RegExpExecArray> {
    const found = () => loop.stdout.map((text) => pattern.exec(text)).find((match) => match !== null);
    while (!found()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      const how = await Promise.race([promise, loop.exit]);
      waiting.delete(resolve);
      if (how !== undefined && !found())
        throw new Error(`ended (${how}) without ${pattern}:\n${loop.stderr.join("\n")}`);
    }
    return found() as RegExpExecArray;
  }
}

async function started(loop: Loop) {
  const pid = Number((await loop.line(/^afk: workerd pid (\d+)$/))[1]);
  const url = (await loop.line(/^afk: listening on (http:\/\/127\.0\.0\.1:\d+)$/))[1] ?? "";
  const control = (await loop.line(/^afk: control on (http:\/\/127\.0\.0\.1:\d+)$/))[1] ?? "";
  const standing = (await loop.line(/^afk: (disabled: .+|armed for \d+ repos?)$/))[1] ?? "";
  return { pid, url, control, standing };
}

async function health(url: string): Promise<{ armed: boolean; settings: { errors: { setting: string }[] } }> {
  return (await fetch(`${url}/healthz`)).json() as never;
}

/** Resolves when nothing listens there any more: the connection ends, by a farewell or by a reset. */
function gone(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  // Not `once(socket, "close")`: it rejects when an error comes first, and a reset is one.
  return new Promise((resolve) => socket.on("error", () => {}).on("close", () => resolve()));
}

describe("npm start", { timeout }, () => {
  it("says in order where it runs and that it is disabled, and answers on both ports", async () => {
    const token = "0123456789abcdef0123456789abcdef";
    const loop = start({ AFK_BOARD_TOKEN: token });
    const { url, control, standing } = await started(loop);
    expect(loop.stdout.slice(0, 4).map((text) => text.replace(/\d+$/, "").replace(/disabled.*/, "disabled"))).toEqual([
      "afk: workerd pid ",
      "afk: listening on http://127.0.0.1:",
      "afk: control on http://127.0.0.1:",
      "afk: disabled",
    ]);
    expect(standing).toMatch(/^disabled: .*kill.?switch/i);
    expect(await health(url)).toMatchObject({ armed: false });

    const swept = await fetch(`${control}/sweep`, { method: "POST" });
    expect(swept.status).toBe(200);
    expect(await swept.json()).toEqual({
      outcome: "ok",
      ms: expect.any(Number),
      note: expect.stringMatching(/^nothing new was looked for: disabled: kill switch is on/),
    });
    const told = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(await told.text()).toMatch(/^afk_disk_free_bytes [1-9]\d{6,}$/m);
    expect((await fetch(`${control}/sweep`)).status).toBe(405);
    expect((await fetch(`${control}/`, { method: "POST" })).status).toBe(404);
  });

  it("ends on SIGTERM with code 0 within 5 s and leaves no child", async () => {
    const loop = start();
    const { pid, url } = await started(loop);
    const workerdGone = gone(url);
    const began = Date.now();
    loop.child.kill("SIGTERM");
    expect(await loop.exit).toBe(0);
    expect(Date.now() - began).toBeLessThan(5000);
    await workerdGone;
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("does so through npm as well, which passes the signal on to its child alone", async () => {
    const folder = newFolder();
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
    const inFolder = { scripts: { start: scripts.start.replace("scripts/start.ts", script) } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(inFolder));
    const loop = start({}, folder, ["npm", "start"]);
    const workerdGone = gone((await started(loop)).url);
    loop.child.kill("SIGTERM");
    expect(await loop.exit).toBe(0);
    await workerdGone;
  });

  it("takes workerd with it when it is itself killed", async () => {
    const folder = newFolder();
    const loop = start({}, folder);
    const workerdGone = gone((await started(loop)).url);
    loop.child.kill("SIGKILL");
    await workerdGone;
    // And what it left behind does not stop the next start.
    expect((await started(start({}, folder))).standing).toMatch(/^disabled/);
  });

  it("brings a killed workerd back within 2 s, on the same port and with its state", async () => {
    const secret = "not a secret";
    const [owner, name] = ["acme", "app"];
    const closedPort = "http://127.0.0.1:9";
    const settings = { GITHUB_API_URL: closedPort, GITHUB_TOKEN: "x", GITHUB_WEBHOOK_SECRET: secret };
    const loop = start(
      armedEnv({ ...settings, ...FREE_PORTS, AFK_SWEEP_SECONDS: "3600" }, [`github:${owner}/${name}`]),
    );
    const { pid, url, standing } = await started(loop);
    expect(standing).toBe("armed for 1 repo");

    const repository = { id: 1, name, full_name: `${owner}/${name}`, owner: { login: owner }, default_branch: "main" };
    const body = JSON.stringify({ ref: "refs/heads/main", before: "0", after: "1", repository, commits: [] });
    const deliver = async () => {
      const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
      const headers = {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": "11111111-2222-3333-4444-555555555555",
        "x-hub-signature-256": signature,
      };
      const answer = await fetch(`${url}/webhooks/github`, { method: "POST", headers, body });
      return ((await answer.json()) as { status: string }).status;
    };
    expect(await deliver()).toBe("accepted");

    const killedAt = Date.now();
    process.kill(pid, "SIGKILL");
    const pidNow = Number((await loop.line(new RegExp(`^afk: workerd pid (?!${pid}$)(\\d+)$`)))[1]);
    expect(Date.now() - killedAt).toBeLessThan(2000);
    expect(pidNow).not.toBe(pid);
    expect(await vi.waitFor(deliver, { timeout: 30_000, interval: 20 })).toBe("duplicate");
  });

  it("reads .dev.vars, and lets the environment win", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, ".dev.vars"), `# ours\nAFK_MAX_RUNS = "-1"\nAFK_KILL_SWITCH=maybe\n`);
    const both = await health((await started(start({}, folder))).url);
    expect(both.settings.errors.map(({ setting }) => setting).sort()).toEqual(["AFK_KILL_SWITCH", "AFK_MAX_RUNS"]);

    const data = newFolder();
    const one = await health((await started(start({ AFK_MAX_RUNS: "2", DATA_DIR: data }, folder))).url);
    expect(one.settings.errors.map(({ setting }) => setting)).toEqual(["AFK_KILL_SWITCH"]);
  });

  it("puts no setting's value on the disk or on a command line", async () => {
    const folder = newFolder();
    const { pid } = await started(start({ T3_TOKEN: "s3cr3t-value", NTFY_TOKEN: "s3cr3t-value" }, folder));
    const run = join(folder, "data/run");
    for (const file of readdirSync(run)) expect(readFileSync(join(run, file), "utf8")).not.toContain("s3cr3t-value");
    if (process.platform === "linux") {
      expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain("s3cr3t-value");
    }
  });

  it("refuses to share a data folder, or a port, with another start", async () => {
    const folder = newFolder();
    const { url, control } = await started(start({}, folder));
    const second = start({}, folder);
    expect(await second.exit).toBe(1);
    expect(second.stderr.join()).toMatch(/is in use by another start of the loop \(pid \d+\)/);

    const port = new URL(url).port;
    const third = start({ PORT: port });
    expect(await third.exit).toBe(1);
    expect(third.stderr).toContain(`afk: PORT ${port} is in use`);

    const controlPort = new URL(control).port;
    const fourth = start({ AFK_CONTROL_PORT: controlPort });
    expect(await fourth.exit).toBe(1);
    expect(fourth.stderr).toContain(`afk: AFK_CONTROL_PORT ${controlPort} is in use`);
  });

  it("refuses an address that is none of this machine's, and a data folder that is a file, and names the setting", async () => {
    const elsewhere = start({ AFK_HOST: "203.0.113.9" });
    expect(await elsewhere.exit).toBe(1);
    expect(elsewhere.stderr.at(-1)).toMatch(/^afk: cannot listen at AFK_HOST 203\.0\.113\.9, PORT 0: bind\(\): /);

    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    const onFile = start({ DATA_DIR: file });
    expect(await onFile.exit).toBe(1);
    expect(onFile.stderr.join()).toMatch(
      /^afk: DATA_DIR: ENOTDIR: .*: name a folder that whoever runs the loop may write/,
    );
  });

  it("refuses state of a newer release, and leaves it as it is", async () => {
    const data = newFolder();
    mkdirSync(join(data, "state"));
    const marker = join(data, "state/version.json");
    writeFileSync(marker, '{"v":99,"release":"9.1.0"}');
    const loop = start({ DATA_DIR: data });
    expect(await loop.exit).toBe(1);
    expect(loop.stderr.join()).toMatch(
      /holds state of version 99, written by release 9\.1\.0.* Nothing was changed\.$/,
    );
    expect(loop.stdout).toEqual([]);
    expect(readdirSync(join(data, "state"))).toEqual(["version.json"]);
    expect(readdirSync(join(data, "run"))).toEqual(["lock"]);
  });

  it.each([
    [{ PORT: "http" }, `afk: PORT should be a port, 0 to 65535, and is "http"`],
    [{ AFK_SWEEP_SECONDS: "soon" }, `afk: AFK_SWEEP_SECONDS should be seconds, above 0 and up to 86400, and is "soon"`],
  ])("refuses %j", async (env, reason) => {
    const loop = start(env as unknown as Record<string, string>);
    expect(await loop.exit).toBe(1);
    expect(loop.stderr).toEqual([reason]);
  });
});
