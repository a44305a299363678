/**
 * The loop under `npm start`, killed again and again in the middle of its work: is anything lost, doubled, stranded?
 *
 *   npm run crash [-- --rounds N | --seed K | --out DIR]
 *
 * The last line holds the figures; exit 0 only if nothing was lost, doubled or left unsettled. A wrong call: 2.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { crash } from "../test/crash/crash.ts";
import { build } from "./build.ts";

const ROUNDS_DEFAULT = "50";
const ROUNDS_MAX = 10_000;
const SEED_MAX = 2 ** 32 - 1;
const FLAGS = ["rounds", "seed", "out"] as const;

class UsageError extends Error {}

/** Node's own words for a wrong flag are several lines long. */
function readArguments(args: string[]): Partial<Record<(typeof FLAGS)[number], string>> {
  const options = Object.fromEntries(FLAGS.map((flag) => [flag, { type: "string" as const }]));
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  const given: Partial<Record<(typeof FLAGS)[number], string>> = {};
  for (const token of tokens) {
    if (token.kind === "positional") throw new UsageError(`"${token.value}" is not a flag`);
    if (token.kind !== "option") continue;
    const flag = FLAGS.find((name) => name === token.name);
    if (flag === undefined || token.rawName !== `--${flag}`)
      throw new UsageError(`${token.rawName} is not one of ${FLAGS.map((name) => `--${name}`).join(", ")}`);
    const isFlag = token.inlineValue === false && token.value?.startsWith("--");
    if (!token.value || isFlag) throw new UsageError(`--${flag}: needs a value`);
    given[flag] = token.value;
  }
  return given;
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new UsageError(`${flag}: not a whole number from ${least} to ${most}`);
  return number;
}

async function main(): Promise<number> {
  const given = readArguments(process.argv.slice(2));
  const rounds = wholeNumber("--rounds", given.rounds ?? ROUNDS_DEFAULT, 1, ROUNDS_MAX);
  const seed = wholeNumber("--seed", given.seed ?? "1", 0, SEED_MAX);
  await build();
  const dir = given.out === undefined ? mkdtempSync(join(tmpdir(), "afk-crash-")) : resolve(given.out);
  const { acked, lost, doubled, unsettled, killsWithActPending } = await crash({ rounds, seed, dir, say: console.log });
  for (const [word, lines] of Object.entries({ lost, doubled, unsettled }))
    for (const line of lines) console.log(`  ${word}: ${line}`);
  const failed = lost.length + doubled.length + unsettled.length > 0;
  if (failed || given.out !== undefined) console.log(`  records are in ${dir}`);
  else rmSync(dir, { recursive: true, force: true });
  const counts = `acked=${acked} lost=${lost.length} doubled=${doubled.length} unsettled=${unsettled.length}`;
  console.log(`crash: rounds=${rounds} ${counts} kills_with_act_pending=${killsWithActPending}`);
  return failed ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof UsageError ? `crash: ${error.message}` : error);
  process.exitCode = 2;
}
