/** Everything the stand-in remembers, as plain JSON: the same after a restart, save what dies with the process. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface ModelSelection {
  instanceId: string;
  model: string;
  options?: { id: string; value: string | boolean }[];
}

export interface Project {
  id: string;
  title: string;
  workspaceRoot: string;
  defaultModelSelection: ModelSelection | null;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
}

export interface LatestTurn {
  turnId: string;
  state: "running" | "interrupted" | "completed" | "error";
  requestedAt: string;
  startedAt: string;
  completedAt: string | null;
  assistantMessageId: string | null;
}

export interface Session {
  threadId: string;
  status: "idle" | "starting" | "running" | "ready" | "interrupted" | "stopped" | "error";
  providerName: string;
  providerInstanceId: string;
  runtimeMode: string;
  activeTurnId: string | null;
  lastError: string | null;
  updatedAt: string;
}

export interface Message {
  id: string;
  role: "user" | "assistant";
  text: string;
  attachments?: Json[];
  turnId: string | null;
  streaming: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface Activity {
  id: string;
  tone: "tool" | "info" | "approval" | "error";
  kind: string;
  summary: string;
  payload: { [key: string]: Json };
  turnId: string | null;
  createdAt: string;
}

export interface Checkpoint {
  turnId: string;
  checkpointTurnCount: number;
  checkpointRef: string;
  status: "ready" | "missing" | "error";
  files: Json[];
  assistantMessageId: string;
  completedAt: string;
}

/** A turn accepted and not yet begun. */
export interface QueuedTurn {
  messageId: string;
  text: string;
}

export interface PendingRequest {
  requestId: string;
  kind: "question" | "approval";
  turnId: string;
}

/** A turn that has begun: which user messages anchor it. */
export interface BegunTurn {
  turnId: string;
  messageIds: string[];
}

export interface Told {
  id: string;
  input: number;
  output: number;
}

export interface Thread {
  id: string;
  projectId: string;
  title: string;
  modelSelection: ModelSelection;
  runtimeMode: string;
  interactionMode: string;
  branch: string | null;
  worktreePath: string | null;
  latestTurn: LatestTurn | null;
  createdAt: string;
  updatedAt: string;
  archivedAt: string | null;
  deletedAt: string | null;
  messages: Message[];
  activities: Activity[];
  checkpoints: Checkpoint[];
  session: Session | null;
  latestUserMessageAt: string | null;
  backgroundLiveness: "working" | "monitoring" | null;
  // What no answer shows:
  queue: QueuedTurn[];
  begun: BegunTurn[];
  /** The turn whose agent works in this thread, whatever `latestTurn` says. */
  runningTurnId: string | null;
  /** The tool call the agent has open. */
  openTool: { toolCallId: string; detail: string } | null;
  pending: PendingRequest[];
  /** What was really spent, by turn, reported or not. */
  spent: Record<string, { input: number; output: number }>;
  /** What of it was in the answers that were given, by turn, and the request that was told last. */
  told: Record<string, { input: number; output: number; last: Told }>;
  interrupted: boolean;
}

export interface Receipt {
  aggregate: string;
  /** Null: rejected, for ever. */
  sequence: number | null;
}

export interface Token {
  scopes: string[];
  expiresAt: string;
}

/** A command that was accepted, as it was sent. */
export interface Accepted {
  sequence: number;
  at: number;
  command: { type: string; commandId: string } & { [key: string]: Json };
}

export interface T3State {
  sequence: number;
  updatedAt: string;
  projects: Project[];
  threads: Thread[];
  receipts: Record<string, Receipt>;
  accepted: Accepted[];
  tokens: Record<string, Token>;
  /** One-time pairing credentials and what they may grant. */
  pairings: Record<string, string[]>;
  /** Directories there are, where no real disk is given. */
  directories: string[];
  /** While true, dispatch answers 200 and no turn starts. */
  wedged: boolean;
  /** The turn that wedged the server, until its agent ends. */
  wedgedBy: string | null;
  /** False: its agents say nothing of tokens. */
  reportsTokens: boolean;
}

export function emptyState(nowIso: string): T3State {
  return {
    sequence: 0,
    updatedAt: nowIso,
    projects: [],
    threads: [],
    receipts: {},
    accepted: [],
    tokens: {},
    pairings: {},
    directories: [],
    wedged: false,
    wedgedBy: null,
    reportsTokens: true,
  };
}
