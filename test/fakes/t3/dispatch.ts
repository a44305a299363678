/**
 * POST /api/orchestration/dispatch. First match answers:
 *
 *   not a command, to the key ................. 400, empty; no receipt
 *   the token may not operate ................. 403; no receipt
 *   workspaceRoot not there, not to be made ... 400 invalid_command; no receipt
 *   commandId known for another aggregate ..... 500
 *   commandId rejected before ................. 500
 *   commandId accepted before ................. 200 with the sequence of then; the payload is not compared
 *   a broken invariant ........................ 500, and the receipt says rejected for ever
 *   otherwise ................................. 200 {sequence}
 */
import { dispatchFailed, invalidRequest, schemaInvalid } from "./answers.ts";
import { lacks, OPERATE } from "./auth.ts";
import { apply, normalPath } from "./commands.ts";
import { type Command, parseCommand } from "./schema.ts";
import type { Accepted, ModelSelection, Token } from "./state.ts";
import type { World } from "./world.ts";

export function dispatch(world: World, token: Token, body: unknown, fallback: ModelSelection | null): Response {
  const command = parseCommand(body);
  if (command === null) return schemaInvalid();
  const forbidden = lacks(token, OPERATE);
  if (forbidden !== null) return forbidden;
  if (!hasWorkspace(world, command)) return invalidRequest("invalid_command");

  const { receipts } = world.state;
  const aggregate = command.type === "project.create" ? `project ${command.projectId}` : `thread ${command.threadId}`;
  const receipt = receipts[command.commandId];
  if (receipt !== undefined) {
    if (receipt.aggregate !== aggregate || receipt.sequence === null) return dispatchFailed();
    return Response.json({ sequence: receipt.sequence });
  }

  const effect = apply(world, withModel(command, fallback));
  if (effect === null) {
    receipts[command.commandId] = { aggregate, sequence: null };
    return dispatchFailed();
  }
  const { sequence } = world.state;
  receipts[command.commandId] = { aggregate, sequence };
  world.state.accepted.push({ sequence, at: world.now(), command: asSent(command) });
  effect.after?.();
  return Response.json({ sequence });
}

function hasWorkspace({ disk }: World, command: Command): boolean {
  if (command.type !== "project.create") return true;
  const path = normalPath(command.workspaceRoot);
  if (disk.exists(path)) return true;
  if (command.createWorkspaceRootIfMissing !== true) return false;
  disk.create(path);
  return true;
}

function asSent(command: Command): Accepted["command"] {
  return JSON.parse(JSON.stringify(command));
}

/** A project created without a model has the server's, where it has one. */
function withModel(command: Command, fallback: ModelSelection | null): Command {
  if (command.type !== "project.create" || command.defaultModelSelection !== undefined) return command;
  return { ...command, defaultModelSelection: fallback };
}
