/**
 * The real loop in a simulated world, one seed after another, on every core.
 *
 * `--agreement` plays each history twice, with every delivery and with none: both must end alike.
 */
import "../test/simulation/hooks.ts";
import { availableParallelism } from "node:os";
import { command, readFlags, UsageError, wholeNumber } from "./flags.ts";

const USAGE = [
  "[--seeds N] [--seed K] [--until-failure] [--story] [--threads N]",
  "--seed K,K,… [--story] [--threads N]",
  "--agreement [--seeds N] [--seed K]",
];

const SEED_MAX = 2 ** 31 - 1;
const SEEDS_MAX = 10_000_000;
const SEEDS = 100;

async function main(): Promise<number> {
  const values = readFlags({
    seeds: { type: "string" },
    seed: { type: "string", default: "1" },
    threads: { type: "string", default: String(availableParallelism()) },
    "until-failure": { type: "boolean", default: false },
    story: { type: "boolean", default: false },
    agreement: { type: "boolean", default: false },
  });
  const named = values.seed.split(",").map((text) => wholeNumber("--seed", text, 0, SEED_MAX));
  if (named.length > 1 && (values.seeds !== undefined || values.agreement))
    throw new UsageError("--seed: several are played as they are named, without --seeds and --agreement");
  const [first = 1] = named;
  const seeds = values.seeds === undefined ? SEEDS : wholeNumber("--seeds", values.seeds, 1, SEEDS_MAX);
  const threads = wholeNumber("--threads", values.threads, 1, 64);
  if (values.agreement) {
    const { agree } = await import("../test/simulation/agree.ts");
    return agree(first, seeds);
  }
  const { simulate } = await import("../test/simulation/simulate.ts");
  const played = named.length > 1 ? named : from(first, seeds);
  return simulate({ seeds: played, threads, untilFailure: values["until-failure"], story: values.story });
}

function* from(first: number, seeds: number): Generator<number> {
  for (let seed = first; seed < first + seeds; seed++) yield seed;
}

await command("simulate", USAGE, main);
