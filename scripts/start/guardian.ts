/**
 * Ends workerd should this launcher die without a word (SIGKILL, out of memory). workerd has no such watch of its own, so a
 * shell waits on a pipe that only we hold: told every change of pid, it kills the last one when the pipe ends.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Guardian {
  /** The workerd to end with us; null: none. */
  guard(pid: number | null): void;
  dismiss(): Promise<void>;
}

const script = `while read -r line; do pid=$line; done; [ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null`;

export function startGuardian(): Guardian {
  // Windows has no shell of that kind; there the next start ends what an earlier one left.
  if (process.platform === "win32") return { guard() {}, async dismiss() {} };
  // In a session of its own: what kills our whole process group must not kill the guardian.
  const shell = spawn("/bin/sh", ["-c", script, "afk-guardian"], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = Promise.race([once(shell, "exit"), once(shell, "error")]);
  shell.stdin.on("error", () => {});
  return {
    guard(pid) {
      shell.stdin.write(`${pid ?? ""}\n`);
    },
    async dismiss() {
      shell.stdin.end("\n");
      await ended;
    },
  };
}
