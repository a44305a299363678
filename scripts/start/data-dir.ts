/**
 * The folder that holds everything one running loop owns.
 *
 *   DATA_DIR/state            the durable objects; all that must be kept
 *   DATA_DIR/run              what workerd serves: its configuration and its own copy of the bundle
 *   DATA_DIR/run/owner.json   who runs here: launcher and workerd
 *   DATA_DIR/run/lock         locked while a launcher runs: the system lets go of it when that one dies
 *
 * Two workerds over one state would corrupt it: a second launcher is refused, also one in another container over the same
 * volume, to which the first one's process does not exist; and a workerd whose launcher died is ended first.
 */
import {
  accessSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";
import { trampoline, type WorkerdConfig, workerdConfig } from "./workerd-config.ts";

export class DataDirError extends Error {}

const reapMs = 3000;
const identitySchema = z.object({ pid: z.number().int().positive(), born: z.string() });
const ownerSchema = z.object({ launcher: identitySchema, workerd: identitySchema.nullable() });

type Owner = z.infer<typeof ownerSchema>;

export interface DataDir {
  /** Absolute path of the configuration workerd is to serve. */
  configPath: string;
  /** Remembers the workerd that runs now, for the next launcher; null: none. */
  noteWorkerd(pid: number | null): void;
  release(): void;
}

export async function claimDataDir(dataDir: string): Promise<DataDir> {
  const runDir = join(dataDir, "run");
  const ownerPath = join(runDir, "owner.json");
  for (const folder of [runDir, join(dataDir, "state")]) makeWritable(folder);

  const self = identify(process.pid) ?? { pid: process.pid, born: "unknown" };
  const mine: Owner = { launcher: self, workerd: null };
  const lock = takeLock(join(runDir, "lock"));
  if (lock === null) throw new DataDirError(inUse(dataDir, readOwner(ownerPath)));
  try {
    while (!createOwner(ownerPath, mine)) await removeDeadOwner(ownerPath, dataDir);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    configPath: join(runDir, "workerd.capnp"),
    noteWorkerd(pid) {
      writeOwner(ownerPath, { launcher: self, workerd: pid === null ? null : identify(pid) });
    },
    release() {
      rmSync(ownerPath, { force: true });
      lock.close();
    },
  };
}

function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new DataDirError(`DATA_DIR: ${why}: name a folder that whoever runs the loop may write, or give it to him`);
  }
}

/** Null: another process has it. SQLite is the one that asks the system for a lock that ends with its process. */
function takeLock(path: string): DatabaseSync | null {
  const lock = new DatabaseSync(path);
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch {
    lock.close();
    return null;
  }
}

function inUse(dataDir: string, owner: Owner | null): string {
  const whose = owner === null ? "" : ` (pid ${owner.launcher.pid})`;
  return `${dataDir} is in use by another start of the loop${whose}`;
}

/** Lays out what workerd serves. The bundle is copied: a later build must not change what runs. */
export function layOut(dataDir: string, worker: string, config: Omit<WorkerdConfig, "stateDir">): void {
  const runDir = join(dataDir, "run");
  copyFileSync(worker, join(runDir, "worker.js"));
  writeFileSync(join(runDir, "trampoline.js"), trampoline);
  writeFileSync(join(runDir, "workerd.capnp"), workerdConfig({ ...config, stateDir: join(dataDir, "state") }));
}

/** Whole or not at all, and only if nobody owns the folder: link() fails on an existing name. */
function createOwner(path: string, owner: Owner): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(owner));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeOwner(path: string, owner: Owner): void {
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(owner));
  renameSync(`${path}.${process.pid}`, path);
}

async function removeDeadOwner(path: string, dataDir: string): Promise<void> {
  const owner = readOwner(path);
  if (owner && isAlive(owner.launcher)) {
    throw new DataDirError(inUse(dataDir, owner));
  }
  if (owner?.workerd) await reap(owner.workerd);
  rmSync(path, { force: true });
}

function readOwner(path: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

async function reap(workerd: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + reapMs;
  while (isAlive(workerd)) {
    if (Date.now() > deadline)
      throw new DataDirError(`a workerd of an earlier start (pid ${workerd.pid}) does not end`);
    process.kill(workerd.pid, "SIGKILL");
    await delay(20);
  }
}
