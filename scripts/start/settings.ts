/**
 * What `npm start` is told: its own settings, and those it hands on to the worker unread.
 *
 * The environment wins over `.dev.vars` (or the file that AFK_SETTINGS names), also with an empty value. Only known names reach the worker; an unknown one in
 * `.dev.vars`, and one of the environment that begins as ours do, is told, since it is most likely misspelt.
 */
import { isIP } from "node:net";
import { isAbsolute, join } from "node:path";
import { SETTING_NAMES } from "../../lib/core/config.ts";
import { SWEEP_OVERDUE_MS } from "../../lib/core/notices.ts";
import { type SettingError, SettingReader } from "../../lib/core/setting-reader.ts";
import { parseDevVars } from "./dev-vars.ts";

export class SettingsError extends Error {}

export interface StartSettings {
  /** Where people and webhooks come in: an address of this machine. The control port is never anywhere but on loopback. */
  host: string;
  /** 0: any free port. */
  port: number;
  controlPort: number;
  dataDir: string;
  sweepSeconds: number;
  /** See `readCertificates`. */
  ca: string | null;
  /** Of the person who labels in a rehearsal against one's own forge. */
  rehearseToken: string | null;
  /** The worker's settings, by name: only those that are set. */
  worker: Record<string, string>;
  warnings: string[];
}

export interface StartInput {
  env: Record<string, string | undefined>;
  /** The text of `.dev.vars`, or null when there is none. */
  devVars: string | null;
  /** What that file is called, where it is another. */
  file?: string;
  cwd: string;
}

/** Means something in the environment alone: a file cannot say which file is read. */
const SETTINGS_FILE = "AFK_SETTINGS";

/** What never reaches the worker: what `npm start` reads for itself, and what a rehearsal does. */
export const LAUNCHER_NAMES: readonly string[] = [
  SETTINGS_FILE,
  "AFK_HOST",
  "PORT",
  "AFK_CONTROL_PORT",
  "DATA_DIR",
  "AFK_SWEEP_SECONDS",
  "FORGEJO_CA",
  "AFK_REHEARSE_TOKEN",
];
/** No setting: from whoever starts us, see `stopSignal`. */
const STARTER = "AFK_STARTER_PID";
/** A timer of more than 24 days fires at once; far below it. */
const sweepSecondsMax = 86_400;

export function readStartSettings(input: StartInput): StartSettings {
  const { file = ".dev.vars" } = input;
  const fromFile = input.devVars === null ? [] : parseDevVars(input.devVars, file);
  const value = (name: string) => input.env[name] ?? fromFile.find((known) => known.name === name)?.value;

  const sweepSeconds = sweepSecondsFrom(value("AFK_SWEEP_SECONDS"));
  const known = new Set<string>([...SETTING_NAMES, ...LAUNCHER_NAMES]);
  const unknown = [
    ...fromFile.filter(({ name }) => !known.has(name)).map(({ name, line }) => ({ name, where: `${file}:${line}` })),
    ...Object.keys(input.env)
      .filter((name) => name.startsWith("AFK_") && name !== STARTER && input.env[name] !== undefined)
      .filter((name) => !known.has(name))
      .map((name) => ({ name, where: "environment" })),
  ];
  const inItself = fromFile.filter(({ name }) => name === SETTINGS_FILE);
  const worker: Record<string, string> = {};
  for (const name of SETTING_NAMES) {
    const set = value(name);
    if (set !== undefined) worker[name] = set;
  }

  const port = portFrom("PORT", value("PORT") || "8787");
  const controlPort = portFrom("AFK_CONTROL_PORT", value("AFK_CONTROL_PORT") || "8788");
  if (port === controlPort && port !== 0) throw new SettingsError(`PORT and AFK_CONTROL_PORT are both ${port}`);
  const dataDir = value("DATA_DIR") || "data";
  return {
    host: hostFrom(value("AFK_HOST") || "127.0.0.1"),
    port,
    controlPort,
    dataDir: isAbsolute(dataDir) ? dataDir : join(input.cwd, dataDir),
    sweepSeconds,
    ca: value("FORGEJO_CA") || null,
    rehearseToken: value("AFK_REHEARSE_TOKEN") || null,
    worker,
    warnings: [
      ...unknown.map(({ name, where }) => `${where}: ${name} is not a setting of this loop, not handed on`),
      ...inItself.map(
        ({ line }) => `${file}:${line}: ${SETTINGS_FILE} has no effect in a file: set it in the environment`,
      ),
      ...(sweepSeconds * 1000 > SWEEP_OVERDUE_MS
        ? [`AFK_SWEEP_SECONDS: above ${SWEEP_OVERDUE_MS / 1000} /healthz calls each sweep overdue before the next one`]
        : []),
    ],
  };
}

function hostFrom(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new SettingsError(`AFK_HOST should be an address, as 127.0.0.1 or 0.0.0.0, and is "${text}"`);
}

function portFrom(name: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new SettingsError(`${name} should be a port, 0 to 65535, and is "${text}"`);
  return port;
}

function sweepSecondsFrom(text: string | undefined): number {
  const errors: SettingError[] = [];
  const seconds = new SettingReader({ AFK_SWEEP_SECONDS: text }, errors).seconds("AFK_SWEEP_SECONDS", 60) / 1000;
  if (errors.length === 0 && seconds <= sweepSecondsMax) return seconds;
  throw new SettingsError(
    `AFK_SWEEP_SECONDS should be seconds, above 0 and up to ${sweepSecondsMax}, and is "${text}"`,
  );
}
