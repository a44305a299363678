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
async function simulate(flags: string[], signal: AbortSignal): Promise<string[]> {
  const args = [join(root, "scripts/simulate.ts"), ...flags];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024, signal }).catch(
    (failed) => failed,
  );
  return String(stdout).split("\n");
}

const told = (lines: string[]) => lines.filter((line) => /^(FAIL|simulate:)/.test(line));

describe("the loop in a simulated world", () => {
  it("keeps its promises in a thousand seeds, and meets all there is", { timeout: 600_000 }, async ({ signal }) => {
    const lines = await simulate(["--seeds", String(SEEDS)], signal);
    expect(lines.filter((line) => line.startsWith("FAIL"))).toEqual([]);
    const unmet = lines.filter((line) => /^coverage .* [01]$/.test(line));
    expect(unmet).toEqual([]);
    expect(told(lines).at(-1)).toMatch(/^simulate: seeds=1000 violations=0 unsettled=0 .* uncovered=0 /);
    const average = (what: string) =>
      Number(new RegExp(`on average: .*${what}=([\\d.]+)`, "m").exec(lines.join("\n"))?.[1]);
    expect(average("reconciles")).toBeGreaterThanOrEqual(30);
    expect(average("repos")).toBeGreaterThanOrEqual(2);
    expect(average("issues")).toBeGreaterThanOrEqual(3);
  });

  it("keeps them in each seed that ever failed", { timeout: 300_000 }, async ({ signal }) => {
    const named = kept.map(({ seed }) => seed).filter((seed) => seed > SEEDS);
    const lines = told(await simulate(["--seed", named.join(",")], signal));
    const failed = kept.filter(({ seed }) => lines.some((line) => line.startsWith(`FAIL seed=${seed} `)));
    expect(failed).toEqual([]);
    expect(lines.at(-1)).toMatch(new RegExp(`^simulate: seeds=${named.length} violations=0 unsettled=0 `));
  });

  it("plays a seed the same way twice", async ({ signal }) => {
    const figures = async () =>
      told(await simulate(["--seed", "7", "--seeds", "2"], signal)).map((line) => line.replace(/seconds=.*/, ""));
    expect(await figures()).toEqual(await figures());
  });
});
