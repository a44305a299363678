/**
 * The real loop in a simulated world, one seed after another.
 *
 *   npm run simulate -- --seeds N [--seed K] [--story]
 */
import "../test/simulation/hooks.ts";
import { command, readFlags, wholeNumber } from "./flags.ts";

const SEEDS_MAX = 10_000_000;

await command("simulate", async () => {
  const flags = readFlags({
    seeds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    story: { type: "boolean", default: false },
  });
  const seeds = wholeNumber("--seeds", flags.seeds, 1, SEEDS_MAX);
  const first = wholeNumber("--seed", flags.seed, 0, 2 ** 32 - 1);
  // Late: the world takes longer to load than a bad flag to see.
  const { simulate } = await import("../test/simulation/simulate.ts");
  return simulate({ seeds, first, story: flags.story });
});
