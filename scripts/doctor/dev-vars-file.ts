/**
 * Writes settings into `.dev.vars`: what is there stays as it is, to the letter; a setting that is there gets its new value
 * in its place, another is added at the end. The file is written whole under another name and then put in its place, so a
 * run that is broken off leaves the old one or the new one. Nobody but its owner may read it.
 */
import { chownSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseDevVars } from "../start/dev-vars.ts";
import { readIfThere } from "./read-input.ts";

const MODE = 0o600;

export function writeDevVars(path: string, values: Record<string, string>): void {
  const before = readIfThere(path);
  const after = withVars(before ?? "", values);
  const { target, draft } = placesOf(path, before);
  try {
    writeFileSync(draft, after, { mode: MODE });
    giveToOwner(draft, before === null ? dirname(target) : target);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A link is followed: the file it names is the one in use. */
function placesOf(path: string, before: string | null): { target: string; draft: string } {
  const target = before === null ? path : realpathSync(path);
  return { target, draft: `${target}.${process.pid}` };
}

/** Written by root, it is theirs still who run the loop. */
function giveToOwner(draft: string, like: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(like);
  chownSync(draft, uid, gid);
}

/** Why these could not be written; null: they can, as far as it shows before. */
export function cannotWrite(path: string, names: string[]): string | null {
  try {
    const before = readIfThere(path);
    withVars(before ?? "", Object.fromEntries(names.map((name) => [name, "value"])));
    const { target, draft } = placesOf(path, before);
    return cannotMake(draft, target);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The draft's own name would tell nobody which file is meant, and it is the folder that has to let us. */
function cannotMake(draft: string, target: string): string | null {
  try {
    writeFileSync(draft, "", { mode: MODE });
    rmSync(draft);
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : String(error);
    return `${target} cannot be written (${code}): setup needs the right to write in its folder, ${dirname(target)}`;
  }
}

export function withVars(text: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((all, [name, value]) => withVar(all, name, value), text);
}

function withVar(text: string, name: string, value: string): string {
  const there = parseDevVars(text, ".dev.vars").find((one) => one.name === name);
  const line = `${name}=${written(value)}`;
  if (there === undefined) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
  const lines = text.split("\n");
  const at = there.line - 1;
  const length = lengthOf(lines.slice(at));
  const end = lines[at + length - 1]?.endsWith("\r") ? "\r" : "";
  lines.splice(at, length, `${line}${end}`);
  return lines.join("\n");
}

/** How many lines the setting takes that begins at the first of these: the fewest that can be read. */
function lengthOf(lines: string[]): number {
  for (let length = 1; length < lines.length; length++) {
    // A line may end as Windows ends it.
    if (isWhole(lines.slice(0, length).join("\n").replace(/\r$/, ""))) return length;
  }
  // What cannot be told apart is not overwritten.
  if (parseDevVars(lines.join("\n"), ".dev.vars").length !== 1)
    throw new Error(
      `the settings file cannot be rewritten at ${JSON.stringify(lines[0]?.split("=")[0])}: do it by hand`,
    );
  return lines.length;
}

function isWhole(text: string): boolean {
  try {
    return parseDevVars(text, ".dev.vars").length === 1;
  } catch {
    return false;
  }
}

/** In quotes unless nothing in it could mean anything. */
function written(value: string): string {
  if (/^[\w.:/+@-]*$/.test(value)) return value;
  const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
  return `"${value.replace(/[\n\r\t"\\]/g, (letter) => escapes[letter] ?? letter)}"`;
}
