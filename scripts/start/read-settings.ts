/** What a command of ours is told: by its environment, and by a settings file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readStartSettings, type StartSettings } from "./settings.ts";

export function readSettings(): StartSettings {
  const cwd = process.cwd();
  return readStartSettings({ env: process.env, devVars: readIfThere(join(cwd, ".dev.vars")), cwd });
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
