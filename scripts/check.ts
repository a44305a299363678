/** `npm run check`: types, lint, and the rules of the house. Exits 1 when any part found something. */
import { join } from "node:path";
import { printParts } from "./check/print-parts.ts";
import { runCheck } from "./check/run-check.ts";
import { command, readFlags } from "./flags.ts";

await command("check", [""], async () => {
  readFlags({});
  const parts = await runCheck(join(import.meta.dirname, ".."));
  printParts(parts);
  return parts.some(({ findings }) => findings.length > 0) ? 1 : 0;
});
