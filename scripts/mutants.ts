/**
 * What the simulator can see: mistakes made on purpose, one at a time, each to be found within 10,000 seeds.
 * `--keep` notes the seeds that found them in test/mutants/found-by.json: the next play tries these first.
 *
 * Exit 0 only if every mutant was found and the unmutated code holds on the same seeds.
 */
import { join, resolve } from "node:path";
import { keepFound, type Mutant, readMutant, readMutants } from "../test/mutants/mutant.ts";
import { runMutants } from "../test/mutants/run-mutants.ts";
import { command, readFlags, UsageError, wholeNumber } from "./flags.ts";

const USAGE = ["[--only a,b] [--seeds N] [--jobs N] [--keep]", "--file x.patch [--seeds N] [--jobs N]"];
const root = join(import.meta.dirname, "..");
const folder = join(root, "test/mutants");
const CONTROL_SEEDS = 300;
/** A patch from elsewhere is none of those that are chosen among and noted. */
const NOT_WITH_FILE = ["only", "keep"] as const;

function chosen(only: string | undefined): Mutant[] {
  const all = readMutants(folder);
  if (only === undefined) return all;
  const names = only.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !all.some((mutant) => mutant.name === name));
  if (unknown !== undefined) throw new UsageError(`--only: no mutant is called "${unknown}"`);
  return all.filter(({ name }) => names.includes(name));
}

async function main(signal: AbortSignal): Promise<number> {
  const values = readFlags({
    only: { type: "string" },
    file: { type: "string" },
    seeds: { type: "string", default: "10000" },
    jobs: { type: "string", default: "2" },
    keep: { type: "boolean", default: false },
  });
  const stray = values.file === undefined ? undefined : NOT_WITH_FILE.find((flag) => values[flag]);
  if (stray !== undefined) throw new UsageError(`--${stray}: not with --file`);
  const mutants = values.file === undefined ? chosen(values.only) : [readMutant(resolve(values.file))];
  return runMutants({
    root,
    mutants,
    seeds: wholeNumber("--seeds", values.seeds, 1, 1_000_000),
    controlSeeds: CONTROL_SEEDS,
    jobs: wholeNumber("--jobs", values.jobs, 1, 64),
    say: console.log,
    ...(values.keep ? { onFound: (found) => keepFound(folder, found) } : {}),
    signal,
  });
}

const stop = new AbortController();
// Whoever read our output went away: the copies are cleared away as after a signal.
process.stdout.on("error", () => stop.abort());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

await command("mutants", USAGE, async () => {
  try {
    return await main(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 130;
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw isMissing ? new UsageError(error.message) : error;
  }
});
