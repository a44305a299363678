/** (node) From a scenario's worker.log to its history in a file. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { historyOf } from "./history.ts";
import { renamed } from "./names.ts";
import type { Json } from "./patch.ts";

/** Gives how many entries there are; a scenario in which nothing was claimed has no file. */
export function recordOf(dir: string, file: string): number {
  const entries = historyOf(linesOf(dir));
  if (entries.length > 0) writeFileSync(file, `${toldIn(entries)}\n`);
  return entries.length;
}

function linesOf(dir: string): { [key: string]: Json }[] {
  const lines = readFileSync(join(dir, "worker.log"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith('{"golden":'));
  const first: unknown = lines[0] === undefined ? null : JSON.parse(lines[0]);
  if (first === null) return [];
  const { now } = (first as { golden: { now: number } }).golden;
  return renamed(lines.join("\n"), dir, now)
    .split("\n")
    .map((line) => (JSON.parse(line) as { golden: { [key: string]: Json } }).golden);
}

/** One entry a few lines: a diff shows which look changed. */
function toldIn(entries: object[]): string {
  const entry = (one: object) => {
    const fields = Object.entries(one).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    return `  {\n${fields.join(",\n")}\n  }`;
  };
  return `[\n${entries.map(entry).join(",\n")}\n]`;
}
