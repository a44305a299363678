/**
 * Records the golden histories anew: test/golden/histories/<scenario>.json. Deliberate, and never part of a test: what
 * test/golden/golden.test.ts then misses of the table a busy machine was too slow or too fast to show, and is recorded again.
 *
 *   npm run golden [-- --only a,b] [--jobs N]
 *
 * The rehearsal is played on a copy of the sources in which lib/loop asks the pure core through test/golden/recorder.ts.
 * Nothing in the product knows of it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { recordOf } from "../test/golden/record.ts";
import { SCENARIOS } from "../test/rehearsal/scenarios.ts";

const root = join(import.meta.dirname, "..");
const work = join(root, "dist/golden");
const histories = join(root, "test/golden/histories");
const RECORDED = /(["'])\.\.\/core\/(?:claim|run-evolve|run-facts|run-state-machine)\.ts\1/g;

const { values } = parseArgs({ options: { only: { type: "string" }, jobs: { type: "string", default: "3" } } });
const names = values.only?.split(",") ?? SCENARIOS.map((scenario) => scenario.name);
process.exitCode = main();

function main(): number {
  rmSync(work, { recursive: true, force: true });
  const copy = copied();
  const out = join(work, "out");
  const flags = ["--only", names.join(","), "--jobs", values.jobs, "--out", out];
  const { status } = spawnSync(process.execPath, ["--no-warnings", "scripts/rehearse.ts", ...flags], {
    cwd: copy,
    stdio: "inherit",
  });
  if (status !== 0) return status ?? 1;
  if (values.only === undefined) rmSync(histories, { recursive: true, force: true });
  mkdirSync(histories, { recursive: true });
  for (const name of names) {
    const entries = recordOf(join(out, "github", name), join(histories, `${name}.json`));
    console.log(`golden: ${name}: ${entries} entries`);
  }
  rmSync(work, { recursive: true, force: true });
  return 0;
}

/** The sources, and the loop's view of the core replaced. */
function copied(): string {
  const copy = join(work, "copy");
  mkdirSync(copy, { recursive: true });
  const sources = [
    "functions",
    "lib",
    "scripts",
    "test",
    "package.json",
    "package-lock.json",
    "wrangler.toml",
    "tsconfig.json",
  ];
  for (const source of sources) cpSync(join(root, source), join(copy, source), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const loop = join(copy, "lib/loop");
  for (const file of readdirSync(loop)) {
    const path = join(loop, file);
    const source = readFileSync(path, "utf8");
    writeFileSync(path, source.replaceAll(RECORDED, '"../../test/golden/recorder.ts"'));
  }
  return copy;
}
