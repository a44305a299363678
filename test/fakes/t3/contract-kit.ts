/** A stand-in on a clock of the test's own, and the calls a client makes, as short words. */
import type { AgentRunner } from "./agent-runner.ts";
import { FakeT3, type FakeT3Options } from "./fake-t3.ts";
import { ScriptedRunner } from "./scripted-runner.ts";
import type { LatestTurn, Project, Session, Thread } from "./state.ts";

export const TOKEN = "token-all";
export const ROOT = "/srv/repos/repo";
export const MODEL = { instanceId: "claudeAgent", model: "claude-sonnet-4-6" };
const WHEN = "2000-01-01T00:00:00.000Z";

export type ShellThread = Pick<Thread, "id" | "title" | "branch" | "runtimeMode" | "updatedAt"> & {
  latestTurn: LatestTurn | null;
  session: Session | null;
  hasPendingApprovals: boolean;
  hasPendingUserInput: boolean;
  backgroundLiveness: string | null;
  latestUserMessageAt: string | null;
};

export interface Shell {
  snapshotSequence: number;
  projects: Project[];
  threads: ShellThread[];
  updatedAt: string;
}

export interface Detail {
  snapshotSequence: number;
  thread: Pick<Thread, "messages" | "activities" | "checkpoints" | "latestTurn" | "session" | "updatedAt">;
}

export interface Answered {
  status: number;
  text: string;
  json: Record<string, unknown>;
}

export interface Kit {
  t3: FakeT3;
  agent: ScriptedRunner;
  options: FakeT3Options;
  /** Moves the clock. */
  pass(ms: number): void;
  call(
    method: string,
    path: string,
    init?: { token?: string | null; body?: unknown; type?: string },
  ): Promise<Answered>;
  send(command: Record<string, unknown>, token?: string): Promise<Answered>;
  shell(): Promise<Shell>;
  thread(id: string): Promise<ShellThread | undefined>;
  detail(id: string, query?: string): Promise<Detail>;
}

export function kit(more: Partial<FakeT3Options> = {}): Kit {
  let clock = Date.parse("2026-11-23T09:00:00.000Z");
  let drawn = 0;
  const agent = new ScriptedRunner();
  const runner: AgentRunner = agent;
  const uuid = () => `00000000-0000-4000-8000-${String(++drawn).padStart(12, "0")}`;
  const options = { now: () => clock, token: TOKEN, environmentId: "env-1", runner, uuid, ...more };
  return kitOf(new FakeT3(options), agent, options, (ms) => {
    clock += ms;
  });
}

export function kitOf(t3: FakeT3, agent: ScriptedRunner, options: FakeT3Options, pass: Kit["pass"]): Kit {
  const call: Kit["call"] = async (method, path, { token = TOKEN, body, type = "application/json" } = {}) => {
    const headers = new Headers(token === null ? {} : { authorization: `Bearer ${token}` });
    if (body !== undefined) headers.set("content-type", type);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await t3.handle(new Request(`http://t3.test${path}`, { method, headers, body: text }));
    const answer = await response.text();
    return { status: response.status, text: answer, json: answer === "" ? {} : JSON.parse(answer) };
  };
  const read = async <T>(path: string): Promise<T> => JSON.parse((await call("GET", path)).text);
  const shell = () => read<Shell>("/api/orchestration/shell");
  return {
    t3,
    agent,
    options,
    pass,
    call,
    shell,
    send: (command, token) => call("POST", "/api/orchestration/dispatch", { body: command, token }),
    thread: async (id) => (await shell()).threads.find((each) => each.id === id),
    detail: (id, query = "") => read<Detail>(`/api/orchestration/threads/${id}${query}`),
  };
}

/** Every command complete, so that a case names only what it is about. */
export const commands = {
  project: (more: object = {}) => ({
    type: "project.create",
    commandId: "c-project",
    projectId: "proj-1",
    title: "Demo",
    workspaceRoot: ROOT,
    createWorkspaceRootIfMissing: true,
    createdAt: WHEN,
    ...more,
  }),
  thread: (threadId = "thr-1", more: object = {}) => ({
    type: "thread.create",
    commandId: `c-${threadId}`,
    threadId,
    projectId: "proj-1",
    title: "T1",
    modelSelection: MODEL,
    runtimeMode: "full-access",
    interactionMode: "default",
    branch: null,
    worktreePath: null,
    createdAt: WHEN,
    ...more,
  }),
  turn: (threadId = "thr-1", key = "1", more: object = {}) => ({
    type: "thread.turn.start",
    commandId: `c-${threadId}-turn-${key}`,
    threadId,
    message: { messageId: `m-${threadId}-${key}`, role: "user", text: `text ${key}`, attachments: [] },
    runtimeMode: "full-access",
    interactionMode: "default",
    createdAt: WHEN,
    ...more,
  }),
  interrupt: (threadId = "thr-1", more: object = {}) => ({
    type: "thread.turn.interrupt",
    commandId: `c-${threadId}-interrupt`,
    threadId,
    createdAt: WHEN,
    ...more,
  }),
  answer: (requestId: string, more: object = {}) => ({
    type: "thread.user-input.respond",
    commandId: `c-${requestId}-answer`,
    threadId: "thr-1",
    requestId,
    answers: { "Which colour?": "Blue" },
    createdAt: WHEN,
    ...more,
  }),
  decide: (requestId: string, more: object = {}) => ({
    type: "thread.approval.respond",
    commandId: `c-${requestId}-decide`,
    threadId: "thr-1",
    requestId,
    decision: "decline",
    createdAt: WHEN,
    ...more,
  }),
  simple: (type: "archive" | "unarchive" | "delete" | "meta.update", threadId = "thr-1", more: object = {}) => ({
    type: `thread.${type}`,
    commandId: `c-${threadId}-${type}`,
    threadId,
    ...more,
  }),
  stop: (threadId = "thr-1", more: object = {}) => ({
    type: "thread.session.stop",
    commandId: `c-${threadId}-stop`,
    threadId,
    createdAt: WHEN,
    ...more,
  }),
};

export const QUESTION = {
  question: "Which colour?",
  header: "Colour",
  options: [
    { label: "Red", description: "r" },
    { label: "Blue", description: "b" },
  ],
};

/** With a project, a thread and its first turn begun. */
export async function running(more: Partial<FakeT3Options> = {}): Promise<Kit> {
  const begun = kit(more);
  await begun.send(commands.project());
  await begun.send(commands.thread());
  begun.pass(1000);
  await begun.send(commands.turn());
  begun.pass(1000);
  return begun;
}
