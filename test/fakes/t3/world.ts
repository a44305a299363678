/** What every part of the stand-in works on: the state, the clock, the agents; with the finders all of them use. */
import type { AgentRunner } from "./agent-runner.ts";
import type { Project, T3State, Thread } from "./state.ts";

/** The machine the stand-in runs on, as far as it looks at it. */
export interface Disk {
  exists(path: string): boolean;
  create(path: string): void;
}

export interface World {
  state: T3State;
  now: () => number;
  uuid: () => string;
  runner: AgentRunner;
  disk: Disk;
  /** Agents at work, by turn; they die with the process. */
  live: Map<string, { threadId: string; workspaceRoot: string }>;
  /** What becomes of a second turn while one runs. */
  secondTurn: "queued" | "steered";
}

export function iso(world: Pick<World, "now">): string {
  return new Date(world.now()).toISOString();
}

/** One event: the sequence and the server's time move. */
export function tick(world: World): string {
  const at = iso(world);
  world.state.sequence += 1;
  world.state.updatedAt = at;
  return at;
}

export function projectOf(world: World, id: string): Project | undefined {
  return world.state.projects.find((project) => project.id === id);
}

export function threadOf(world: World, id: string): Thread | undefined {
  return world.state.threads.find((thread) => thread.id === id);
}

/** A thread that commands still reach. */
export function standing(world: World, id: string): Thread | undefined {
  const thread = threadOf(world, id);
  return thread?.deletedAt === null ? thread : undefined;
}
