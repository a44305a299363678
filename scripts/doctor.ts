/**
 * Reads the settings and looks at all that they name; changes nothing. A line a check, then a count; 0 without a FAIL, 1
 * with one, 2 when it could not begin. docs/doctor.md tells each code.
 */

import { secretsIn } from "../lib/core/held-secrets.ts";
import { examine } from "../lib/doctor/doctor.ts";
import { exitOf, linesOf, reportOf } from "../lib/doctor/report.ts";
import { begun, readInput, reposFrom } from "./doctor/read-input.ts";
import { command, readFlags } from "./flags.ts";
import { asHere } from "./start/parts.ts";

const USAGE = ["[--json] [--repo github:owner/name …]"];

async function main(): Promise<number> {
  const flags = readFlags({ json: { type: "boolean", default: false }, repo: { type: "string", multiple: true } });
  const input = begun(() => readInput(process.cwd(), process.env, reposFrom(flags.repo ?? [])));
  const report = reportOf(await examine(input), secretsIn(input.env));
  console.log(asHere(flags.json ? JSON.stringify(report, null, 2) : linesOf(report).join("\n")));
  return exitOf(report);
}

await command("doctor", USAGE, main);
