/**
 * A T3 Code server as far as its HTTP interface goes: routes, refusals, receipts and the states a thread passes
 * through, true to the captures in test/fixtures/t3. It refuses whatever the real one refuses. No platform in here:
 * in a test it is a function from Request to Response, server.ts gives it a port, a runner gives it agents.
 *
 *   const t3 = new FakeT3({ now, token, environmentId, runner, uuid });
 *   t3.faults.push({ match: (asked) => asked.path.endsWith("/shell"), respond: { status: 503 }, times: 1 });
 *   t3.dispatched.turns("thread-1").map((turn) => turn.text);
 */
import type { Keeps } from "../exchange.ts";
import { OnWire } from "../on-wire.ts";
import type { AgentRunner } from "./agent-runner.ts";
import { ALL_SCOPES, addToken } from "./auth.ts";
import { Dispatched } from "./dispatched.ts";
import { serve } from "./routes.ts";
import { emptyState, type ModelSelection, type T3State } from "./state.ts";
import { restart } from "./stops.ts";
import { pumpAll } from "./turns.ts";
import { type Disk, iso, tick, type World } from "./world.ts";

export interface FakeT3Options {
  /** Milliseconds. */
  now: () => number;
  keeps?: Keeps;
  /** A token with every scope. */
  token: string;
  environmentId: string;
  runner: AgentRunner;
  uuid: () => string;
  version?: string;
  /** What a project has that was created without one. */
  defaultModelSelection?: ModelSelection | null;
  /** Absent: directories in memory, none there at first. */
  disk?: Disk;
  /** What becomes of a second turn while one runs; both happen. Default: queued. */
  secondTurn?: "queued" | "steered";
}

export class FakeT3 extends OnWire {
  readonly dispatched: Dispatched;
  readonly #world: World;
  readonly #options: FakeT3Options;
  #version: string | null = null;
  #environmentId: string;

  constructor(options: FakeT3Options, state: T3State = emptyState(iso(options))) {
    super(options);
    this.#options = options;
    this.#environmentId = options.environmentId;
    this.#world = {
      state,
      now: options.now,
      uuid: options.uuid,
      runner: options.runner,
      disk: options.disk ?? diskInMemory(state),
      live: new Map(),
      secondTurn: options.secondTurn ?? "queued",
    };
    this.dispatched = new Dispatched(this.#world);
    if (state.tokens[options.token] === undefined) addToken(this.#world, options.token, ALL_SCOPES);
  }

  /** As a restarted server finds it on its disk: see `restart` in turns.ts. */
  static fromJSON(state: T3State, options: FakeT3Options): FakeT3 {
    const fake = new FakeT3(options, structuredClone(state));
    fake.restart();
    return fake;
  }

  toJSON(): T3State {
    return structuredClone(this.#world.state);
  }

  handle(request: Request): Promise<Response> {
    const { defaultModelSelection = null } = this.#options;
    const version = this.#version ?? this.#options.version ?? "0.0.33";
    const about = { environmentId: this.#environmentId, version, defaultModelSelection };
    return this.wire.exchange(request, (asked) => serve(this.#world, about, asked));
  }

  /** Dispatch answers 200 and no turn starts, until it is over. */
  setWedged(wedged: boolean): void {
    this.#world.state.wedged = wedged;
    this.#world.state.wedgedBy = null;
    pumpAll(this.#world);
  }

  /** The process dies and comes back; whoever owns the runner ends its agents. */
  restart(): void {
    restart(this.#world);
  }

  /** Whether its agents say what they spend. */
  setReportsTokens(reports: boolean): void {
    this.#world.state.reportsTokens = reports;
  }

  /** A person makes a project in the cockpit, with the model that its threads take. */
  addProject(workspaceRoot: string, defaultModelSelection: ModelSelection): void {
    const at = tick(this.#world);
    const id = `project at ${workspaceRoot}`;
    const times = { createdAt: at, updatedAt: at, deletedAt: null };
    this.#world.state.projects.push({ id, title: id, workspaceRoot, defaultModelSelection, ...times });
  }

  /** A person chooses another model in the cockpit: the thread shows it from now on. */
  setModel(threadId: string, model: ModelSelection): void {
    const thread = this.#world.state.threads.find(({ id }) => id === threadId);
    if (thread === undefined) throw new Error(`fake T3 has no thread ${threadId}`);
    thread.modelSelection = model;
    thread.updatedAt = tick(this.#world);
  }

  /** A person lets its agent do less unasked, or more. */
  setRuntimeMode(threadId: string, mode: "approval-required" | "full-access"): void {
    const thread = this.#world.state.threads.find(({ id }) => id === threadId);
    if (thread === undefined) throw new Error(`fake T3 has no thread ${threadId}`);
    thread.runtimeMode = mode;
    thread.updatedAt = tick(this.#world);
  }

  /** What of a thread T3 shows now. */
  runtimeMode(threadId: string): string | undefined {
    return this.#world.state.threads.find(({ id }) => id === threadId)?.runtimeMode;
  }

  /** What a thread's turns have really spent, by turn, whatever it reports. */
  spent(threadId: string): Record<string, { input: number; output: number }> {
    return this.#world.state.threads.find(({ id }) => id === threadId)?.spent ?? {};
  }

  /** What of it its answers told, by turn. */
  told(threadId: string): Record<string, { input: number; output: number }> {
    return this.#world.state.threads.find(({ id }) => id === threadId)?.told ?? {};
  }

  /** Another release runs; null: the one it began with. */
  get version(): string | null {
    return this.#version;
  }

  setVersion(version: string | null): void {
    this.#version = version;
  }

  /** Its database is lost: no thread, no project and no receipt of a command is known any more. */
  forget(): void {
    // What was accepted is this stand-in's own record, not the server's.
    const { tokens, directories, sequence, accepted, reportsTokens } = this.#world.state;
    const kept = { tokens, directories, sequence, accepted, reportsTokens };
    Object.assign(this.#world.state, emptyState(iso(this.#options)), kept);
  }

  get environmentId(): string {
    return this.#environmentId;
  }

  /** Another server answers at its address, and knows nothing of the first; what is at work there works on. */
  replaceBy(environmentId: string): void {
    this.forget();
    this.#environmentId = environmentId;
  }

  addToken(token: string, scopes: string[], lifeSeconds?: number): void {
    addToken(this.#world, token, scopes, lifeSeconds);
  }

  revokeToken(token: string): void {
    delete this.#world.state.tokens[token];
  }

  /** A one-time credential for /oauth/token. */
  addPairing(credential: string, scopes: string[] = ALL_SCOPES): void {
    this.#world.state.pairings[credential] = scopes;
  }

  /** A directory that was there before. */
  addDirectory(path: string): void {
    this.#world.disk.create(path);
  }

  /** Threads whose agent left something running when its turn was done. */
  inBackground(): string[] {
    const { threads } = this.#world.state;
    return threads.filter((one) => one.deletedAt === null && one.backgroundLiveness !== null).map(({ id }) => id);
  }

  /** When anything of it changed last, as the server tells; null: it does not know the thread. */
  lifeOf(threadId: string): string | null {
    return this.#world.state.threads.find(({ id }) => id === threadId)?.updatedAt ?? null;
  }

  /** Whether one of these waits for an answer. */
  isAsking(threadIds: string[]): boolean {
    return this.#world.state.threads.some(({ id, pending }) => threadIds.includes(id) && pending.length > 0);
  }

  endBackground(threadId: string): void {
    const thread = this.#world.state.threads.find(({ id }) => id === threadId);
    if (thread === undefined) throw new Error(`fake T3 has no thread ${threadId}`);
    thread.backgroundLiveness = null;
    thread.updatedAt = tick(this.#world);
  }

  /** A person deletes the project in the cockpit. */
  removeProject(projectId: string): void {
    const project = this.#world.state.projects.find(({ id }) => id === projectId);
    if (project === undefined) throw new Error(`fake T3 has no project ${projectId}`);
    project.deletedAt = tick(this.#world);
  }
}

function diskInMemory(state: T3State): Disk {
  return {
    exists: (path) => state.directories.includes(path),
    create: (path) => {
      if (!state.directories.includes(path)) state.directories.push(path);
    },
  };
}
