/**
 * A backup is one SQLite file, so that it is written whole or not at all, checks itself, and can be looked into:
 *
 *   about   v, the release that wrote it, when, and the version of the state in it
 *   files   path below the state folder, SHA-256, content
 */
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { damageOf } from "./snapshot.ts";

export class BackupError extends Error {}

const VERSION = 1;
/** Nothing but what workerd lays out below its state folder: a path from a file must not lead anywhere else. */
const PATH = /^[\w-]+(\/[\w-]+)*\.sqlite$/;

const aboutSchema = z.object({
  v: z.number().int(),
  release: z.string(),
  createdIso: z.string(),
  stateVersion: z.number().int(),
});
const fileSchema = z.object({
  path: z.string().regex(PATH),
  sha256: z.string(),
  content: z.instanceof(Uint8Array),
});

export type About = z.infer<typeof aboutSchema>;

export interface StateFile {
  path: string;
  content: Uint8Array;
}

export function writeBackup(file: string, about: Omit<About, "v">, files: Iterable<StateFile>): void {
  const database = new DatabaseSync(file);
  try {
    // One file beside which nothing is left; what is not on the disk at the end is no backup.
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN");
    database.exec("CREATE TABLE about (name TEXT PRIMARY KEY, value ANY) STRICT");
    database.exec("CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT, content BLOB) STRICT");
    const note = database.prepare("INSERT INTO about VALUES (?, ?)");
    for (const [name, value] of Object.entries({ v: VERSION, ...about })) note.run(name, value);
    const add = database.prepare("INSERT INTO files VALUES (?, ?, ?)");
    for (const { path, content } of files) add.run(path, sha256(content), content);
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

/** Refuses what is damaged, or written by a release that knows more than this one. */
export function readBackup(file: string): { about: About; files: StateFile[] } {
  if (!existsSync(file)) throw new BackupError(`${file} does not exist`);
  if (!statSync(file).isFile()) throw new BackupError(`${file} is not a file: name the backup itself`);
  const unreadable = whyUnreadable(file);
  if (unreadable !== null) throw new BackupError(`${file} cannot be read: ${unreadable}`);
  const damage = damageOf(file);
  if (damage !== null) throw new BackupError(`${file} is no backup, or damaged: ${damage}`);
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare("SELECT name, value FROM about").all();
    const about = aboutSchema.parse(Object.fromEntries(rows.map(({ name, value }) => [String(name), value])));
    if (about.v > VERSION)
      throw new BackupError(
        `${file} is a backup of version ${about.v}, this code reads version ${VERSION}: restore it with release ${about.release} or newer`,
      );
    const files = database.prepare("SELECT path, sha256, content FROM files ORDER BY path").all();
    return { about, files: files.map((row) => intact(fileSchema.parse(row), file)) };
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(`${file} is no backup of this loop: ${error instanceof Error ? error.message : error}`);
  } finally {
    database.close();
  }
}

/** Asked of the system: SQLite only says that it is unable to open it. */
function whyUnreadable(file: string): string | null {
  try {
    accessSync(file, constants.R_OK);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function intact({ path, sha256: wanted, content }: z.infer<typeof fileSchema>, file: string): StateFile {
  if (sha256(content) !== wanted) throw new BackupError(`${file} is damaged: ${path} is not what was written`);
  return { path, content };
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
