/**
 * Agents played by hand: a turn waits in `turns` until the test says what it does, or a script says it at the start.
 *
 *   const agent = new ScriptedRunner((turn) => turn.complete());   // every turn is done at once
 *   agent.turn("thread-1").ask([{ question: "Which colour?" }]);
 */
import {
  type AgentAnswer,
  type AgentIo,
  type AgentQuestion,
  type AgentRunner,
  type AgentTurn,
  requestUsage,
  type TokenUsage,
} from "./agent-runner.ts";

export type Script = (turn: ScriptedTurn) => void;

export class ScriptedTurn {
  readonly threadId: string;
  readonly turnId: string;
  readonly text: string;
  readonly workspaceRoot: string;
  readonly first: boolean;
  /** What was answered to it and steered into it, in order. */
  readonly answers: AgentAnswer[] = [];
  readonly steered: string[] = [];
  interrupts = 0;
  ended = false;
  onAnswer: ((answer: AgentAnswer) => void) | null = null;
  onInterrupt: (() => void) | null = null;
  readonly #io: AgentIo;

  constructor(turn: AgentTurn, io: AgentIo) {
    this.threadId = turn.threadId;
    this.turnId = turn.turnId;
    this.text = turn.text;
    this.workspaceRoot = turn.workspaceRoot;
    this.first = turn.first;
    this.#io = io;
  }

  activity(detail = "npm test"): void {
    this.#live().activity(detail);
  }

  usage(usage: TokenUsage): void {
    this.#live().usage(usage);
  }

  /** One request to its model. */
  spend(input: number, output: number): void {
    this.usage(requestUsage(input, output));
  }

  background(liveness: "working" | "monitoring" | null): void {
    this.#live().background(liveness);
  }

  touch(): void {
    this.#live().touch();
  }

  ask(questions: AgentQuestion[]): string {
    return this.#live().ask(questions);
  }

  requestApproval(detail = "rm -rf build"): string {
    return this.#live().requestApproval(detail);
  }

  complete(said?: string): void {
    this.#end().complete(said);
  }

  fail(error: string, said?: string): void {
    this.#end().fail(error, said);
  }

  crash(): void {
    this.#end().crash();
  }

  couldNotStart(): void {
    this.#end().couldNotStart();
  }

  #live(): AgentIo {
    if (this.ended) throw new Error(`turn ${this.turnId} of ${this.threadId} has ended`);
    return this.#io;
  }

  #end(): AgentIo {
    const io = this.#live();
    this.ended = true;
    return io;
  }
}

export class ScriptedRunner implements AgentRunner {
  readonly turns: ScriptedTurn[] = [];
  script: Script | null;
  /** False: an interrupted turn works on until the test ends it. */
  obeysInterrupts = true;

  constructor(script: Script | null = null) {
    this.script = script;
  }

  start(turn: AgentTurn, io: AgentIo): void {
    const scripted = new ScriptedTurn(turn, io);
    this.turns.push(scripted);
    this.script?.(scripted);
  }

  interrupt(threadId: string): void {
    const turn = this.#running(threadId);
    if (turn === undefined) return;
    turn.interrupts += 1;
    if (turn.onInterrupt !== null) turn.onInterrupt();
    else if (this.obeysInterrupts) turn.complete();
  }

  answer(threadId: string, answer: AgentAnswer): void {
    const turn = this.#running(threadId);
    turn?.answers.push(answer);
    turn?.onAnswer?.(answer);
  }

  steer(threadId: string, text: string): void {
    this.#running(threadId)?.steered.push(text);
  }

  /** The server died, and every agent with it. */
  killAll(): void {
    for (const turn of this.turns) turn.ended = true;
  }

  /** The thread's newest turn. */
  turn(threadId?: string): ScriptedTurn {
    const turn = this.turns.findLast((each) => threadId === undefined || each.threadId === threadId);
    if (turn === undefined) throw new Error(`no turn has begun${threadId === undefined ? "" : ` in ${threadId}`}`);
    return turn;
  }

  #running(threadId: string): ScriptedTurn | undefined {
    return this.turns.findLast((turn) => turn.threadId === threadId && !turn.ended);
  }
}
