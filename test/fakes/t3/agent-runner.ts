/**
 * The seam between the stand-in and whoever plays the agent: a test's own hand (scripted-runner) or a real process
 * (process-runner). The stand-in starts turns and passes on interrupts and answers; the runner tells what happens.
 */

export interface AgentTurn {
  threadId: string;
  turnId: string;
  text: string;
  workspaceRoot: string;
  /** The thread's first turn to begin. */
  first: boolean;
}

export interface AgentQuestion {
  question: string;
  header?: string;
  options?: { label: string; description?: string }[];
}

export interface TokenUsage {
  usedTokens: number;
  lastUsedTokens: number;
  inputTokens?: number;
  outputTokens?: number;
  maxTokens: number;
}

/** What one request of an agent to its model reports: its own figures, and a context of that size. */
export function requestUsage(inputTokens: number, outputTokens: number): TokenUsage {
  const usedTokens = inputTokens + outputTokens;
  return { usedTokens, lastUsedTokens: usedTokens, inputTokens, outputTokens, maxTokens: 200_000 };
}

/** What a running turn can tell. Deaf once the turn has ended. */
export interface AgentIo {
  /** A tool call the thread shows. */
  activity(detail: string): void;
  usage(usage: TokenUsage): void;
  /** Work that goes on after the turn; null: none. */
  background(liveness: "working" | "monitoring" | null): void;
  /** A sign of life and nothing more. */
  touch(): void;
  /** Both give the request's id, which comes back with the answer. */
  ask(questions: AgentQuestion[]): string;
  requestApproval(detail: string): string;
  /** Ends the turn; after an interrupt it means "at rest". */
  complete(said?: string): void;
  fail(error: string, said?: string): void;
  /** The agent's process died. */
  crash(): void;
  /** Only inside `start`: the agent never came up, so that the turn never appears. */
  couldNotStart(): void;
}

export type AgentAnswer =
  | { type: "question"; requestId: string; answers: Record<string, unknown> }
  | { type: "approval"; requestId: string; decision: string };

export interface AgentRunner {
  start(turn: AgentTurn, io: AgentIo): void;
  /** Asks the thread's running turn to stop; `io.complete` follows when it has. */
  interrupt(threadId: string): void;
  answer(threadId: string, answer: AgentAnswer): void;
  /** A further message steered into the running turn. */
  steer?(threadId: string, text: string): void;
}
