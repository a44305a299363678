/** (node) The simulator on one tree, seed after seed up to the first that fails. */
import { run } from "./child.ts";

export type Trial =
  | { type: "failed"; seed: number; rule: number; text: string }
  | { type: "held"; seeds: number }
  /** The simulator itself came to no end. */
  | { type: "died"; why: string };

/** Ten times what a seed may take on a slow machine, and a start. */
const SEED_MS_MAX = 500;
const START_MS_MAX = 120_000;

/** `wanted`: so many from the first on, or those that are named. */
export async function playSeeds(dir: string, wanted: number | number[], signal: AbortSignal): Promise<Trial> {
  const failures: { seed: number; rule: number; text: string }[] = [];
  const seeds = typeof wanted === "number" ? wanted : wanted.length;
  // One thread: the first seed that fails is then the least, and the cores go to several mutants at a time.
  const args = ["scripts/simulate.ts", ...flagsOf(wanted), "--until-failure", "--threads", "1"];
  const ended = await run(process.execPath, args, {
    cwd: dir,
    signal,
    limitMs: START_MS_MAX + seeds * SEED_MS_MAX,
    onLine: (line) => {
      const [, seed, rule, text] = /^FAIL seed=(\d+) rule=(\d+) step=\S+: (.*)$/.exec(line) ?? [];
      if (seed === undefined) return "go on";
      failures.push({ seed: Number(seed), rule: Number(rule), text: text ?? "" });
      return "enough";
    },
  });
  const first = failures[0];
  if (first) return { type: "failed", ...first };
  if (/^simulate: seeds=/m.test(ended.stdout)) return { type: "held", seeds };
  if (ended.how === "late") return { type: "died", why: "the simulator did not come to an end" };
  return { type: "died", why: `the simulator died: ${errorLine(ended.stderr)}` };
}

function flagsOf(wanted: number | number[]): string[] {
  if (typeof wanted === "number") return ["--seeds", String(wanted)];
  return wanted.length === 1 ? ["--seed", String(wanted[0]), "--seeds", "1"] : ["--seed", wanted.join(",")];
}

function errorLine(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => /^\w*(Error|Crash)\b/.test(line)) ?? lines.at(-1) ?? "no word";
}
