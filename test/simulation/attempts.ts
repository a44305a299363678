/** How often an agent was asked to mend what was wrong with a commit of ours, by what the executor took. */
import { turnKey } from "../../lib/core/ids.ts";
import type { Run } from "../../lib/core/run.ts";
import { messageIdsOf } from "../../lib/executor/t3-commands.ts";
import type { World } from "./world.ts";

/** A turn that was taken back is none, unless the executor had taken it. */
export function attemptsOf(world: World, run: Run): number {
  const asking = run.turns.filter(({ purpose }) => purpose === "fix" || purpose === "update");
  return asking.filter(({ cancelledAt, number }) => cancelledAt === null || wasTaken(world, run, number)).length;
}

function wasTaken(world: World, run: Run, number: number): boolean {
  const ids = messageIdsOf(turnKey(run.id, number));
  return world.t3.dispatched.turns().some(({ messageId }) => ids.includes(messageId));
}
