/** (node) A child in a process group of its own: whoever ends it ends all it started. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Wanted {
  cwd: string;
  signal: AbortSignal;
  limitMs: number;
  /** Told each line of its output; `enough` ends it. */
  onLine?: (line: string) => "go on" | "enough";
  env?: Record<string, string>;
}

export interface Ended {
  how: "by itself" | "enough" | "late";
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A patch may be a stranger's: its code is given none of our environment but where programs are. */
const ENV = { PATH: process.env.PATH ?? "", LC_ALL: "C" };

/** Rejects only when the signal aborts it, or when it could not start. */
export async function run(command: string, args: string[], wanted: Wanted): Promise<Ended> {
  const { signal, cwd } = wanted;
  signal.throwIfAborted();
  const child = spawn(command, args, {
    cwd,
    detached: true,
    env: { ...ENV, ...wanted.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  const kill = () => {
    if (pid !== undefined) killGroup(pid);
  };
  let how: Ended["how"] = "by itself";
  const limit = setTimeout(() => {
    how = "late";
    kill();
  }, wanted.limitMs);
  signal.addEventListener("abort", kill);
  const stdout: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  createInterface(child.stdout).on("line", (line) => {
    stdout.push(line);
    if (how !== "by itself" || wanted.onLine?.(line) !== "enough") return;
    how = "enough";
    kill();
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    signal.throwIfAborted();
    return { how, code, stdout: stdout.join("\n"), stderr };
  } finally {
    clearTimeout(limit);
    signal.removeEventListener("abort", kill);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in this very moment.
  }
}
