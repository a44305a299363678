/**
 * The real loop in a simulated world, one seed after another.
 *
 *   npm run simulate -- --seeds N [--seed K] [--story]
 */
import "../test/simulation/hooks.ts";
import { parseArgs } from "node:util";

const { simulate } = await import("../test/simulation/simulate.ts");

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    story: { type: "boolean", default: false },
  },
});
const seeds = Number(values.seeds);
const first = Number(values.seed);
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(first) || first < 0) {
  console.error("simulate: --seeds and --seed are whole numbers");
  process.exitCode = 2;
} else {
  process.exitCode = await simulate({ seeds, first, story: values.story });
}
