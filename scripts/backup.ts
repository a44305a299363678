/**
 * `npm run backup -- --out FILE`: the state of the loop in one file, also while the loop runs.
 *
 *   backup: <n> files, <n> bytes, checked: <path>      exit 0
 *   backup: <why not>                                  exit 1; 2: wrongly called
 */
import { command, readFlags, UsageError } from "./flags.ts";
import { readSettings } from "./start/read-settings.ts";
import { backUp } from "./state/backup.ts";
import { orSay } from "./state/or-say.ts";

const USAGE = ["--out FILE"];

async function main(): Promise<number> {
  const { out } = readFlags({ out: { type: "string" } });
  if (out === undefined) throw new UsageError("--out FILE: where to?");
  return orSay("backup", async () => {
    const { file, files, bytes } = await backUp(readSettings().dataDir, out, new Date());
    console.log(`backup: ${files} files, ${bytes} bytes, checked: ${file}`);
  });
}

await command("backup", USAGE, main);
