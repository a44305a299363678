/** (node) One thread of the crew. The hooks come first: whatever is imported after them is the simulation's. */
import "./hooks.ts";
import { parentPort } from "node:worker_threads";
import type { Played, Portion } from "./crew.ts";

const { installGlobals } = await import("./clock.ts");
const { takeCounts } = await import("./coverage.ts");
const { playSeed } = await import("./seed.ts");

installGlobals();
parentPort?.on("message", async ({ seeds, story }: Portion) => {
  const results: Played["results"] = [];
  for (const seed of seeds) {
    const result = await playSeed(seed);
    const fine = result.violations.length + result.unsettled.length === 0;
    results.push(fine && !story ? { ...result, story: [] } : result);
  }
  parentPort?.postMessage({ results, counts: takeCounts() } satisfies Played);
});
