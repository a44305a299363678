/**
 * A mutant: one realistic mistake, as a patch. What it is stands before its diff, where `git apply` reads nothing:
 *
 *   # breaks rule 2: a repo takes a second run while one is in flight
 *   # covers: gate repo_busy, row 2
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface Mutant {
  /** Its file's name, without `.patch`. */
  name: string;
  file: string;
  /** The rule of docs/reliability.md it breaks; null where a patch does not say. */
  rule: number | null;
  why: string;
  /** Rows of `run-state-machine` as `row 7`, gates of `gate-table` as `gate blocked`. */
  covers: string[];
  /** Of the last whole play: the seed that found it, to be played before all others. */
  foundBy: number | null;
}

export function readMutants(folder: string): Mutant[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".patch"));
  const found = readFound(folder);
  return files.sort().map((name) => {
    const mutant = readMutant(join(folder, name));
    return { ...mutant, foundBy: found[mutant.name] ?? null };
  });
}

const FOUND = "found-by.json";

/** By mutant: the seed that found it. A hint, which any change of the weather may make useless and none makes wrong. */
export function readFound(folder: string): Record<string, number> {
  const file = join(folder, FOUND);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** One line each, by name: what a play changes is what its diff shows. */
export function keepFound(folder: string, found: Record<string, number>): void {
  const all = Object.entries({ ...readFound(folder), ...found }).filter(([name]) =>
    existsSync(join(folder, `${name}.patch`)),
  );
  const sorted = Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
  writeFileSync(join(folder, FOUND), `${JSON.stringify(sorted, null, 2)}\n`);
}

export function readMutant(file: string): Mutant {
  const header = readFileSync(file, "utf8").split(/^(?:diff --git |--- )/m, 1)[0] ?? "";
  const breaks = /^# breaks rule (\d+): (.+)$/m.exec(header);
  const covers = /^# covers: (.+)$/m.exec(header)?.[1] ?? "";
  return {
    name: basename(file).replace(/\.patch$/, ""),
    file,
    rule: breaks?.[1] ? Number(breaks[1]) : null,
    why: breaks?.[2] ?? "",
    covers: covers === "" ? [] : covers.split(", "),
    foundBy: null,
  };
}
