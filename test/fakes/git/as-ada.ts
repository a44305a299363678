/** (node) What Ada does on her own machine: git as it is installed there, in a clone of hers. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { GIT_ENV } from "./git-bare.ts";

const run = promisify(execFile);
const who = (kind: string) => ({ [`GIT_${kind}_NAME`]: "Ada", [`GIT_${kind}_EMAIL`]: "ada@example.com" });
const ENV = { ...process.env, ...GIT_ENV, ...who("AUTHOR"), ...who("COMMITTER") };

export async function git(at: string, ...args: string[]): Promise<string> {
  return (await run("git", ["-C", at, ...args], { env: ENV })).stdout.trim();
}

/** Changes `src/a.js` to the commit's message. */
export async function commit(at: string, message: string): Promise<string> {
  writeFileSync(join(at, "src", "a.js"), `${message}\n`);
  await git(at, "commit", "--quiet", "--all", "--message", message);
  return git(at, "rev-parse", "HEAD");
}
