/**
 * Records the golden histories anew: test/golden/histories/<scenario>.json. Deliberate, and never part of a test: what
 * test/golden/golden.test.ts then misses of the table a busy machine was too slow or too fast to show, and is recorded again.
 *
 * The rehearsal is played on a copy of the sources in which lib/loop asks the pure core through test/golden/recorder.ts.
 * Nothing in the product knows of it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { recordOf } from "../test/golden/record.ts";
import { SCENARIOS } from "../test/rehearsal/scenarios.ts";
import { command, readFlags, UsageError, wholeNumber } from "./flags.ts";

const root = join(import.meta.dirname, "..");
const work = join(root, "dist/golden");
const histories = join(root, "test/golden/histories");
const RECORDED = /(["'])\.\.\/core\/(?:claim|run-evolve|run-facts|run-state-machine)\.ts\1/g;

/** The core knows no forge: one forge's histories say all. */
const FORGE = "github";
const JOBS_MAX = 16;

await command("golden", ["[--only a,b] [--jobs N]"], async () => {
  const values = readFlags({ only: { type: "string" }, jobs: { type: "string", default: "3" } });
  const played = SCENARIOS.filter(({ forges }) => forges?.includes(FORGE) ?? true).map(({ name }) => name);
  const names = values.only?.split(",").map((name) => name.trim()) ?? played;
  const unknown = names.find((name) => !played.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--only: ${JSON.stringify(unknown)} is not one of ${played.join(", ")}`);
  return record(names, String(wholeNumber("--jobs", values.jobs, 1, JOBS_MAX)), values.only === undefined);
});

function record(names: string[], jobs: string, all: boolean): number {
  rmSync(work, { recursive: true, force: true });
  const copy = copied();
  const out = join(work, "out");
  const flags = ["--forge", FORGE, "--only", names.join(","), "--jobs", jobs, "--out", out];
  const { status } = spawnSync(process.execPath, ["--no-warnings", "scripts/rehearse.ts", ...flags], {
    cwd: copy,
    stdio: "inherit",
  });
  if (status !== 0) return status ?? 1;
  if (all) rmSync(histories, { recursive: true, force: true });
  mkdirSync(histories, { recursive: true });
  for (const name of names) {
    const entries = recordOf(join(out, FORGE, name), join(histories, `${name}.json`));
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
