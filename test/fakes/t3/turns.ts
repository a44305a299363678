/**
 * A turn's life, and what a thread shows of it (latestTurn.state, session.status, lastError):
 *
 *   accepted, not begun .... as before, no turn of it
 *   could not start ........ as before; stopped, "Claude runtime stream failed."
 *   begun .................. running, running, null
 *   complete ............... completed, ready, null
 *   fail ................... error, error, the text
 *   crash .................. error, stopped, "Claude runtime stream failed."
 *   interrupted ............ interrupted, running; when its agent has stopped: completed, ready, null
 *   session stopped in mid-turn . completed, ready at once, while the agent works on and the server is wedged until it ends
 *   deleted in mid-turn .... shown nowhere, while the agent works on
 *   the server restarted ... error, error, "Provider session did not survive a server restart…"
 *
 * One turn runs in a thread; what is accepted meanwhile waits, or is steered into it.
 */
import { closeTool, showAnswered, showCheckpoint, showDecided, showError, showUsage } from "./activities.ts";
import { agentIo } from "./agent-io.ts";
import type { QueuedTurn, Session, Thread } from "./state.ts";
import { projectOf, threadOf, tick, type World } from "./world.ts";

export const STREAM_FAILED = "Claude runtime stream failed.";

export type Ending =
  | { type: "complete"; said: string | undefined }
  | { type: "fail"; error: string; said: string | undefined }
  | { type: "crash" };

/** Starts what may start now. */
export function pump(world: World, thread: Thread): void {
  while (!world.state.wedged) {
    const next = thread.queue[0];
    if (next === undefined) return;
    if (thread.runningTurnId !== null) {
      if (world.secondTurn === "queued" || world.runner.steer === undefined) return;
      thread.queue.shift();
      thread.begun.find(({ turnId }) => turnId === thread.runningTurnId)?.messageIds.push(next.messageId);
      world.runner.steer(thread.id, next.text);
    } else {
      thread.queue.shift();
      start(world, thread, next);
    }
  }
}

export function pumpAll(world: World): void {
  for (const thread of world.state.threads) pump(world, thread);
}

function start(world: World, thread: Thread, { messageId, text }: QueuedTurn): void {
  const turnId = world.uuid();
  const workspaceRoot = thread.worktreePath ?? projectOf(world, thread.projectId)?.workspaceRoot ?? "";
  const first = thread.begun.length === 0;
  thread.runningTurnId = turnId;
  world.live.set(turnId, { threadId: thread.id, workspaceRoot });
  const { io, begun } = agentIo(world, thread.id, turnId, messageId);
  world.runner.start({ threadId: thread.id, turnId, text, workspaceRoot, first }, io);
  begun();
}

/** The agent has come up: only now does the turn appear. */
export function begin(world: World, thread: Thread, turnId: string, messageId: string): void {
  const at = tick(world);
  thread.begun.push({ turnId, messageIds: [messageId] });
  thread.latestTurn = {
    turnId,
    state: "running",
    requestedAt: at,
    startedAt: at,
    completedAt: null,
    assistantMessageId: null,
  };
  setSession(world, thread, { status: "running", activeTurnId: turnId, lastError: null });
}

export function couldNotStart(world: World, thread: Thread, turnId: string): void {
  leave(world, thread, turnId);
  setSession(world, thread, { status: "stopped", activeTurnId: null, lastError: STREAM_FAILED });
  pump(world, thread);
}

/** Frees the thread of the turn; false: it had let it go before (its session was stopped). */
function leave(world: World, thread: Thread, turnId: string): boolean {
  world.live.delete(turnId);
  if (world.state.wedgedBy === turnId) {
    world.state.wedgedBy = null;
    world.state.wedged = false;
  }
  if (thread.runningTurnId !== turnId) return false;
  thread.runningTurnId = null;
  return true;
}

export function end(world: World, thread: Thread, turnId: string, ending: Ending): void {
  if (leave(world, thread, turnId)) {
    if (thread.interrupted) rest(world, thread, turnId);
    else show(world, thread, turnId, ending);
    thread.interrupted = false;
  }
  pumpAll(world);
}

function show(world: World, thread: Thread, turnId: string, ending: Ending): void {
  if (ending.type === "complete") showComplete(world, thread, turnId, ending.said);
  else if (ending.type === "fail") showFailed(world, thread, turnId, ending.error, ending.said);
  else showCrashed(world, thread, turnId);
}

function showComplete(world: World, thread: Thread, turnId: string, said: string | undefined): void {
  const messageId = say(world, thread, turnId, said) ?? `assistant:${turnId}`;
  dropRequests(world, thread, turnId);
  closeTool(world, thread, turnId, "completed");
  showUsage(world, thread, turnId);
  showCheckpoint(world, thread, turnId, "ready", messageId);
  settle(world, thread, turnId, "completed", messageId);
  setSession(world, thread, { status: "ready", activeTurnId: null, lastError: null });
}

function showFailed(world: World, thread: Thread, turnId: string, error: string, said: string | undefined): void {
  const messageId = say(world, thread, turnId, said);
  closeTool(world, thread, turnId, "failed");
  showError(world, thread, turnId, error);
  showUsage(world, thread, turnId);
  settle(world, thread, turnId, "error", messageId);
  setSession(world, thread, { status: "error", activeTurnId: null, lastError: error });
}

function showCrashed(world: World, thread: Thread, turnId: string): void {
  const messageId = `assistant:${turnId}`;
  closeTool(world, thread, turnId, "failed");
  showError(world, thread, turnId, STREAM_FAILED);
  showCheckpoint(world, thread, turnId, "error", messageId);
  settle(world, thread, turnId, "error", messageId);
  setSession(world, thread, { status: "stopped", activeTurnId: null, lastError: STREAM_FAILED });
}

/** An interrupted turn whose agent has stopped, and one whose session was stopped: T3 0.0.33 calls both completed. */
export function rest(world: World, thread: Thread, turnId: string): void {
  const messageId = `assistant:${turnId}`;
  dropRequests(world, thread, turnId);
  closeTool(world, thread, turnId, "failed");
  showUsage(world, thread, turnId);
  showCheckpoint(world, thread, turnId, "ready", messageId);
  settle(world, thread, turnId, "completed", messageId);
  setSession(world, thread, { status: "ready", activeTurnId: null, lastError: null });
}

/** What the agent had asked is taken back with its turn. */
function dropRequests(world: World, thread: Thread, turnId: string): void {
  const dropped = thread.pending.filter((request) => request.turnId === turnId);
  thread.pending = thread.pending.filter((request) => request.turnId !== turnId);
  for (const { requestId, kind } of dropped) {
    if (kind === "question") showAnswered(world, thread, turnId, requestId, {});
    else showDecided(world, thread, turnId, requestId, "cancel");
  }
}

export function settle(
  world: World,
  thread: Thread,
  turnId: string,
  state: "completed" | "error",
  assistantMessageId: string | null,
): void {
  const { latestTurn } = thread;
  if (latestTurn?.turnId !== turnId) return;
  thread.latestTurn = { ...latestTurn, state, completedAt: tick(world), assistantMessageId };
}

function say(world: World, thread: Thread, turnId: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const at = tick(world);
  const id = `assistant:${world.uuid()}`;
  thread.messages.push({ id, role: "assistant", text, turnId, streaming: false, createdAt: at, updatedAt: at });
  return id;
}

type SessionNews = Pick<Session, "status" | "activeTurnId" | "lastError">;

export function setSession(world: World, thread: Thread, news: SessionNews): void {
  const at = tick(world);
  const provider = thread.modelSelection.instanceId;
  thread.session = {
    threadId: thread.id,
    status: news.status,
    providerName: provider,
    providerInstanceId: provider,
    runtimeMode: thread.runtimeMode,
    activeTurnId: news.activeTurnId,
    lastError: news.lastError,
    updatedAt: at,
  };
  thread.updatedAt = at;
}

/** Told to the thread of a turn that may be anywhere by now: deleted, archived, restarted away. */
export function threadOfLive(world: World, turnId: string): Thread | undefined {
  const live = world.live.get(turnId);
  return live === undefined ? undefined : threadOf(world, live.threadId);
}
