/**
 * (node) The loop under rehearsal: the real bundle on workerd through the very script `npm start` runs, armed through
 * `armedEnv` and therefore able to reach nothing but this machine. Its output is kept in worker.log.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START = join(import.meta.dirname, "../../scripts/start.ts");
const STOP_MS = 8000;

export class LoopProcess {
  readonly lines: string[] = [];
  port = 0;
  controlPort = 0;
  private child: ChildProcess | null = null;
  private readonly log: WriteStream;
  private readonly waiting = new Set<() => void>();

  constructor(dir: string) {
    this.log = createWriteStream(join(dir, "worker.log"), { flags: "a" });
  }

  /** Settles when it has said whether it is armed. The first start picks the ports, later ones keep them. */
  async start(env: Record<string, string>): Promise<void> {
    const from = this.lines.length;
    const child = spawn(process.execPath, ["--no-warnings", START], {
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "",
        ...env,
        // Its starter gone, it ends: an armed loop that nobody watches is nobody's wish.
        AFK_STARTER_PID: String(process.pid),
        PORT: String(this.port),
        AFK_CONTROL_PORT: String(this.controlPort),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => this.heard(line));
    child.on("exit", (code, signal) => this.heard(`(the launcher ended: ${code ?? signal})`));
    await this.said(/^afk: (disabled|armed)/, from);
    this.port = this.portIn(/^afk: listening on http:\/\/127\.0\.0\.1:(\d+)/, from);
    this.controlPort = this.portIn(/^afk: control on http:\/\/127\.0\.0\.1:(\d+)/, from);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** SIGKILL to workerd itself; the launcher brings it back. */
  async killWorkerd(): Promise<void> {
    const from = this.lines.length;
    process.kill(this.portIn(/^afk: workerd pid (\d+)/, 0, "last"), "SIGKILL");
    await this.said(/^afk: workerd pid /, from);
  }

  async sweep(): Promise<void> {
    await fetch(`http://127.0.0.1:${this.controlPort}/sweep`, { method: "POST" });
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (child === null) return;
    this.child = null;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  /** The log is whole only after this. */
  close(): Promise<void> {
    return new Promise((resolve) => this.log.end(() => resolve()));
  }

  private heard(line: string): void {
    this.lines.push(line);
    this.log.write(`${line}\n`);
    for (const wake of this.waiting) wake();
  }

  private said(pattern: RegExp, from: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => give(new Error(`the loop never said ${pattern}:\n${this.lines.slice(-10).join("\n")}`)),
        30_000,
      );
      const look = () => {
        const fresh = this.lines.slice(from);
        if (fresh.some((line) => pattern.test(line))) give(null);
        else if (fresh.some((line) => line.startsWith("(the launcher ended"))) give(new Error(fresh.join("\n")));
      };
      const give = (error: Error | null) => {
        clearTimeout(timer);
        this.waiting.delete(look);
        if (error) reject(error);
        else resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  private portIn(pattern: RegExp, from: number, which: "first" | "last" = "first"): number {
    const found = this.lines.slice(from).flatMap((line) => pattern.exec(line)?.[1] ?? []);
    return Number(which === "first" ? found[0] : found.at(-1));
  }
}
