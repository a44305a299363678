/**
 * The real loop in a simulated world, one seed after another, on every core.
 *
 *   npm run simulate -- --seeds N [--seed K] [--until-failure] [--story] [--threads N]
 */
import "../test/simulation/hooks.ts";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

const { simulate } = await import("../test/simulation/simulate.ts");

const usage = "usage: npm run simulate -- [--seeds N] [--seed K] [--until-failure] [--story] [--threads N]";

try {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      threads: { type: "string", default: String(availableParallelism()) },
      "until-failure": { type: "boolean", default: false },
      story: { type: "boolean", default: false },
    },
  });
  process.exitCode = await simulate({
    seeds: whole("--seeds", values.seeds, 1),
    first: whole("--seed", values.seed, 0),
    threads: whole("--threads", values.threads, 1),
    untilFailure: values["until-failure"],
    story: values.story,
  });
} catch (error) {
  console.error(`simulate: ${error instanceof Error ? error.message : error}; ${usage}`);
  process.exitCode = 2;
}

function whole(flag: string, text: string, least: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw new Error(`${flag} is a whole number from ${least}`);
  return Number(text);
}
