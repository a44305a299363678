/**
 * Opens every database of a state folder at one and the same instant, while workerd writes to them.
 *
 * A read transaction fixes what one database looks like, and each of them begins a little later than the one before. So a
 * second connection watches each: if nothing was committed anywhere while they began, all of them show one moment - what a
 * power cut at that moment would have left, which the loop is made to go on from. Else they begin anew.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";

export class StateBusyError extends Error {}

/** workerd writes in bursts of milliseconds; this only ends a wait that would never. */
const TRIES_MAX = 2000;
const SUFFIX = ".sqlite";

export interface Snapshot {
  /** Paths below the state folder, with slashes. */
  paths: string[];
  copyTo(path: string, target: string): Promise<void>;
  close(): void;
}

/** The databases of a state folder; none when it is empty or missing. */
function databasesIn(stateDir: string): string[] {
  try {
    const found = readdirSync(stateDir, { recursive: true, encoding: "utf8" });
    return found
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(SUFFIX))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

export function openSnapshot(stateDir: string): Snapshot {
  const paths = databasesIn(stateDir);
  const open = () => paths.map((path) => new DatabaseSync(join(stateDir, path), { readOnly: true, timeout: 5000 }));
  const watchers = open();
  const readers = open();
  const close = () => {
    for (const database of [...readers, ...watchers]) database.close();
  };
  try {
    beginTogether(readers, watchers);
  } catch (error) {
    close();
    throw error;
  }
  return {
    paths,
    async copyTo(path, target) {
      const reader = readers[paths.indexOf(path)];
      if (!reader) throw new Error(`no such database: ${path}`);
      await backup(reader, target);
    },
    close,
  };
}

/** What is asked of a connection. */
type Reader = Pick<DatabaseSync, "exec" | "prepare">;

export function beginTogether(readers: Reader[], watchers: Reader[]): void {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const before = versionsOf(watchers);
    for (const reader of readers) {
      reader.exec("BEGIN");
      // The transaction begins with its first read.
      reader.prepare("SELECT count(*) FROM sqlite_master").get();
    }
    if (versionsOf(watchers) === before) return;
    for (const reader of readers) reader.exec("COMMIT");
  }
  throw new StateBusyError(`the state changed during each of ${TRIES_MAX} tries to copy it; try again`);
}

/** Changes with every commit of another connection. */
function versionsOf(watchers: Reader[]): string {
  return watchers.map((one) => Object.values(one.prepare("PRAGMA data_version").get() ?? {}).join()).join(" ");
}

/** What SQLite itself finds wrong with a database; null: nothing. */
export function damageOf(path: string): string | null {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare("PRAGMA integrity_check(1)").all();
    const said = rows.map((row) => String(Object.values(row)[0])).join("; ");
    return said === "ok" ? null : said;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    database.close();
  }
}
