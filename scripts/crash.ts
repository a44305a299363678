/**
 * The loop under `npm start`, killed again and again in the middle of its work: is anything lost, doubled, stranded?
 *
 * The last line holds the figures; exit 0 only if nothing was lost, doubled or left unsettled.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { crash } from "../test/crash/crash.ts";
import { build } from "./build.ts";
import { command, readFlags, wholeNumber } from "./flags.ts";

const USAGE = ["[--rounds N] [--seed K] [--out DIR]"];

const ROUNDS_DEFAULT = "50";
const ROUNDS_MAX = 10_000;

async function main(): Promise<number> {
  const values = readFlags({
    rounds: { type: "string", default: ROUNDS_DEFAULT },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
  });
  const rounds = wholeNumber("--rounds", values.rounds, 1, ROUNDS_MAX);
  const seed = wholeNumber("--seed", values.seed, 0, 2 ** 32 - 1);
  await build();
  const dir = values.out === undefined ? mkdtempSync(join(tmpdir(), "afk-crash-")) : resolve(values.out);
  const { acked, lost, doubled, unsettled, killsWithActPending } = await crash({ rounds, seed, dir, say: console.log });
  for (const [word, lines] of Object.entries({ lost, doubled, unsettled }))
    for (const line of lines) console.log(`  ${word}: ${line}`);
  const failed = lost.length + doubled.length + unsettled.length > 0;
  if (failed || values.out !== undefined) console.log(`  records are in ${dir}`);
  else rmSync(dir, { recursive: true, force: true });
  const counts = `acked=${acked} lost=${lost.length} doubled=${doubled.length} unsettled=${unsettled.length}`;
  console.log(`crash: rounds=${rounds} ${counts} kills_with_act_pending=${killsWithActPending}`);
  return failed ? 1 : 0;
}

await command("crash", USAGE, main);
