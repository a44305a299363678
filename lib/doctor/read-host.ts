/**
 * What a doctor reads of the machine `npm start` runs on: the state there is, and the room beside it.
 *
 *   DATA_DIR/state ................ the durable objects; not there before the first start
 *   DATA_DIR/state/version.json ... {v, release}: whose state it is, where a start noted it
 */
import { access, constants, readFile, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "../zod.ts";
import type { HostFacts } from "./facts.ts";
import { type Seen, saw, unseen } from "./seen.ts";

export type DiskOf = (path: string) => Promise<HostFacts["disk"]>;

export async function readHost(dataDir: string, knownVersion: number, diskOf: DiskOf = roomAt): Promise<HostFacts> {
  const [state, disk] = await Promise.all([readState(dataDir), diskOf(dataDir)]);
  return { dataDir, state, knownVersion, disk };
}

const marker = z.object({ v: z.int().check(z.positive()), release: z.string() });

async function readState(dataDir: string): Promise<HostFacts["state"]> {
  const path = join(dataDir, "state", "version.json");
  try {
    const there = await isThere(join(dataDir, "state"));
    const text = await textOf(path);
    if (text === null) return saw({ there, marker: null });
    const read = marker.safeParse(JSON.parse(text));
    if (!read.success) return unseen(`${path} is not understood`);
    return saw({ there, marker: { version: read.data.v, release: read.data.release } });
  } catch (error) {
    return unseen(`${path}: ${reasonOf(error)}`);
  }
}

/** Of the nearest folder that is there: before the first start there is none of ours. */
async function roomAt(path: string): Promise<Seen<{ freeBytes: number; isWritable: boolean }>> {
  try {
    for (let at = path; ; at = dirname(at)) {
      if (!(await isThere(at)) && at !== dirname(at)) continue;
      const { bavail, bsize } = await statfs(at);
      const isFolder = (await stat(at)).isDirectory();
      const isWritable = await access(at, constants.W_OK).then(
        () => isFolder,
        () => false,
      );
      return saw({ freeBytes: bavail * bsize, isWritable });
    }
  } catch (error) {
    return unseen(reasonOf(error));
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "it cannot be read";
}
