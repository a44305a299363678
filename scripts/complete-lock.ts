/**
 * Completes package-lock.json after `npm install`, so that `npm ci` accepts it anywhere.
 *
 * A registry (or a mirror) may lack the packages of other systems; npm then leaves their optional entries out of the lock, and
 * `npm ci` of npm 11 refuses it: "EUSAGE … Missing: @biomejs/cli-darwin-x64@ from lock file". An entry of version, os and cpu is
 * enough: npm reads from it that the package is not for this machine, and never asks for it.
 *
 * A missing package whose name tells no foreign system is an error and not guessed at.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface LockEntry {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export interface Lock {
  packages: Record<string, LockEntry>;
}

export interface Completed {
  lock: Lock;
  added: string[];
}

/** Pure: the lock with every optional dependency it names but lacks. */
export function completeLock(lock: Lock): Completed {
  const packages = { ...lock.packages };
  const added: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(packages, path, name)) continue;
      packages[`node_modules/${name}`] = {
        version,
        ...inNpmsOrder({ ...platformOf(name), optional: true, dev: entry.dev }),
      };
      added.push(name);
    }
  }
  return { lock: { ...lock, packages: sorted(packages) }, added };
}

/** Node's own look-up: beside the package that asks, then in each folder above it. */
function isLocked(packages: Record<string, LockEntry>, from: string, name: string): boolean {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (packages[at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`]) return true;
    if (at === "") return false;
  }
}

const systems: [RegExp, string][] = [
  [/\bandroid\b/, "android"],
  [/\bdarwin\b/, "darwin"],
  [/\bfreebsd\b/, "freebsd"],
  [/\blinux\b/, "linux"],
  [/\b(win32|windows|win)\b/, "win32"],
];
const processors: [RegExp, string][] = [
  [/\barm64\b/, "arm64"],
  [/\b(x64|64)\b/, "x64"],
  [/\barm\b/, "arm"],
  [/\bia32\b/, "ia32"],
];

function platformOf(name: string): Pick<LockEntry, "os" | "cpu" | "libc"> {
  const os = systems.find(([pattern]) => pattern.test(name))?.[1];
  const cpu = processors.find(([pattern]) => pattern.test(name))?.[1];
  if (!os || !cpu)
    throw new Error(`the lock lacks ${name}, whose name does not tell its system: add its entry by hand`);
  return { os: [os], cpu: [cpu], ...(/musl/.test(name) ? { libc: ["musl"] } : {}) };
}

/** Alphabetical, as npm writes them: the next `npm install` then leaves the file as it is. */
function inNpmsOrder(fields: LockEntry): LockEntry {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known.sort(([a], [b]) => a.localeCompare(b, "en")));
}

function sorted(packages: Record<string, LockEntry>): Record<string, LockEntry> {
  return Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en")));
}

if (import.meta.main) {
  const path = join(import.meta.dirname, "..", "package-lock.json");
  const { lock, added } = completeLock(JSON.parse(readFileSync(path, "utf8")) as Lock);
  if (added.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(added.length > 0 ? `package-lock.json: added ${added.join(", ")}` : "package-lock.json: complete");
}
