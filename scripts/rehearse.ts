/**
 * The whole job with no account: every scenario against stand-ins on loopback that really work.
 *
 *   npm run rehearse [-- --list | --only a,b | --forge github|forgejo|both | --kill X[@P] | --out DIR | --keep | --jobs N]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseKill } from "../test/rehearsal/kill.ts";
import { rehearse } from "../test/rehearsal/rehearse.ts";
import { SCENARIOS } from "../test/rehearsal/scenarios.ts";
import { build } from "./build.ts";
import { command, readFlags, UsageError, wholeNumber } from "./flags.ts";

/** Scenarios wait more than they work: this many at a time on a small machine. */
const JOBS = 3;
const JOBS_MAX = 16;

function readArguments() {
  const values = readFlags({
    list: { type: "boolean", default: false },
    only: { type: "string" },
    forge: { type: "string", default: "github" },
    kill: { type: "string" },
    out: { type: "string" },
    keep: { type: "boolean", default: false },
    jobs: { type: "string", default: String(JOBS) },
  });
  if (values.forge !== "github")
    throw new UsageError(`--forge ${JSON.stringify(values.forge)}: this release rehearses github only`);
  const names = values.only?.split(",").map((name) => name.trim().replace(/^github\//, "")) ?? null;
  const unknown = names?.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined)
    throw new UsageError(`--only: no scenario is called ${JSON.stringify(unknown)}; see --list`);
  const kill = values.kill === undefined ? null : parseKill(values.kill);
  if (kill !== null && "reason" in kill) throw new UsageError(`--kill: ${kill.reason}`);
  const jobs = wholeNumber("--jobs", values.jobs, 1, JOBS_MAX);
  return { ...values, kill, jobs, scenarios: SCENARIOS.filter((scenario) => names?.includes(scenario.name) ?? true) };
}

async function main(): Promise<number> {
  const wanted = readArguments();
  if (wanted.list) {
    for (const { name, shows } of SCENARIOS) console.log(`github/${name}: ${shows}`);
    return 0;
  }
  await build();
  const out = wanted.out === undefined ? mkdtempSync(join(tmpdir(), "afk-rehearsal-")) : resolve(wanted.out);
  const from = Date.now();
  const { passed, failed } = await rehearse({
    scenarios: wanted.scenarios,
    kill: wanted.kill,
    out,
    jobs: wanted.jobs,
    say: console.log,
  });
  if (wanted.keep || wanted.out !== undefined || failed > 0) console.log(`records are in ${join(out, "github")}`);
  else rmSync(out, { recursive: true, force: true });
  console.log(`rehearse: ${passed} passed, ${failed} failed in ${((Date.now() - from) / 1000).toFixed(1)} s`);
  return failed === 0 && passed === wanted.scenarios.length ? 0 : 1;
}

await command("rehearse", main);
