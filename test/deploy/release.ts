/** (node) A release as a server has it: laid out once for all tests of a file, and started there as a stranger would. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ARCHS, type Arch } from "../../scripts/pack/binaries.ts";

export function ownArch(): Arch {
  const arch = ARCHS.find((one) => one === process.arch);
  if (!arch) throw new Error(`no release is packed for ${process.arch}`);
  return arch;
}

export interface Started {
  child: ChildProcess;
  lines: string[];
  url: string;
  stop(): Promise<number | null>;
}

/** Nothing of ours reaches it: neither our environment nor our folder. */
export async function startCommand(command: string[], cwd: string, env: Record<string, string>): Promise<Started> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    cwd,
    env: { PATH: "/usr/bin:/bin", PORT: "0", AFK_CONTROL_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const exit = once(child, "close").then(([code]) => code as number | null);
  const standing = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        if (/^afk: (disabled|armed)/.test(line)) resolve();
      });
  });
  const ended = await Promise.race([standing, exit]);
  if (ended !== undefined) throw new Error(`it ended (${ended}):\n${lines.join("\n")}`);
  const port = lines.map((line) => /^afk: listening on http:\/\/.*:(\d+)$/.exec(line)?.[1]).find(Boolean);
  return {
    child,
    lines,
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      child.kill("SIGTERM");
      return exit;
    },
  };
}
