/**
 * DATA_DIR/state/version.json: which version of the state lies there, and which release wrote it last. Records carry their
 * own versions; this one is looked at before anything is started, so that an older release never runs over newer state.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { STATE_VERSION } from "../../lib/loop/migrations.ts";
import packageJson from "../../package.json" with { type: "json" };

export class StateVersionError extends Error {}

export const RELEASE = packageJson.version;

const markerSchema = z.object({ v: z.number().int().positive(), release: z.string() });

/** Null: nothing says so. State of the first release has no marker, and neither has a new folder. */
export function stateVersion(stateDir: string): z.infer<typeof markerSchema> | null {
  const path = join(stateDir, "version.json");
  try {
    return markerSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new StateVersionError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Throws when the state is newer than this code; else notes whose it is now. */
export function claimState(stateDir: string): void {
  const found = stateVersion(stateDir);
  if (found !== null && found.v > STATE_VERSION) throw new StateVersionError(newer(stateDir, found.v, found.release));
  if (found?.v === STATE_VERSION && found.release === RELEASE) return;
  const path = join(stateDir, "version.json");
  writeFileSync(`${path}.new`, `${JSON.stringify({ v: STATE_VERSION, release: RELEASE })}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function newer(what: string, version: number, release: string): string {
  return `${what} holds state of version ${version}, written by release ${release}; this is release ${RELEASE} and reads version ${STATE_VERSION}. Run release ${release} or newer, or restore a backup made before the upgrade. Nothing was changed.`;
}
