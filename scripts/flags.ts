/** Flags of our commands: a bad one is told in one line, and the command ends with 2 before it did anything. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

export class UsageError extends Error {}

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

/** Runs a command's main; the exit status is what it gives, or 2 for what it could not begin with. */
export async function command(name: string, main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof UsageError ? `${name}: ${error.message}` : error);
    process.exitCode = 2;
  }
}
