/**
 * What the thread's newest turn has spent. Read where the thread is shown and showed life since the last read: while its
 * agent works at most once a look, once more when it came to rest, and never while the run waits for CI or for people.
 */
import type { Run } from "../core/run.ts";
import type { ThreadLook } from "../core/run-facts.ts";
import type { Reading, TurnUsage } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import type { Troubles } from "./troubles.ts";

export async function lookAtUsage(
  loop: Loop,
  run: Run,
  thread: ThreadLook,
  troubles: Troubles,
): Promise<Reading<TurnUsage> | null> {
  if (loop.executor === null || thread.type !== "view" || thread.view.turnId === null) return null;
  if (thread.view.pulse === run.usage?.pulse) return null;
  const usage = await loop.executor.usage(thread.view.id);
  troubles.note("executor", usage);
  return usage;
}
