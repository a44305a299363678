/**
 * `npm test`: everything `npm run check` looks at, then every test. Arguments are vitest's: `npm test -- test/core`.
 *
 * The report in dist/test-report.json is vitest's own; a failed check ends the run early, and is reported there in the same form.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printParts } from "./check/print-parts.ts";
import { type Part, runCheck } from "./check/run-check.ts";
import { checkName, type Report } from "./summarise.ts";

const root = join(import.meta.dirname, "..");
const report = join(root, "dist/test-report.json");
/** Some hundred processes of ours are started by the tests: half of what a short one takes is compiling the same sources. */
const compiled = join(root, "node_modules/.cache/afk-loop-compiled");

mkdirSync(join(root, "dist"), { recursive: true });
rmSync(report, { force: true });
const parts = await runCheck(root);
printParts(parts);
if (parts.some(({ findings }) => findings.length > 0)) {
  writeFileSync(report, JSON.stringify(asReport(parts)));
  process.exitCode = 1;
} else {
  process.exitCode = runVitest(process.argv.slice(2));
}

function runVitest(args: string[]): number {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const quiet = { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" };
  const env = { ...process.env, ...quiet, NODE_COMPILE_CACHE: compiled };
  return (
    spawnSync(process.execPath, [vitest, "run", ...reporters, ...args], { cwd: root, env, stdio: "inherit" }).status ??
    1
  );
}

function asReport(parts: Part[]): Report {
  const failed = parts.filter(({ findings }) => findings.length > 0);
  const assertionResults = failed.map(({ name }) => ({ title: name, status: "failed" }));
  return { success: false, testResults: [{ name: checkName, status: "failed", assertionResults }] };
}
