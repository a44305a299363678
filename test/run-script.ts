import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** (node) One of our commands as a person runs it, in a process of its own. */
export async function runScript(
  name: string,
  ...flags: string[]
): Promise<{ code: number; lines: string[]; error: string }> {
  const script = join(import.meta.dirname, "../scripts", name);
  const run = promisify(execFile)(process.execPath, ["--no-warnings", script, ...flags]);
  const { code, stdout, stderr } = await run.then(
    (done) => ({ code: 0, ...done }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
  return { code, lines: stdout.trim().split("\n"), error: stderr.trim() };
}
