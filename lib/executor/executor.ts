/**
 * The port to whatever runs agents. Ids are the caller's, derived from the run, so that a repeat after a crash
 * changes nothing.
 */
import {
  type ActResult,
  type AgentRequest,
  type ExecutorEnvironment,
  type Reading,
  type ThreadView,
  type TurnUsage,
  type Unread,
  unread,
} from "../core/types.ts";

export const NO_EXECUTOR = "no executor is set (T3_URL, T3_TOKEN)";

/** Of a thread whose words are another release's. */
export const NOT_UNDERSTOOD = "the thread is in a state that is not understood: is T3 newer than this loop?";

/** What is left to a person where nobody can bring an agent to rest. */
export const RELEASE = "once its agent has ended, `/afk release` on the issue frees the repo";

/** Of a thread that began on another one. Told to a person at once, like a token: waiting mends neither. */
export function anotherServer(issue: number): Unread {
  return unread(`T3 answers as another server than the one on which the run of #${issue} began; ${RELEASE}`, "auth");
}

/** Everything one look at the server tells: shared by all repos through the fleet. */
export interface ExecutorSnapshot {
  environment: ExecutorEnvironment;
  threads: ThreadView[];
}

export interface NewThread {
  threadId: string;
  projectId: string;
  title: string;
}

export interface NewTurn {
  threadId: string;
  /** Derived from run, step and attempt; the adapter derives its command ids from it. */
  key: string;
  text: string;
  /** What the thread's agent may do unasked. Absent: whatever it needs, for nobody is there to ask. */
  runtimeMode?: string;
  /** Whether it may have been sent before, by a try of which nobody knows the end. */
  sent?: "never" | "maybe";
}

export interface Executor {
  environment(): Promise<Reading<ExecutorEnvironment>>;
  /** When our token ends, on the executor's clock; null: never, or it does not say. */
  tokenEnd(): Promise<Reading<number | null>>;
  /** Whether a server of this version lacks what we need. */
  isTooOld(version: string): boolean;
  snapshot(): Promise<Reading<ExecutorSnapshot>>;
  /** One thread, read on its own; null when the server does not know it (unknown, archived or deleted). */
  thread(threadId: string): Promise<Reading<ThreadView | null>>;
  /** What an asking thread asks. */
  request(threadId: string): Promise<Reading<AgentRequest | null>>;
  /** The agent's last message, null where it said nothing: why it stopped, in its own words. */
  lastWords(threadId: string): Promise<Reading<string | null>>;
  /** What the thread reports of its newest turn. */
  usage(threadId: string): Promise<Reading<TurnUsage>>;
  /** The model a thread of this workspace would use, `instance/model`; null: none set anywhere. */
  model(workspace: string): Promise<Reading<string | null>>;
  /** Adopts the project of this workspace, or creates it; gives its id. */
  ensureProject(project: { projectId: string; title: string; workspace: string }): Promise<ActResult<string>>;
  /** Gives the id of the thread there is now: `threadId`, or a successor of it when that id was spent. */
  createThread(thread: NewThread): Promise<ActResult<string>>;
  startTurn(turn: NewTurn): Promise<ActResult>;
  /** Whether it has taken this turn: for one whose answer was lost. A thread that is gone has taken none. */
  hasTurn(threadId: string, key: string): Promise<Reading<boolean>>;
  interrupt(threadId: string, turnId: string | null, key: string): Promise<ActResult>;
  /** Answers a question with "no one is here", declines an approval. */
  answer(threadId: string, request: AgentRequest, text: string): Promise<ActResult>;
  /** Only for a thread that is at rest or never started: deleting a working one would hide it, not stop it. */
  deleteThread(threadId: string): Promise<ActResult>;
}
