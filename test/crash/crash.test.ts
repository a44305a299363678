/** Five kills of workerd under a stream of deliveries: nothing lost, nothing doubled, everything settled. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const CRASH = join(import.meta.dirname, "../../scripts/crash.ts");
const ROUNDS_MS = 180_000;

test(
  "five rounds lose, double and strand nothing",
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", CRASH, "--rounds", "5"]);
    expect(stdout.trim().split("\n").at(-1)).toMatch(
      /^crash: rounds=5 acked=[1-9]\d* lost=0 doubled=0 unsettled=0 kills_with_act_pending=\d+$/,
    );
  },
  ROUNDS_MS,
);
