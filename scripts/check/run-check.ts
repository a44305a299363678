/** All of `npm run check`, as values: what each part found, in order. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { arming } from "./arming.ts";
import { arrows } from "./arrows.ts";
import { forgeWords } from "./forge-words.ts";
import type { Rule } from "./problem.ts";
import { skippedTests } from "./skipped-tests.ts";
import { readSources } from "./sources.ts";

export interface Part {
  name: string;
  /** One line a finding, or a tool's own output; empty: all is well. */
  findings: string[];
}

const rules: [string, Rule][] = [
  ["arrows", arrows],
  ["skipped tests", skippedTests],
  ["arming", arming],
  ["forge words", forgeWords],
];

export async function runCheck(root: string): Promise<Part[]> {
  const types = runTool(root, "types", "typescript/bin/tsc", ["--noEmit"]);
  const lint = runTool(root, "lint", "@biomejs/biome/bin/biome", ["check", "--colors=off"]);
  const sources = readSources(root);
  const ruled = rules.map(([name, rule]) => ({
    name,
    findings: sources
      .flatMap(({ path, text }) => rule(path, text))
      .map((problem) => `${problem.path}:${problem.line}: ${problem.text}`),
  }));
  return [await types, await lint, ...ruled];
}

const outputMaxBytes = 64 * 1024 * 1024;

function runTool(root: string, name: string, tool: string, args: string[]): Promise<Part> {
  const command = [join(root, "node_modules", tool), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root, maxBuffer: outputMaxBytes }, (error, stdout, stderr) => {
      resolve({ name, findings: error ? [`${stdout}${stderr}`.trim() || error.message] : [] });
    });
  });
}
