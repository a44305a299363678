/**
 * Flags of our commands: a bad one is told in one line, with the usage below it, and the command ends with 2 before it did
 * anything. `--help` tells the usage alone.
 */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { npmName, takenByNpm } from "./taken-by-npm.ts";

/** What a command could not begin with. */
export class NotBegun extends Error {}

/** The same, where it was called wrongly. */
export class UsageError extends NotBegun {}

export function readFlags<T extends ParseArgsOptionsConfig>(options: T, args: string[] = process.argv.slice(2)) {
  refuseTaken(options, args);
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw refusal(error, args);
  }
}

/** One thing named without a flag, and the flags beside it. */
export function readOperand<T extends ParseArgsOptionsConfig>(
  name: string,
  options: T,
  args: string[] = process.argv.slice(2),
) {
  refuseTaken(options, args);
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [operand] = positionals;
    if (operand === undefined || positionals.length > 1) throw new Error(`name one ${name}`);
    return { operand, values };
  } catch (error) {
    throw refusal(error, args);
  }
}

function refuseTaken(options: ParseArgsOptionsConfig, args: string[]): void {
  const taken = takenByNpm(Object.keys(options), called(args));
  if (taken !== null) throw new UsageError(taken);
}

function refusal(error: unknown, args: string[]): UsageError {
  // Its first line says what is wrong; the others teach about dashes.
  const what = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  const isStray = error instanceof Error && "code" in error && error.code === STRAY;
  const name = isStray ? npmName(called(args)) : null;
  // Most likely the value of a flag that npm has dropped.
  return new UsageError(name === null ? what : `${what}; flags stand behind " -- ": npm run ${name} -- …`);
}

const STRAY = "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL";

function called(args: string[]) {
  return { script: process.argv[1], args, env: process.env };
}

export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number < least || number > most)
    throw new UsageError(`${flag}: not a whole number from ${least} to ${most}`);
  return number;
}

/**
 * Runs a command's main; the exit status is what it gives, or 2 for what it could not begin with. The usage names the flags
 * alone: they stand behind `npm run <name> --` here, behind `afk-loop <name>` in a release.
 */
export async function command(name: string, usages: string[], main: () => Promise<number>): Promise<void> {
  endWithReader();
  const usage = usages.map((flags) => `usage: ${name} ${flags}`.trimEnd()).join("\n");
  if (process.argv.slice(2).some((arg: string) => arg === "--help" || arg === "-h")) {
    console.log(usage);
    return;
  }
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof NotBegun ? `${name}: ${error.message}` : error);
    if (error instanceof UsageError) console.error(usage);
    process.exitCode = 2;
  }
}

/** As every program ends whose output is piped to one that has read enough: quietly. Who goes on instead has said so before. */
function endWithReader(): void {
  if (process.stdout.listenerCount("error") > 0) return;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(READER_GONE);
  });
}

/** What a shell gives for one that SIGPIPE ended. */
const READER_GONE = 141;
