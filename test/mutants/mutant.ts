/**
 * A mutant: one realistic mistake, as a patch. What it is stands before its diff, where `git apply` reads nothing:
 *
 *   # breaks rule 2: a repo takes a second run while one is in flight
 *   # covers: gate repo_busy, row 2
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface Mutant {
  /** Its file's name, without `.patch`. */
  name: string;
  file: string;
  /** The rule of the design's section 6 it breaks; null where a patch does not say. */
  rule: number | null;
  why: string;
  /** Rows of section 5 as `row 7`, gates of section 4 as `gate blocked`. */
  covers: string[];
}

export function readMutants(folder: string): Mutant[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".patch"));
  return files.sort().map((name) => readMutant(join(folder, name)));
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
  };
}
