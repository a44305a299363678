/**
 * T3's commands, as data. Every id is derived from the caller's, so that a repeat after a crash is the same command:
 * T3 keeps one receipt per commandId for ever and answers a repeat with it. A command T3 rejected stays rejected
 * under its id, so a further try is the same command under the next suffix.
 */

export type Command = { type: string; commandId: string; createdAt: string } & Record<string, unknown>;

/** At most three ids for one wish. */
export const SUFFIXES = ["", "-2", "-3"];

/** T3's own limit on a message, in characters. */
export const TEXT_CHARS_MAX = 120_000;

export interface ModelSelection {
  instanceId: string;
  model: string;
  options?: unknown;
}

/** `<instanceId>/<model>`; the model may hold further slashes. */
export function parseModel(text: string): ModelSelection | null {
  const slash = text.indexOf("/");
  if (slash <= 0 || slash === text.length - 1) return null;
  return { instanceId: text.slice(0, slash), model: text.slice(slash + 1) };
}

/** Nobody is there to approve anything; what the agent may do is bounded by the machine it works on. */
export const UNATTENDED = "full-access";

export function createProject(projectId: string, title: string, workspaceRoot: string, createdAt: string): Command {
  return {
    type: "project.create",
    commandId: `${projectId}:create`,
    projectId,
    title: titleOr(title, projectId),
    workspaceRoot,
    createWorkspaceRootIfMissing: true,
    createdAt,
  };
}

/** `branch` and `worktreePath` must be there as keys: the agent makes its own worktree. */
export function createThread(
  thread: { threadId: string; projectId: string; title: string },
  modelSelection: ModelSelection,
  createdAt: string,
): Command {
  return {
    type: "thread.create",
    commandId: `${thread.threadId}:create`,
    threadId: thread.threadId,
    projectId: thread.projectId,
    title: titleOr(thread.title, thread.threadId),
    modelSelection,
    runtimeMode: UNATTENDED,
    interactionMode: "default",
    branch: null,
    worktreePath: null,
    createdAt,
  };
}

/**
 * The suffix goes to the message too: a message id sent again under a new command would start a second turn. T3 writes the
 * turn's mode onto the thread, so it is the thread's own: a person who made it stricter is not overruled.
 */
export function startTurn(
  turn: { threadId: string; key: string; text: string; runtimeMode?: string },
  createdAt: string,
): Command {
  return {
    type: "thread.turn.start",
    commandId: `${turn.key}:turn`,
    threadId: turn.threadId,
    message: { messageId: messageId(turn.key), role: "user", text: turn.text, attachments: [] },
    runtimeMode: turn.runtimeMode ?? UNATTENDED,
    interactionMode: "default",
    createdAt,
  };
}

export function messageId(key: string): string {
  return `${key}:message`;
}

export function interruptTurn(threadId: string, turnId: string | null, key: string, createdAt: string): Command {
  const turn = turnId === null ? {} : { turnId };
  return { type: "thread.turn.interrupt", commandId: `${key}:interrupt`, threadId, ...turn, createdAt };
}

export function answerQuestion(
  threadId: string,
  requestId: string,
  answers: Record<string, string>,
  key: string,
  createdAt: string,
): Command {
  return { type: "thread.user-input.respond", commandId: `${key}:answer`, threadId, requestId, answers, createdAt };
}

export function declineApproval(threadId: string, requestId: string, key: string, createdAt: string): Command {
  const decision = "decline";
  return { type: "thread.approval.respond", commandId: `${key}:answer`, threadId, requestId, decision, createdAt };
}

export function deleteThread(threadId: string, suffix: string, createdAt: string): Command {
  return { type: "thread.delete", commandId: `${threadId}:delete${suffix}`, threadId, createdAt };
}

/** T3 refuses an empty title with its whole command. */
function titleOr(title: string, fallback: string): string {
  return title.trim() === "" ? fallback : title.trim();
}

/** Under whichever of its ids a turn may have been taken. */
export function messageIdsOf(key: string): string[] {
  return SUFFIXES.map((suffix) => messageId(`${key}${suffix}`));
}
