/** The loop on the real runtime, killed five times under its work. What it says of a bad flag: test/scripts/flags.test.ts. */
import { expect, test } from "vitest";
import { runScript } from "../run-script.ts";

const ROUNDS_MS = 600_000;
const crash = (...flags: string[]) => runScript("crash.ts", ...flags);

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
