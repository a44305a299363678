/** The files the rules look at, with their text. */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

export interface Source {
  path: string;
  text: string;
}

const folders = ["functions", "lib", "scripts", "test", ".ci"];
const single = ["wrangler.toml", "package.json", "vitest.config.ts"];
const isCode = /\.(ts|tsx|js|mjs|sh)$|^\.ci\//;

export function readSources(root: string): Source[] {
  const below = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .split(sep)
          .join("/"),
      ),
  );
  const paths = [...below.filter((path) => isCode.test(path)), ...single].sort();
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
