/**
 * (node) A copy of what the simulator needs, in a folder of its own, with one patch applied. The first that holds makes
 * a patch broken:
 *
 *   git cannot read it
 *   it touches anything but files of lib/ and functions/, renames, links or makes executable
 *   it does not apply cleanly
 *   what comes of it does not type-check
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, run } from "./child.ts";

const NEEDED = ["lib", "functions", "scripts", "test", "package.json", "tsconfig.json"];
const MUTABLE = /^(lib|functions)\/.*\.ts$/;
const LIMIT_MS = 120_000;

export type Applied = { type: "applied" } | { type: "broken"; why: string };

export function copyTree(root: string, names: string[] = NEEDED): string {
  const dir = mkdtempSync(join(tmpdir(), `afk-mutant-${process.pid}-`));
  for (const name of names) cpSync(join(root, name), join(dir, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  return dir;
}

export function removeTree(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}

export async function applyPatch(dir: string, patch: string, signal: AbortSignal): Promise<Applied> {
  const told = await git(dir, ["--numstat", "--summary", "-z", patch], signal);
  const why = told.code === 0 ? outside(told.stdout) : firstLine(told.stderr);
  if (why !== null) return broken(why);
  const applied = await git(dir, [patch], signal);
  return applied.code === 0 ? { type: "applied" } : broken(`does not apply: ${firstLine(applied.stderr)}`);
}

/** What the patch would do beyond changing our code; null: nothing. */
function outside(told: string): string | null {
  for (const entry of told.split(/[\0\n]/).filter((text) => text.trim() !== "")) {
    const path = /^[\d-]+\t[\d-]+\t(.+)$/.exec(entry)?.[1];
    if (path !== undefined ? MUTABLE.test(path) : /^ (create|delete) mode 100644 /.test(entry)) continue;
    return `not a change to a file of lib/ or functions/:${path === undefined ? entry : ` ${path}`}`;
  }
  return null;
}

/** Unused words are no mistake here: a mutant may well leave one. */
const TSCONFIG = {
  extends: "./tsconfig.json",
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
  include: ["functions", "lib", "scripts/simulate.ts"],
};

export async function typeCheck(dir: string, signal: AbortSignal): Promise<Applied> {
  writeFileSync(join(dir, "tsconfig.mutant.json"), JSON.stringify(TSCONFIG));
  const tsc = join(dir, "node_modules/typescript/bin/tsc");
  // One thread, as the simulator's: several divide no work here, they repeat some of it.
  const args = [tsc, "--project", "tsconfig.mutant.json", "--noEmit", "--singleThreaded"];
  const checked = await run(process.execPath, args, { cwd: dir, signal, limitMs: LIMIT_MS });
  return checked.code === 0 ? { type: "applied" } : broken(`does not type-check: ${firstLine(checked.stdout)}`);
}

/** In no repo, so that a temporary folder within one changes nothing, and with nobody's own settings. */
function git(dir: string, args: string[], signal: AbortSignal): Promise<Ended> {
  const env = { GIT_CEILING_DIRECTORIES: join(dir, ".."), GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  return run("git", ["apply", ...args], { cwd: dir, signal, limitMs: LIMIT_MS, env });
}

function broken(why: string): Applied {
  return { type: "broken", why };
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] || "no reason given";
}
