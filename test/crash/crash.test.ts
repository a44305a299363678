/** The loop on the real runtime, killed five times under its work; and the command's words for a wrong call. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const CRASH = join(import.meta.dirname, "../../scripts/crash.ts");
const ROUNDS_MS = 280_000;

async function crash(...flags: string[]): Promise<{ code: number; lines: string[]; error: string }> {
  const run = promisify(execFile)(process.execPath, ["--no-warnings", CRASH, ...flags]);
  const { code, stdout, stderr } = await run.then(
    (done) => ({ code: 0, ...done }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
  return { code, lines: stdout.trim().split("\n"), error: stderr.trim() };
}

test(
  "nothing is lost, doubled or stranded when workerd is killed in the middle of its work",
  async () => {
    const { code, lines } = await crash("--rounds", "5");
    const last = lines.at(-1) ?? "";
    expect(last, lines.join("\n")).toMatch(
      /^crash: rounds=5 acked=\d+ lost=0 doubled=0 unsettled=0 kills_with_act_pending=[345]$/,
    );
    expect(Number(/acked=(\d+)/.exec(last)?.[1])).toBeGreaterThan(5);
    expect(code).toBe(0);
  },
  ROUNDS_MS,
);

test.each([
  [["--rounds", "0"], "crash: --rounds: not a whole number from 1 to 10000"],
  [["--rounds", "ten"], "crash: --rounds: not a whole number from 1 to 10000"],
  [["--rounds", "1e3"], "crash: --rounds: not a whole number from 1 to 10000"],
  [["--seed", "x"], "crash: --seed: not a whole number from 0 to 4294967295"],
  [["--nope"], "crash: --nope is not one of --rounds, --seed, --out"],
  [["--rounds"], "crash: --rounds: needs a value"],
  [["--rounds", "--seed", "1"], "crash: --rounds: needs a value"],
  [["ten"], 'crash: "ten" is not a flag'],
])("says in one line what is wrong with %j", async (flags, error) => {
  expect(await crash(...flags)).toMatchObject({ code: 2, error, lines: [""] });
});
