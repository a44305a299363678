/** Backup and restore: one instant of a state that is being written, and every way in which either is refused. */
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { STATE_VERSION } from "../../lib/loop/migrations.ts";
import { claimDataDir } from "../../scripts/start/data-dir.ts";
import { backUp } from "../../scripts/state/backup.ts";
import { readBackup, writeBackup } from "../../scripts/state/backup-file.ts";
import { restore } from "../../scripts/state/restore.ts";
import { beginTogether } from "../../scripts/state/snapshot.ts";
import { claimState } from "../../scripts/state/version.ts";
import { armedEnv } from "../rehearsal/arm-child.ts";
import { LoopProcess } from "../rehearsal/loop-process.ts";

const NOW = new Date("2026-11-26T12:00:00Z");
const folders: string[] = [];
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "afk-backup-"));
  folders.push(folder);
  return folder;
}

/** Two databases of one row each, as workerd leaves them. */
function aState(folder: string, values: [number, number] = [1, 1]): string {
  const names = ["afk-loop-Fleet", "afk-loop-RepoLedger"];
  for (const [index, name] of names.entries()) {
    mkdirSync(join(folder, "state", name), { recursive: true });
    const database = new DatabaseSync(join(folder, "state", name, "abc.sqlite"));
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER)");
    database.prepare("INSERT INTO t VALUES (?)").run(values[index] ?? 0);
    database.close();
  }
  return folder;
}

function valueIn(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare("SELECT n FROM t").get();
  database.close();
  return Number(row?.n);
}

function valuesOf(dataDir: string): number[] {
  return ["afk-loop-Fleet", "afk-loop-RepoLedger"].map((name) => valueIn(join(dataDir, "state", name, "abc.sqlite")));
}

const BACKUPS = 10;

describe("a backup", () => {
  it("shows one instant of databases that are being written, one after the other", async () => {
    const data = aState(newFolder());
    const writer = new Worker(
      `const { DatabaseSync } = require("node:sqlite");
       const { parentPort, workerData } = require("node:worker_threads");
       const all = workerData.map((path) => new DatabaseSync(path, { timeout: 5000 }));
       let stop = false;
       parentPort.on("message", () => { stop = true; });
       const round = () => {
         for (const one of all) one.exec("UPDATE t SET n = n + 1");
         if (stop) { for (const one of all) one.close(); parentPort.close(); } else setTimeout(round, 1);
       };
       parentPort.postMessage("begun");
       round();`,
      {
        eval: true,
        workerData: ["afk-loop-Fleet", "afk-loop-RepoLedger"].map((name) => join(data, "state", name, "abc.sqlite")),
      },
    );
    const ended = new Promise((resolve) => writer.once("exit", resolve));
    await new Promise((resolve) => writer.once("message", resolve));
    const seen: number[] = [];
    for (let n = 0; n < BACKUPS; n++) {
      const file = join(data, `backup-${n}`);
      await backUp(data, file, NOW);
      const target = newFolder();
      await restore(file, target, "empty", NOW);
      const [first = 0, second = 0] = valuesOf(target);
      // The writer is between its two commits, or not.
      expect([first, first - 1]).toContain(second);
      seen.push(first);
    }
    writer.postMessage("stop");
    await ended;
    expect(new Set(seen).size).toBeGreaterThan(1);
  });

  it("begins anew when something was committed while it began", () => {
    const data = aState(newFolder());
    const paths = ["afk-loop-Fleet", "afk-loop-RepoLedger"].map((name) => join(data, "state", name, "abc.sqlite"));
    const writers = paths.map((path) => new DatabaseSync(path));
    const watchers = paths.map((path) => new DatabaseSync(path, { readOnly: true }));
    const readers = paths.map((path) => new DatabaseSync(path, { readOnly: true }));
    let disturbed = 0;
    const [first, second] = readers;
    if (!first || !second) throw new Error("no readers");
    const late = {
      prepare: (sql: string) => second.prepare(sql),
      exec: (sql: string) => {
        // After the first of them has begun, and before the second does.
        if (sql === "BEGIN" && disturbed++ < 3) for (const one of writers) one.exec("UPDATE t SET n = n + 1");
        second.exec(sql);
      },
    };
    beginTogether([first, late], watchers);
    expect(disturbed).toBe(4);
    expect(readers.map((one) => one.prepare("SELECT n FROM t").get()?.n)).toEqual([4, 4]);
    for (const one of [...writers, ...watchers, ...readers]) one.close();
  });

  it("is its owner's alone, says what it is, and leaves nothing beside it", async () => {
    const data = aState(newFolder());
    const out = newFolder();
    const { files } = await backUp(data, join(out, "b"), NOW);
    expect(files).toBe(2);
    expect(readdirSync(out)).toEqual(["b"]);
    expect(statSync(join(out, "b")).mode & 0o777).toBe(0o600);
    expect(readBackup(join(out, "b")).about).toMatchObject({
      createdIso: NOW.toISOString(),
      stateVersion: STATE_VERSION,
    });
  });

  it("is not written over a file, nor where there is nothing to copy", async () => {
    const data = aState(newFolder());
    writeFileSync(join(data, "b"), "mine");
    await expect(backUp(data, join(data, "b"), NOW)).rejects.toThrow("exists already, and is left as it is");
    expect(readFileSync(join(data, "b"), "utf8")).toBe("mine");
    await expect(backUp(newFolder(), join(data, "c"), NOW)).rejects.toThrow("holds no state: nothing to back up");
    await expect(backUp(data, join(data, "no/where"), NOW)).rejects.toThrow("there is no folder");
  });

  it("is refused of a state that is damaged, and says which file", async () => {
    const data = aState(newFolder());
    const path = join(data, "state/afk-loop-Fleet/abc.sqlite");
    const content = readFileSync(path);
    writeFileSync(path, content.fill(0x55, 4096));
    await expect(backUp(data, join(data, "b"), NOW)).rejects.toThrow("afk-loop-Fleet/abc.sqlite is damaged");
    expect(existsSync(join(data, "b"))).toBe(false);
  });
});

describe("a restore", () => {
  it("names the folder it filled, for who forgot to say which", async () => {
    const file = join(newFolder(), "backup");
    await backUp(aState(newFolder()), file, NOW);
    const cwd = realpathSync(newFolder());
    const script = join(import.meta.dirname, "../../scripts/restore.ts");
    const { PATH = "" } = process.env;
    const said = execFileSync(process.execPath, ["--no-warnings", script, file], { cwd, env: { PATH } }).toString();
    expect(said).toContain(`, into ${cwd}/data\nrestore: no state was there\n`);
    expect(valuesOf(join(cwd, "data"))).toEqual([1, 1]);
  });

  async function aBackup(): Promise<string> {
    const file = join(newFolder(), "b");
    await backUp(aState(newFolder(), [7, 8]), file, NOW);
    return file;
  }

  it("puts back what was copied, into an empty place", async () => {
    const target = newFolder();
    await restore(await aBackup(), target, "empty", NOW);
    expect(readdirSync(target).sort()).toEqual(["run", "state"]);
    expect(readdirSync(join(target, "run"))).toEqual(["lock"]);
    expect(readdirSync(join(target, "state/afk-loop-Fleet"))).toEqual(["abc.sqlite"]);
    expect(valuesOf(target)).toEqual([7, 8]);
  });

  it("leaves it to whoever owns the folder, also when root restores", async () => {
    const target = newFolder();
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(target, 12_345, 12_345);
    await restore(await aBackup(), target, "empty", NOW);
    const paths = readdirSync(target, { recursive: true, encoding: "utf8" }).filter((path) =>
      /^(state|run)/.test(path),
    );
    expect(paths).toHaveLength(8);
    for (const path of paths) expect(statSync(join(target, path)).uid).toBe(isRoot ? 12_345 : process.getuid?.());
  });

  it("over state that is there only when told to, and moves that aside", async () => {
    const file = await aBackup();
    const target = aState(newFolder(), [1, 2]);
    await expect(restore(file, target, "empty", NOW)).rejects.toThrow("is not empty: --force moves aside");
    expect(valuesOf(target)).toEqual([1, 2]);
    const { replaced } = await restore(file, target, "anything", NOW);
    expect(valuesOf(target)).toEqual([7, 8]);
    expect(valueIn(join(replaced ?? "", "afk-loop-RepoLedger/abc.sqlite"))).toBe(2);
  });

  it("never under a running loop, whatever is told", async () => {
    const file = await aBackup();
    const target = aState(newFolder());
    const running = await claimDataDir(target);
    await expect(restore(file, target, "anything", NOW)).rejects.toThrow("is in use by another start of the loop");
    // To another container over the same volume the process of the first one does not exist.
    const owner = { launcher: { pid: 1, born: "in another container" }, workerd: null };
    writeFileSync(join(target, "run/owner.json"), JSON.stringify(owner));
    await expect(restore(file, target, "anything", NOW)).rejects.toThrow(
      "is in use by another start of the loop (pid 1)",
    );
    running.release();
    expect(valuesOf(target)).toEqual([1, 1]);
    await restore(file, target, "anything", NOW);
  });

  it.each<[string, (file: string) => void, RegExp]>([
    ["is missing", (file) => rmSync(file), /does not exist/],
    [
      "is a folder",
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
      /is not a file: name the backup itself/,
    ],
    ["is something else", (file) => writeFileSync(file, "hello ".repeat(2000)), /is no backup, or damaged/],
    ["is cut off", (file) => writeFileSync(file, readFileSync(file).subarray(0, 9000)), /is no backup, or damaged/],
    [
      "holds other content than was written",
      (file) => change(file, "UPDATE files SET content = x'00'"),
      /is not what was written/,
    ],
    [
      "leads out of its folder",
      (file) => change(file, "UPDATE files SET path = '../../x.sqlite' WHERE path LIKE '%Fleet%'"),
      /is no backup of this loop/,
    ],
    [
      "is of a later format",
      (file) => change(file, "UPDATE about SET value = 2 WHERE name = 'v'"),
      /is a backup of version 2/,
    ],
    [
      "holds newer state",
      (file) => change(file, "UPDATE about SET value = 99 WHERE name = 'stateVersion'"),
      /holds state of version 99, written by release .* Run release .* or newer/,
    ],
  ])("refuses a file that %s, and leaves the state as it was", async (_what, spoil, why) => {
    const file = await aBackup();
    spoil(file);
    const target = aState(newFolder());
    await expect(restore(file, target, "anything", NOW)).rejects.toThrow(why);
    expect(valuesOf(target)).toEqual([1, 1]);
    expect(readdirSync(target).sort()).not.toContain("state.restoring");
  });

  function change(file: string, sql: string): void {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  }

  it("refuses a database inside that is damaged", async () => {
    const file = join(newFolder(), "b");
    const about = { release: "0.1.0", createdIso: NOW.toISOString(), stateVersion: STATE_VERSION };
    writeBackup(file, about, [{ path: "afk-loop-Fleet/abc.sqlite", content: new Uint8Array(8192).fill(1) }]);
    const target = aState(newFolder());
    await expect(restore(file, target, "anything", NOW)).rejects.toThrow("could not be restored whole");
    expect(valuesOf(target)).toEqual([1, 1]);
  });
});

describe("the version of a state folder", () => {
  it("is noted at a start, and a newer one is refused and left as it is", () => {
    const state = newFolder();
    claimState(state);
    const marker = join(state, "version.json");
    expect(JSON.parse(readFileSync(marker, "utf8"))).toMatchObject({ v: STATE_VERSION });
    writeFileSync(marker, '{"v":99,"release":"9.0.0"}');
    expect(() => claimState(state)).toThrow(/holds state of version 99, written by release 9\.0\.0; this is release/);
    expect(readFileSync(marker, "utf8")).toBe('{"v":99,"release":"9.0.0"}');
    writeFileSync(marker, "?");
    expect(() => claimState(state)).toThrow("cannot be read");
  });
});

describe("beside a running workerd", () => {
  it("is taken while deliveries arrive, and what was acknowledged before it is in it", async () => {
    const secret = "not a secret";
    const env = {
      GITHUB_API_URL: "http://127.0.0.1:9",
      GITHUB_TOKEN: "x",
      GITHUB_WEBHOOK_SECRET: secret,
      AFK_SWEEP_SECONDS: "3600",
    };
    const open = async (data: string): Promise<LoopProcess> => {
      const loop = new LoopProcess(newFolder());
      ends.push(() => loop.stop().then(() => loop.close()));
      await loop.start(armedEnv({ ...env, DATA_DIR: data }, ["github:acme/app"]));
      return loop;
    };
    const deliver = async (loop: LoopProcess, id: number): Promise<string> => {
      const repository = {
        id: 1,
        name: "app",
        full_name: "acme/app",
        owner: { login: "acme" },
        default_branch: "main",
      };
      const body = JSON.stringify({ ref: "refs/heads/main", before: "0", after: "1", repository, commits: [] });
      const headers = {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": `d-${id}`,
        "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      };
      const answer = await fetch(`${loop.url}/webhooks/github`, { method: "POST", headers, body });
      return ((await answer.json()) as { status: string }).status;
    };
    const data = newFolder();
    const first = await open(data);
    for (let id = 0; id < 20; id++) expect(await deliver(first, id)).toBe("accepted");
    let stop = false;
    const stream = (async () => {
      for (let id = 100; !stop; id++) await deliver(first, id);
    })();
    const file = join(newFolder(), "b");
    await backUp(data, file, NOW);
    stop = true;
    await stream;
    const target = newFolder();
    await restore(file, target, "empty", NOW);
    const second = await open(target);
    for (let id = 0; id < 20; id++) expect(await deliver(second, id)).toBe("duplicate");
    // And the first lost nothing by being looked at.
    for (let id = 0; id < 20; id++) expect(await deliver(first, id)).toBe("duplicate");
  });
});
