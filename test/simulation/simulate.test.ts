/**
 * A thousand seeds hold and meet everything there is to meet, and every seed that ever failed holds. In a process of its
 * own, since a simulation takes the place of the clock, the network and chance.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import kept from "./seeds.json" with { type: "json" };

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const SEEDS = 1000;

/** The signal is the test's: past its limit, no simulation goes on beside the tests that follow. */
async function simulate(seed: number, seeds: number, signal: AbortSignal): Promise<string[]> {
  const args = [join(root, "scripts/simulate.ts"), "--seed", String(seed), "--seeds", String(seeds)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024, signal }).catch(
    (failed) => failed,
  );
  return String(stdout).split("\n");
}

const told = (lines: string[]) => lines.filter((line) => /^(FAIL|simulate:)/.test(line));

describe("the loop in a simulated world", () => {
  it("keeps its promises in a thousand seeds, and meets all there is", { timeout: 600_000 }, async ({ signal }) => {
    const lines = await simulate(1, SEEDS, signal);
    expect(lines.filter((line) => line.startsWith("FAIL"))).toEqual([]);
    const unmet = lines.filter((line) => /^coverage .* [01]$/.test(line));
    expect(unmet).toEqual([]);
    expect(told(lines).at(-1)).toMatch(/^simulate: seeds=1000 violations=0 unsettled=0 .* uncovered=0 /);
  });

  it("keeps them in each seed that ever failed", { timeout: 300_000 }, async ({ signal }) => {
    for (const { seed, was } of kept.filter(({ seed }) => seed > SEEDS)) {
      const lines = told(await simulate(seed, 1, signal));
      expect(lines.at(-1), `seed ${seed}: ${was}`).toMatch(/violations=0 unsettled=0/);
    }
  });

  it("plays a seed the same way twice", async ({ signal }) => {
    const figures = async () => told(await simulate(7, 2, signal)).map((line) => line.replace(/seconds=.*/, ""));
    expect(await figures()).toEqual(await figures());
  });
});
