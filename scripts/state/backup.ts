/** Copies the state of a loop, running or not, into one file: checked, readable by its owner alone, never over another. */
import { chmodSync, existsSync, linkSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { STATE_VERSION } from "../../lib/loop/migrations.ts";
import { BackupError, readBackup, type StateFile, writeBackup } from "./backup-file.ts";
import { damageOf, openSnapshot } from "./snapshot.ts";
import { RELEASE, stateVersion } from "./version.ts";

export interface BackedUp {
  file: string;
  files: number;
  bytes: number;
}

export async function backUp(dataDir: string, out: string, now: Date): Promise<BackedUp> {
  const stateDir = join(dataDir, "state");
  const file = resolve(out);
  if (existsSync(file)) throw new BackupError(`${file} exists already, and is left as it is`);
  if (!existsSync(dirname(file))) throw new BackupError(`there is no folder ${dirname(file)}`);
  // Beside the target, so that it can be linked into place; readable by nobody else from the first byte.
  const work = mkdtempSync(join(dirname(file), ".afk-backup-"));
  try {
    const files = await copyAll(stateDir, work);
    const draft = join(work, "draft");
    const known = stateVersion(stateDir);
    const about = {
      release: known?.release ?? RELEASE,
      createdIso: now.toISOString(),
      stateVersion: known?.v ?? STATE_VERSION,
    };
    writeBackup(draft, about, files);
    chmodSync(draft, 0o600);
    readBackup(draft);
    putInPlace(draft, file);
    return { file, files: files.length, bytes: files.reduce((sum, { content }) => sum + content.length, 0) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function copyAll(stateDir: string, work: string): Promise<StateFile[]> {
  const snapshot = openSnapshot(stateDir);
  try {
    if (snapshot.paths.length === 0) throw new BackupError(`${stateDir} holds no state: nothing to back up`);
    const files: StateFile[] = [];
    for (const [index, path] of snapshot.paths.entries()) {
      const copy = join(work, `${index}.sqlite`);
      await snapshot.copyTo(path, copy);
      const damage = damageOf(copy);
      if (damage !== null) throw new BackupError(`${join(stateDir, path)} is damaged: ${damage}`);
      files.push({ path, content: readFileSync(copy) });
    }
    return files;
  } finally {
    snapshot.close();
  }
}

/** link() fails where something is already, also what came since we looked. */
function putInPlace(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new BackupError(`${file} exists already, and is left as it is`);
  }
}
