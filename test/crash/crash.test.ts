/** The loop on the real runtime, killed five times under its work. What it says of a bad flag: test/scripts/flags.test.ts. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const CRASH = join(import.meta.dirname, "../../scripts/crash.ts");
const ROUNDS_MS = 600_000;

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
