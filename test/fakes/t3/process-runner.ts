/**
 * (node) Each turn is a real process, `node test/rehearsal/agent.ts`, in the thread's workspace root and a process group
 * of its own. It speaks one JSON object a line:
 *
 *   to the agent ..... {type: "turn", …AgentTurn}, later {type: "answer", answers} or {type: "answer", decision}
 *   from the agent ... activity {detail}, spend {input, output}, touch, ask {questions}, approval {detail}, done {text?}, fail {text}
 *
 * An interrupt kills the group (SIGTERM, SIGKILL after a grace). The turn ends when the process has ended, not before:
 * done and fail as it said, else a crash, which after an interrupt is rest.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { type AgentAnswer, type AgentIo, type AgentRunner, type AgentTurn, requestUsage } from "./agent-runner.ts";

export interface ProcessRunnerOptions {
  /** Which story the agent plays, by thread or turn if need be. */
  script: string | ((turn: AgentTurn) => string);
  /** Where agents note each turn's start and end. */
  countersDir: string;
  /** What its git needs beside that. */
  env?: Record<string, string>;
  graceMs?: number;
  onLine?: (turn: AgentTurn, line: string) => void;
  /** The process is gone and the turn has ended. */
  onEnd?: (turn: AgentTurn) => void;
}

const AGENT = join(dirname(fileURLToPath(import.meta.url)), "../../rehearsal/agent.ts");
const GRACE_MS = 500;

const Question = z.object({
  question: z.string(),
  header: z.string().optional(),
  options: z.array(z.object({ label: z.string(), description: z.string().optional() })).optional(),
});

const Line = z.discriminatedUnion("type", [
  z.object({ type: z.literal("activity"), detail: z.string() }),
  z.object({ type: z.literal("spend"), input: z.number(), output: z.number() }),
  z.object({ type: z.literal("touch") }),
  z.object({ type: z.literal("ask"), questions: z.array(Question) }),
  z.object({ type: z.literal("approval"), detail: z.string() }),
  z.object({ type: z.literal("done"), text: z.string().optional() }),
  z.object({ type: z.literal("fail"), text: z.string() }),
]);

type Ending = Extract<z.infer<typeof Line>, { type: "done" | "fail" }>;

interface Agent {
  threadId: string;
  child: ChildProcessByStdio<Writable, Readable, null>;
  ending: Ending | null;
  /** Its server died: nobody listens any more. */
  orphaned: boolean;
  gone: Promise<void>;
}

export class ProcessRunner implements AgentRunner {
  readonly #options: ProcessRunnerOptions;
  readonly #agents = new Set<Agent>();

  constructor(options: ProcessRunnerOptions) {
    this.#options = options;
  }

  /** Processes that have not ended. */
  get pids(): number[] {
    return [...this.#agents].flatMap(({ child }) => child.pid ?? []);
  }

  start(turn: AgentTurn, io: AgentIo): void {
    const { script, onLine, onEnd } = this.#options;
    const name = typeof script === "string" ? script : script(turn);
    const child = spawn(process.execPath, [AGENT], {
      cwd: turn.workspaceRoot,
      env: { ...environment(name, this.#options.countersDir), ...this.#options.env },
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
    });
    if (child.pid === undefined) {
      child.on("error", () => {});
      io.couldNotStart();
      return;
    }
    const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
    const agent: Agent = {
      threadId: turn.threadId,
      child,
      ending: null,
      orphaned: false,
      gone,
    };
    this.#agents.add(agent);
    child.stdin.on("error", () => {}); // A process that has just died no longer reads.
    child.stdin.write(`${JSON.stringify({ type: "turn", ...turn })}\n`);
    createInterface({ input: child.stdout }).on("line", (line) => {
      onLine?.(turn, line);
      if (!agent.orphaned) hear(agent, io, line);
    });
    child.on("close", () => {
      this.#agents.delete(agent);
      if (!agent.orphaned) end(agent, io);
      onEnd?.(turn);
    });
  }

  interrupt(threadId: string): void {
    for (const agent of this.#of(threadId)) {
      signal(agent, "SIGTERM");
      const timer = setTimeout(() => signal(agent, "SIGKILL"), this.#options.graceMs ?? GRACE_MS);
      agent.gone.then(() => clearTimeout(timer));
    }
  }

  answer(threadId: string, answer: AgentAnswer): void {
    const said = answer.type === "question" ? { answers: answer.answers } : { decision: answer.decision };
    for (const { child } of this.#of(threadId)) child.stdin.write(`${JSON.stringify({ type: "answer", ...said })}\n`);
  }

  /** The server died: every agent with it, at once. Resolves when no process is left. */
  async killAll(): Promise<void> {
    const agents = [...this.#agents];
    for (const agent of agents) {
      agent.orphaned = true;
      signal(agent, "SIGKILL");
    }
    await Promise.all(agents.map(({ gone }) => gone));
  }

  #of(threadId: string): Agent[] {
    return [...this.#agents].filter((agent) => agent.threadId === threadId);
  }
}

function hear(agent: Agent, io: AgentIo, text: string): void {
  const line = Line.parse(JSON.parse(text));
  switch (line.type) {
    case "activity":
      io.activity(line.detail);
      return;
    case "spend":
      io.usage(requestUsage(line.input, line.output));
      return;
    case "touch":
      io.touch();
      return;
    case "ask":
      io.ask(line.questions);
      return;
    case "approval":
      io.requestApproval(line.detail);
      return;
    case "done":
    case "fail":
      agent.ending = line;
      return;
    default:
      line satisfies never;
  }
}

/** A killed process crashed, for all it can tell; the stand-in knows whether it was interrupted. */
function end({ ending }: Agent, io: AgentIo): void {
  if (ending?.type === "done") io.complete(ending.text);
  else if (ending?.type === "fail") io.fail(ending.text);
  else io.crash();
}

/** To the whole group: git and the tests it runs are its children. */
function signal({ child }: Agent, name: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // It ended in this very moment.
  }
}

/** Nothing of ours but what it needs: no token can leak into an agent. */
function environment(script: string, countersDir: string): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
    HOME: countersDir,
    LANG: "C.UTF-8",
    AFK_AGENT_SCRIPT: script,
    AFK_AGENT_COUNTERS: countersDir,
  };
}
