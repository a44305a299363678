/**
 * The real loop in a simulated world, one seed after another, on every core.
 *
 *   npm run simulate -- --seeds N [--seed K] [--until-failure] [--story] [--threads N]
 *   npm run simulate -- --agreement [--seeds N] [--seed K]
 *
 * `--agreement` plays each history twice, with every delivery and with none: both must end alike.
 */
import "../test/simulation/hooks.ts";
import { availableParallelism } from "node:os";
import { command, readFlags, wholeNumber } from "./flags.ts";

const SEED_MAX = 2 ** 31 - 1;

async function main(): Promise<number> {
  const values = readFlags({
    seeds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    threads: { type: "string", default: String(availableParallelism()) },
    "until-failure": { type: "boolean", default: false },
    story: { type: "boolean", default: false },
    agreement: { type: "boolean", default: false },
  });
  const seeds = wholeNumber("--seeds", values.seeds, 1, 10_000_000);
  const first = wholeNumber("--seed", values.seed, 0, SEED_MAX);
  const threads = wholeNumber("--threads", values.threads, 1, 64);
  if (values.agreement) {
    const { agree } = await import("../test/simulation/agree.ts");
    return agree(first, seeds);
  }
  const { simulate } = await import("../test/simulation/simulate.ts");
  return simulate({ seeds, first, threads, untilFailure: values["until-failure"], story: values.story });
}

await command("simulate", main);
