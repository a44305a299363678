/** One repo's trouble is its own: what concerns the others goes on. */
import { say } from "./log.ts";

/** Waking a ledger that cannot be read throws, say; the log tells that the repo was not `done`, in a participle. */
export async function apart(repo: string, done: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const msg = `${repo} was not ${done}: ${error instanceof Error ? error.message : String(error)}`;
    say("error", "record", msg);
  }
}
