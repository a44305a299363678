/**
 * A command's invariants and its effect. Null: an invariant is broken, nothing has happened. `after` runs once the
 * receipt is kept: an agent's first words come after the answer's sequence.
 */
import { closeTool, showAnswered, showDecided, showStaleAnswer } from "./activities.ts";
import type { Command, CommandOf } from "./schema.ts";
import type { Thread } from "./state.ts";
import { interrupt, stopSession } from "./stops.ts";
import { pump } from "./turns.ts";
import { iso, projectOf, standing, threadOf, tick, type World } from "./world.ts";

type Effect = { after?: () => void } | null;

export function apply(world: World, command: Command): Effect {
  if (command.type === "project.create") return createProject(world, command);
  if (command.type === "thread.create") return createThread(world, command);
  const thread = standing(world, command.threadId);
  if (thread === undefined) return null;
  switch (command.type) {
    case "thread.turn.start":
      return startTurn(world, thread, command);
    case "thread.turn.interrupt":
      tick(world);
      return { after: () => interrupt(world, thread) };
    case "thread.user-input.respond":
      tick(world);
      return { after: () => answer(world, thread, { ...command, type: "question" }) };
    case "thread.approval.respond":
      tick(world);
      return { after: () => answer(world, thread, { ...command, type: "approval" }) };
    case "thread.session.stop":
      tick(world);
      return { after: () => stopSession(world, thread) };
    case "thread.meta.update":
      return updateMeta(world, thread, command);
    case "thread.archive":
      return setArchived(world, thread, iso(world));
    case "thread.unarchive":
      return setArchived(world, thread, null);
    case "thread.delete":
      thread.deletedAt = tick(world);
      thread.queue = [];
      return {};
    default:
      return command satisfies never;
  }
}

/** T3 keeps paths without a slash at their end. */
export function normalPath(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

function createProject(world: World, command: CommandOf<"project.create">): Effect {
  const workspaceRoot = normalPath(command.workspaceRoot);
  const { projects } = world.state;
  if (projectOf(world, command.projectId) !== undefined) return null;
  if (projects.some((each) => each.deletedAt === null && each.workspaceRoot === workspaceRoot)) return null;
  const at = tick(world);
  projects.push({
    id: command.projectId,
    title: command.title,
    workspaceRoot,
    defaultModelSelection: command.defaultModelSelection ?? null,
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
  });
  return {};
}

function createThread(world: World, command: CommandOf<"thread.create">): Effect {
  // A deleted thread keeps its id for ever.
  if (threadOf(world, command.threadId) !== undefined) return null;
  if (projectOf(world, command.projectId)?.deletedAt !== null) return null;
  const at = tick(world);
  world.state.threads.push({
    id: command.threadId,
    projectId: command.projectId,
    title: command.title,
    modelSelection: command.modelSelection,
    runtimeMode: command.runtimeMode,
    interactionMode: command.interactionMode,
    branch: command.branch,
    worktreePath: command.worktreePath,
    latestTurn: null,
    createdAt: at,
    updatedAt: at,
    archivedAt: null,
    deletedAt: null,
    messages: [],
    activities: [],
    checkpoints: [],
    session: null,
    latestUserMessageAt: null,
    backgroundLiveness: null,
    queue: [],
    begun: [],
    runningTurnId: null,
    openTool: null,
    pending: [],
    spent: {},
    told: {},
    interrupted: false,
  });
  return {};
}

/** The same message id again overwrites the text and starts another turn: only the command id guards. */
function startTurn(world: World, thread: Thread, command: CommandOf<"thread.turn.start">): Effect {
  const { messageId, text } = command.message;
  const at = tick(world);
  const there = thread.messages.find(({ id }) => id === messageId);
  const fresh = { id: messageId, role: "user" as const, text, attachments: [], turnId: null, streaming: false };
  if (there === undefined) thread.messages.push({ ...fresh, createdAt: at, updatedAt: at });
  else Object.assign(there, { text, updatedAt: at });
  tick(world);
  thread.updatedAt = at;
  thread.latestUserMessageAt = at;
  thread.runtimeMode = command.runtimeMode;
  thread.interactionMode = command.interactionMode;
  thread.modelSelection = command.modelSelection ?? thread.modelSelection;
  thread.queue.push({ messageId, text });
  return { after: () => pump(world, thread) };
}

type Answer =
  | ({ type: "question" } & Pick<CommandOf<"thread.user-input.respond">, "requestId" | "answers">)
  | ({ type: "approval" } & Pick<CommandOf<"thread.approval.respond">, "requestId" | "decision">);

function answer(world: World, thread: Thread, given: Answer): void {
  const { requestId } = given;
  const request = thread.pending.find((each) => each.requestId === requestId && each.kind === given.type);
  thread.pending = thread.pending.filter((each) => each !== request);
  if (request === undefined || request.turnId !== thread.runningTurnId) {
    showStaleAnswer(world, thread, given.type, requestId);
    return;
  }
  const { turnId } = request;
  if (given.type === "question") showAnswered(world, thread, turnId, requestId, given.answers);
  else showDecided(world, thread, turnId, requestId, given.decision);
  closeTool(world, thread, turnId, "completed");
  world.runner.answer(thread.id, given);
}

function updateMeta(world: World, thread: Thread, command: CommandOf<"thread.meta.update">): Effect {
  const { title, modelSelection, branch, worktreePath } = command;
  if (title !== undefined) thread.title = title;
  if (modelSelection !== undefined) thread.modelSelection = modelSelection;
  if (branch !== undefined) thread.branch = branch;
  if (worktreePath !== undefined) thread.worktreePath = worktreePath;
  thread.updatedAt = tick(world);
  return {};
}

function setArchived(world: World, thread: Thread, archivedAt: string | null): Effect {
  if ((thread.archivedAt === null) === (archivedAt === null)) return null;
  thread.archivedAt = archivedAt;
  thread.updatedAt = tick(world);
  return {};
}
