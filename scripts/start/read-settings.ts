/** What a command of ours is told: by its environment, and by a settings file: that of AFK_SETTINGS, or `.dev.vars` here. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readStartSettings, SettingsError, type StartSettings } from "./settings.ts";

export function readSettings(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): StartSettings {
  const named = env.AFK_SETTINGS;
  if (!named) return readStartSettings({ env, devVars: readIfThere(join(cwd, ".dev.vars")), cwd });
  const path = resolve(cwd, named);
  const text = readIfThere(path);
  if (text === null) throw new SettingsError(`AFK_SETTINGS names ${path}, and no such file is there`);
  return readStartSettings({ env, devVars: text, file: path, cwd });
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new SettingsError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
