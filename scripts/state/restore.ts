/**
 * Puts a backup in the place of a state folder. Never under a running loop, never over state that is there unless told to,
 * and then what was there is moved aside, not deleted.
 */
import { existsSync, lchownSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { STATE_VERSION } from "../../lib/loop/migrations.ts";
import { claimDataDir } from "../start/data-dir.ts";
import { BackupError, readBackup, type StateFile } from "./backup-file.ts";
import { damageOf } from "./snapshot.ts";
import { newer } from "./version.ts";

export interface Restored {
  files: number;
  createdIso: string;
  release: string;
  /** Where the state that was there lies now; null: there was none. */
  replaced: string | null;
}

export async function restore(file: string, dataDir: string, over: "empty" | "anything", now: Date): Promise<Restored> {
  const { about, files } = readBackup(file);
  if (about.stateVersion > STATE_VERSION) throw new BackupError(newer(file, about.stateVersion, about.release));
  // Refuses while a loop runs there, and keeps one from starting meanwhile.
  const claimed = await claimDataDir(dataDir);
  try {
    const stateDir = join(dataDir, "state");
    const isEmpty = !existsSync(stateDir) || readdirSync(stateDir).length === 0;
    if (!isEmpty && over === "empty")
      throw new BackupError(`${stateDir} is not empty: --force moves aside what is there and restores`);
    const draft = join(dataDir, "state.restoring");
    writeAll(draft, files);
    writeFileSync(
      join(draft, "version.json"),
      `${JSON.stringify({ v: about.stateVersion, release: about.release })}\n`,
      {
        mode: 0o600,
      },
    );
    const replaced = isEmpty ? null : join(dataDir, `state.replaced-${now.toISOString().replaceAll(":", "")}`);
    if (replaced === null) rmSync(stateDir, { recursive: true, force: true });
    else renameSync(stateDir, replaced);
    renameSync(draft, stateDir);
    giveToOwner(dataDir);
    return { files: files.length, createdIso: about.createdIso, release: about.release, replaced };
  } finally {
    claimed.release();
  }
}

/** Restored by root, it is theirs still who run the loop: whoever owns the folder. */
function giveToOwner(dataDir: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  for (const part of ["state", "run"]) {
    const folder = join(dataDir, part);
    const below = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
    for (const path of [folder, ...below]) lchownSync(path, uid, gid);
  }
}

function writeAll(folder: string, files: StateFile[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { path, content } of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(target, content, { mode: 0o600, flush: true });
    const damage = damageOf(target);
    if (damage !== null) throw new BackupError(`${path} could not be restored whole: ${damage}`);
  }
  // What SQLite left beside each while it was checked.
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    if (/-(wal|shm)$/.test(path)) rmSync(join(folder, path));
}
