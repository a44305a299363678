/** What stands in the way is told before anything is touched: where, what, and how to mend it. It ends the command with 2. */
import { NotBegun } from "../../../scripts/flags.ts";

export function refuse(where: string, what: string, mend: string): never {
  throw new NotBegun(`${where}: ${what} -> ${mend}`);
}
