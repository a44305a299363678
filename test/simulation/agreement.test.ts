/** The webhook path and the sweep path end alike; in a process of its own, as every simulation. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

it("ends fifteen histories alike with every delivery and with none", { timeout: 600_000 }, async ({ signal }) => {
  const args = [join(root, "scripts/simulate.ts"), "--agreement", "--seeds", "15"];
  const { stdout } = await run(process.execPath, args, { signal }).catch((failed) => failed);
  const lines = String(stdout).trim().split("\n");
  expect(lines.filter((line) => line.startsWith("FAIL"))).toEqual([]);
  expect(lines.at(-1)).toMatch(/^agreement: histories=15 differ=0 violations=0 /);
});
