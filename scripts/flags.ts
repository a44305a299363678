/**
 * Flags of our commands: a bad one is told in one line, with the usage below it, and the command ends with 2 before it did
 * anything. `--help` tells the usage alone.
 */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** What a command could not begin with. */
export class NotBegun extends Error {}

/** The same, where it was called wrongly. */
export class UsageError extends NotBegun {}

export function readFlags<T extends ParseArgsOptionsConfig>(options: T, args: string[] = process.argv.slice(2)) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    // Its first line says what is wrong; the others teach about dashes.
    throw new UsageError(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
}

/** One thing named without a flag, and the flags beside it. */
export function readOperand<T extends ParseArgsOptionsConfig>(
  name: string,
  options: T,
  args: string[] = process.argv.slice(2),
) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [operand] = positionals;
    if (operand === undefined || positionals.length > 1) throw new Error(`name one ${name}`);
    return { operand, values };
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
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
