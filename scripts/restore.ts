/**
 * `npm run restore -- FILE [--force]`: puts a backup in the place of the state, while no loop runs on it.
 *
 *   restore: <n> files of <when>, written by release <r>      exit 0
 *   restore: <why not>                                        exit 1; 2: wrongly called
 */
import { command, readOperand } from "./flags.ts";
import { readSettings } from "./start/read-settings.ts";
import { orSay } from "./state/or-say.ts";
import { restore } from "./state/restore.ts";

const USAGE = ["FILE [--force]"];

async function main(): Promise<number> {
  const { operand: file, values } = readOperand("FILE", { force: { type: "boolean", default: false } });
  return orSay("restore", async () => {
    const over = values.force ? "anything" : "empty";
    const { dataDir } = readSettings();
    const { files, createdIso, release, replaced } = await restore(file, dataDir, over, new Date());
    console.log(`restore: ${files} files of ${createdIso}, written by release ${release}, into ${dataDir}`);
    console.log(`restore: ${replaced === null ? "no state was there" : `what was there lies in ${replaced}`}`);
    console.log("restore: what has run since is found on the forge: such issues are held until a person releases them");
  });
}

await command("restore", USAGE, main);
