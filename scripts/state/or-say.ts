/** What the state's own commands refuse is said in one line; anything else is a fault of ours and shows where. */
import { DataDirError } from "../start/data-dir.ts";
import { SettingsError } from "../start/settings.ts";
import { BackupError } from "./backup-file.ts";
import { StateBusyError } from "./snapshot.ts";
import { StateVersionError } from "./version.ts";

const OURS = [BackupError, DataDirError, SettingsError, StateBusyError, StateVersionError];

export async function orSay(name: string, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (!(error instanceof Error) || !OURS.some((kind) => error instanceof kind)) throw error;
    console.error(`${name}: ${error.message}`);
    return 1;
  }
}
