/** What has been dispatched and accepted, for assertions: receipts' repeats are not in it, deleted threads are. */
import type { Accepted } from "./state.ts";
import type { World } from "./world.ts";

export interface CreatedThread {
  threadId: string;
  projectId: string;
  title: string;
  at: number;
}

export interface AcceptedTurn {
  threadId: string;
  commandId: string;
  messageId: string;
  text: string;
  at: number;
}

export interface AgentAtWork {
  threadId: string;
  turnId: string;
  workspaceRoot: string;
}

type CommandType = "project.create" | `thread.${string}`;

export class Dispatched {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Every accepted command, or those of one type, as sent. */
  commands(type?: CommandType): Accepted[] {
    return this.#world.state.accepted.filter(({ command }) => type === undefined || command.type === type);
  }

  threads(): CreatedThread[] {
    return this.commands("thread.create").map(({ at, command }) => ({
      threadId: String(command.threadId),
      projectId: String(command.projectId),
      title: String(command.title),
      at,
    }));
  }

  turns(threadId?: string): AcceptedTurn[] {
    return this.commands("thread.turn.start").flatMap(({ at, command }) => {
      const { message } = command;
      if (threadId !== undefined && command.threadId !== threadId) return [];
      if (typeof message !== "object" || message === null || Array.isArray(message)) return [];
      const { messageId, text } = message;
      return {
        threadId: String(command.threadId),
        commandId: command.commandId,
        messageId: String(messageId),
        text: String(text),
        at,
      };
    });
  }

  /** Whose process works right now, also where no read shows it. */
  atWork(): AgentAtWork[] {
    return [...this.#world.live].map(([turnId, { threadId, workspaceRoot }]) => ({ threadId, turnId, workspaceRoot }));
  }
}
