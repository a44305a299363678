/** What a thread shows of the agent's work, in the shapes of the captures. */
import { type AgentQuestion, requestUsage, type TokenUsage } from "./agent-runner.ts";
import type { Activity, Json, Thread } from "./state.ts";
import { tick, type World } from "./world.ts";

const KEPT_MAX = 500;
const USAGE = "context-window.updated";
const STARTED = requestUsage(100, 20);
/** The last of a turn has no figures of a request. */
const ENDED: TokenUsage = { usedTokens: 240, lastUsedTokens: 240, maxTokens: 200_000 };

type Shown = Pick<Activity, "tone" | "kind" | "summary" | "turnId"> & { payload: { [key: string]: Json } };

export function show(world: World, thread: Thread, activity: Shown): void {
  const at = tick(world);
  thread.activities.push({ id: world.uuid(), ...activity, createdAt: at });
  thread.activities = thread.activities.slice(-KEPT_MAX);
  thread.updatedAt = at;
}

export function openTool(world: World, thread: Thread, turnId: string, tool: string, detail: string): void {
  closeTool(world, thread, turnId, "completed");
  const toolCallId = `toolu_${world.uuid().slice(0, 12)}`;
  const command = `${tool}: ${detail}`;
  thread.openTool = { toolCallId, detail: command };
  const isBash = tool === "Bash";
  const itemType = isBash ? "command_execution" : "dynamic_tool_call";
  const base = { itemType, toolCallId, status: "inProgress" };
  const name = isBash ? "Command run" : "Tool call";
  const started = { ...base, detail: `${tool}: {}`, data: {} };
  const updated = { ...base, detail: command, data: dataOf(isBash, detail) };
  show(world, thread, { tone: "tool", kind: "tool.started", summary: `${name} started`, payload: started, turnId });
  show(world, thread, { tone: "tool", kind: "tool.updated", summary: name, payload: updated, turnId });
  showUsage(world, thread, turnId, STARTED);
}

export function closeTool(world: World, thread: Thread, turnId: string, status: "completed" | "failed"): void {
  if (thread.openTool === null) return;
  const { toolCallId, detail } = thread.openTool;
  thread.openTool = null;
  const isBash = detail.startsWith("Bash: ");
  const payload = {
    itemType: isBash ? "command_execution" : "dynamic_tool_call",
    toolCallId,
    status,
    detail,
    data: dataOf(isBash, detail.slice("Bash: ".length)),
  };
  const summary = isBash ? "Command run" : "Tool call";
  show(world, thread, { tone: "tool", kind: "tool.completed", summary, payload, turnId });
}

function dataOf(isBash: boolean, command: string): { [key: string]: Json } {
  return isBash ? { command } : {};
}

/** Not every agent reports tokens; what it spent is known to the stand-in all the same. */
export function showUsage(world: World, thread: Thread, turnId: string, usage: TokenUsage = ENDED): void {
  const { input, output } = thread.spent[turnId] ?? { input: 0, output: 0 };
  thread.spent[turnId] = { input: input + (usage.inputTokens ?? 0), output: output + (usage.outputTokens ?? 0) };
  if (!world.state.reportsTokens) return;
  const payload = { ...usage };
  // Of a turn the thread shows the last alone.
  thread.activities = thread.activities.filter((one) => one.kind !== USAGE || one.turnId !== turnId);
  show(world, thread, {
    tone: "info",
    kind: USAGE,
    summary: "Context window updated",
    payload,
    turnId,
  });
}

/**
 * What whoever reads the thread now could have counted so far: what he saw before, and what it shows. Two requests of equal
 * figures nobody can tell from one that is told twice.
 */
export function noteTold(thread: Thread): void {
  for (const { id, kind, turnId, payload } of thread.activities) {
    const { inputTokens, outputTokens } = payload as Partial<TokenUsage>;
    if (kind !== USAGE || turnId === null || inputTokens === undefined) continue;
    const before = thread.told[turnId] ?? { input: 0, output: 0, last: null };
    const last = { id, input: inputTokens, output: outputTokens ?? 0 };
    const isNew = before.last?.input !== last.input || before.last.output !== last.output;
    const { input, output } = isNew ? last : { input: 0, output: 0 };
    thread.told[turnId] = { input: before.input + input, output: before.output + output, last };
  }
}

export function showQuestions(
  world: World,
  thread: Thread,
  turnId: string,
  requestId: string,
  asked: AgentQuestion[],
): void {
  const questions = asked.map(({ question, header, options }) => ({
    id: question,
    header: header ?? "Question",
    question,
    options: (options ?? []).map(({ label, description }) => ({ label, description: description ?? "" })),
    multiSelect: false,
  }));
  const payload = { requestId, questions };
  show(world, thread, { tone: "info", kind: "user-input.requested", summary: "User input requested", payload, turnId });
}

const APPROVAL = { requestKind: "command", requestType: "command_execution_approval" };

export function showApproval(world: World, thread: Thread, turnId: string, requestId: string, detail: string): void {
  const payload = { requestId, ...APPROVAL, detail: `Bash: ${detail}` };
  const summary = "Command approval requested";
  show(world, thread, { tone: "approval", kind: "approval.requested", summary, payload, turnId });
}

export function showAnswered(
  world: World,
  thread: Thread,
  turnId: string,
  requestId: string,
  answers: Record<string, Json>,
): void {
  const payload = { requestId, answers };
  show(world, thread, { tone: "info", kind: "user-input.resolved", summary: "User input submitted", payload, turnId });
}

export function showDecided(world: World, thread: Thread, turnId: string, requestId: string, decision: string): void {
  const payload = { requestId, ...APPROVAL, decision };
  show(world, thread, { tone: "approval", kind: "approval.resolved", summary: "Approval resolved", payload, turnId });
}

/** The agent no longer knows the request; the words close it for every reader. */
export function showStaleAnswer(world: World, thread: Thread, kind: "question" | "approval", requestId: string): void {
  const isQuestion = kind === "question";
  const request = isQuestion ? "user-input" : "approval";
  const detail = `Stale pending ${request} request: ${requestId}. Provider callback state does not survive app restarts or recovered sessions. Restart the turn to continue.`;
  show(world, thread, {
    tone: "error",
    kind: `provider.${request}.respond.failed`,
    summary: `Provider ${isQuestion ? "user input" : "approval"} response failed`,
    payload: { requestId, detail },
    turnId: null,
  });
}

export function showError(world: World, thread: Thread, turnId: string, message: string): void {
  const payload = { message };
  show(world, thread, { tone: "error", kind: "runtime.error", summary: "Runtime error", payload, turnId });
}

export function showCheckpoint(
  world: World,
  thread: Thread,
  turnId: string,
  status: "ready" | "error",
  assistantMessageId: string,
): void {
  const turnCount = thread.checkpoints.length + 1;
  const payload = { turnCount, status };
  show(world, thread, { tone: "info", kind: "checkpoint.captured", summary: "Checkpoint captured", payload, turnId });
  thread.checkpoints.push({
    turnId,
    checkpointTurnCount: turnCount,
    checkpointRef: `refs/t3/checkpoints/${base64url(thread.id)}/turn/${turnCount}`,
    status,
    files: [],
    assistantMessageId,
    completedAt: thread.updatedAt,
  });
}

function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
