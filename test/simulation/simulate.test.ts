/**
 * Thirty seeds hold, and every seed that ever failed. In a process of its own, since a simulation takes the place of
 * the clock, the network and chance. No coverage is asked of so few.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import kept from "./seeds.json" with { type: "json" };

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

async function simulate(seed: number, seeds: number): Promise<string[]> {
  const args = [join(root, "scripts/simulate.ts"), "--seed", String(seed), "--seeds", String(seeds)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }).catch((failed) => failed);
  return String(stdout)
    .split("\n")
    .filter((line) => /^(FAIL|simulate:)/.test(line));
}

describe("the loop in a simulated world", () => {
  it("keeps its promises in thirty seeds", { timeout: 120_000 }, async () => {
    const lines = await simulate(1, 30);
    expect(lines.filter((line) => line.startsWith("FAIL"))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^simulate: seeds=30 violations=0 unsettled=0 /);
  });

  it("keeps them in each seed that ever failed", { timeout: 120_000 }, async () => {
    for (const { seed, was } of kept.filter(({ seed }) => seed > 30)) {
      const lines = await simulate(seed, 1);
      expect(lines.at(-1), `seed ${seed}: ${was}`).toMatch(/violations=0 unsettled=0/);
    }
  });

  it("plays a seed the same way twice", { timeout: 60_000 }, async () => {
    const figures = async () => (await simulate(7, 2)).map((line) => line.replace(/seconds=.*/, ""));
    expect(await figures()).toEqual(await figures());
  });
});
