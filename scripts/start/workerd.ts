/** One workerd process: spawned, heard of, ended. What becomes of it is the keeper's to decide. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { z } from "zod";
import { authority } from "./address.ts";
import { workerdBinary } from "./parts.ts";

export interface WorkerdOptions {
  configPath: string;
  host: string;
  /** 0: any free port. */
  port: number;
  /** The settings; workerd sees nothing else of our environment but where to find libraries and files. */
  settings: Record<string, string>;
  onStdout(line: string): void;
  onStderr(line: string): void;
}

export interface Workerd {
  pid: number;
  /** Resolves when both sockets listen; never when it dies before. */
  listening: Promise<{ http: number; sweep: number }>;
  /** Resolves, never rejects, when the process is gone and its last line was told. */
  ended: Promise<{ how: string; stderr: string }>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Enough of its last words to recognise why it died. */
const stderrKept = 4000;
const listenSchema = z.object({ event: z.literal("listen"), socket: z.enum(["http", "sweep"]), port: z.number() });

export function spawnWorkerd(options: WorkerdOptions): Workerd {
  const address = `http=${authority(options.host, options.port)}`;
  const child = spawn(
    workerdBinary(),
    ["serve", "--experimental", "--control-fd=3", `--socket-addr=${address}`, options.configPath],
    // A session of its own: a Ctrl-C in the terminal is for the launcher, which then ends workerd in order.
    { detached: true, env: { ...inherited(), ...options.settings }, stdio: ["ignore", "pipe", "pipe", "pipe"] },
  );
  const [, stdout, stderrStream, control] = child.stdio as unknown as [null, Readable, Readable, Readable];
  let stderr = "";
  eachLine(stdout, options.onStdout);
  eachLine(stderrStream, (line) => {
    stderr = `${stderr}${line}\n`.slice(-stderrKept);
    options.onStderr(line);
  });
  return {
    pid: child.pid ?? 0,
    listening: listeningPorts(control),
    ended: new Promise((resolve) => {
      child.on("error", (error) => resolve({ how: error.message, stderr }));
      child.on("close", (code, signal) => resolve({ how: signal ?? `exit code ${code}`, stderr }));
    }),
    kill: (signal) => child.kill(signal),
  };
}

function inherited(): Record<string, string> {
  const names = ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ", "SystemRoot", "SSL_CERT_FILE", "SSL_CERT_DIR"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function eachLine(stream: Readable, tell: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", tell);
}

function listeningPorts(control: Readable): Promise<{ http: number; sweep: number }> {
  return new Promise((resolve) => {
    const ports: { http?: number; sweep?: number } = {};
    eachLine(control, (line) => {
      const told = listenSchema.safeParse(JSON.parse(line));
      if (!told.success) return;
      ports[told.data.socket] = told.data.port;
      if (ports.http !== undefined && ports.sweep !== undefined) resolve({ http: ports.http, sweep: ports.sweep });
    });
  });
}
