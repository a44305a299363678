/**
 * The arrows of the house: functions -> loop -> core; adapters -> core; nothing imports functions.
 *
 *   folder            may import                        packages
 *   lib/core          itself                            none, nor node:
 *   lib/loop          itself, lib/core, the ports       zod
 *   lib/doctor        itself, lib/core, the adapters    any
 *   lib/<adapter>     itself, lib/core                  any
 *   functions         itself, lib, package.json         any
 *   scripts, test     anything but functions (test: all)
 *
 * What may import zod does so through lib/zod.ts, which says in what build and in what words.
 * Nothing but scripts and tests imports lib/doctor: what looks at a setting is no part of what runs under it.
 * Imports of types count too: a type is a dependency a reader must follow. The ports are the interfaces that the loop is handed
 * its adapters behind, with the folds over what they give: the loop may import them, and they import nothing but lib/core.
 */
import { posix } from "node:path";
import { importsOf } from "./imports.ts";
import type { Problem } from "./problem.ts";

const ports = [
  "lib/forge/tracker.ts",
  "lib/forge/ci-watcher.ts",
  "lib/forge/proposals.ts",
  "lib/executor/executor.ts",
  "lib/notify/notifier.ts",
  "lib/rules/rule-reader.ts",
  "lib/deploy/version-probe.ts",
];

const zod = "lib/zod.ts";
const doctor = "lib/doctor/";
const doctorsAdapters = ["lib/forge/", "lib/executor/", "lib/notify/"];

interface Layer {
  folder: string;
  mayImport: string[];
  packages: "any" | string[];
}

function layerOf(path: string): Layer | null {
  if (ports.includes(path)) return { folder: "a port", mayImport: ["lib/core/"], packages: [] };
  const adapter = /^lib\/[^/]+\//.exec(path)?.[0];
  if (path.startsWith("lib/core/")) return { folder: "lib/core", mayImport: ["lib/core/"], packages: [] };
  if (path.startsWith("lib/loop/"))
    return { folder: "lib/loop", mayImport: ["lib/loop/", "lib/core/"], packages: ["zod"] };
  if (path.startsWith(doctor))
    return { folder: "lib/doctor", mayImport: [doctor, "lib/core/", ...doctorsAdapters], packages: "any" };
  if (adapter) return { folder: adapter.slice(0, -1), mayImport: [adapter, "lib/core/"], packages: "any" };
  if (path.startsWith("functions/"))
    return { folder: "functions", mayImport: ["functions/", "lib/", "package.json"], packages: "any" };
  if (path.startsWith("scripts/"))
    return { folder: "scripts", mayImport: ["scripts/", "lib/", "test/", "package.json"], packages: "any" };
  return null;
}

export function arrows(path: string, source: string): Problem[] {
  const layer = layerOf(path);
  return importsOf(source).flatMap(({ specifier, line }) => {
    const problem = (text: string) => [{ path, line, text }];
    if (specifier === null) return layer ? problem("imports a module whose name is computed") : [];
    if (!/^\.{0,2}\//.test(specifier)) {
      const name = packageOf(specifier);
      if (layer && !allows(layer, name)) return problem(`${layer.folder} may not import the package "${specifier}"`);
      return name === "zod" && path.startsWith("lib/") && path !== zod ? problem(`zod is imported through ${zod}`) : [];
    }
    const target = posix.join(posix.dirname(path), specifier);
    if (!/\.\w+$/.test(specifier)) return problem(`"${specifier}" lacks its extension`);
    if (target === zod && (!layer || allows(layer, "zod"))) return [];
    const isPort = layer?.folder === "lib/loop" && ports.includes(target);
    const isOut = layer?.folder === "functions" && target.startsWith(doctor);
    const isAllowed = !layer || isPort || (layer.mayImport.some((allowed) => target.startsWith(allowed)) && !isOut);
    return isAllowed ? [] : problem(`${layer.folder} may not import ${target}`);
  });
}

function allows({ packages }: Layer, name: string): boolean {
  return packages === "any" || packages.includes(name);
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
