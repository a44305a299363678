/** What a command of ours is told: by its environment, and by a settings file: that of AFK_SETTINGS, or `.dev.vars` here. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readStartSettings, SettingsError, type StartSettings } from "./settings.ts";

const DEV_VARS = ".dev.vars";

export function readSettings(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): StartSettings {
  const { path, name, isNamed } = settingsFile(env, cwd);
  const text = readIfThere(path);
  if (text === null && isNamed) throw new SettingsError(`AFK_SETTINGS names ${path}, and no such file is there`);
  return readStartSettings({ env, devVars: text, file: name, cwd });
}

/** Where the settings file is, and what it is called in words. */
export function settingsFile(env: NodeJS.ProcessEnv, cwd: string): { path: string; name: string; isNamed: boolean } {
  const named = env.AFK_SETTINGS;
  if (!named) return { path: join(cwd, DEV_VARS), name: DEV_VARS, isNamed: false };
  const path = resolve(cwd, named);
  return { path, name: path, isNamed: true };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new SettingsError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
