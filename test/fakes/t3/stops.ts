/** How a turn is brought to an end from outside: an interrupt, a stopped session, the death of the server. */
import type { Thread } from "./state.ts";
import { rest, setSession, settle } from "./turns.ts";
import { iso, tick, type World } from "./world.ts";

export const RESTARTED = "Provider session did not survive a server restart. Send a new message to continue.";

/** By the session, as T3 does it: whatever runs in the thread, whichever turn was named. Idle: nothing happens. */
export function interrupt(world: World, thread: Thread): void {
  const turnId = thread.runningTurnId;
  if (turnId === null) return;
  const { latestTurn } = thread;
  thread.interrupted = true;
  if (latestTurn?.turnId === turnId && latestTurn.state === "running")
    thread.latestTurn = { ...latestTurn, state: "interrupted", completedAt: tick(world) };
  thread.updatedAt = iso(world);
  world.runner.interrupt(thread.id);
}

/** On a busy thread this is what wedges the server: the turn looks done, its agent works on. */
export function stopSession(world: World, thread: Thread): void {
  const turnId = thread.runningTurnId;
  if (turnId === null) {
    if (thread.session !== null)
      setSession(world, thread, { status: "stopped", activeTurnId: null, lastError: thread.session.lastError });
    return;
  }
  thread.runningTurnId = null;
  thread.interrupted = false;
  rest(world, thread, turnId);
  if (world.state.wedged) return;
  world.state.wedged = true;
  world.state.wedgedBy = turnId;
}

/**
 * The process was killed and came back: agents are gone, turns that ran are errors, and what was accepted but had not
 * begun never runs (the start is an event of the dead process). Requests stay shown until somebody answers them.
 */
export function restart(world: World): void {
  world.live.clear();
  world.state.wedged = false;
  world.state.wedgedBy = null;
  for (const thread of world.state.threads) {
    const turnId = thread.runningTurnId;
    thread.queue = [];
    thread.openTool = null;
    thread.interrupted = false;
    thread.runningTurnId = null;
    thread.backgroundLiveness = null;
    if (turnId === null) continue;
    settle(world, thread, turnId, "error", null);
    setSession(world, thread, { status: "error", activeTurnId: null, lastError: RESTARTED });
  }
}
