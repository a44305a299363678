/**
 * The whole job with no account: every scenario against stand-ins on loopback that really work.
 *
 *   npm run rehearse [-- --list | --only a,b | --forge github|forgejo|both | --kill X[@P] | --out DIR | --keep | --jobs N]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ForgeName } from "../test/fakes/forge/stand-in.ts";
import { parseKill } from "../test/rehearsal/kill.ts";
import { nameOf, playsOf, rehearse } from "../test/rehearsal/rehearse.ts";
import { SCENARIOS } from "../test/rehearsal/scenarios.ts";
import { build } from "./build.ts";
import { command, readFlags, UsageError, wholeNumber } from "./flags.ts";

/** Scenarios wait more than they work: this many at a time on a small machine. */
const JOBS = 3;
const JOBS_MAX = 16;
const FORGES: Record<string, readonly ForgeName[]> = {
  github: ["github"],
  forgejo: ["forgejo"],
  both: ["github", "forgejo"],
};

function readArguments() {
  const values = readFlags({
    list: { type: "boolean", default: false },
    only: { type: "string" },
    forge: { type: "string", default: "both" },
    kill: { type: "string" },
    out: { type: "string" },
    keep: { type: "boolean", default: false },
    jobs: { type: "string", default: String(JOBS) },
  });
  const forges = FORGES[values.forge];
  if (forges === undefined)
    throw new UsageError(`--forge: ${JSON.stringify(values.forge)} is not one of github, forgejo, both`);
  const all = playsOf(SCENARIOS, forges);
  const names = values.only?.split(",").map((name) => name.trim()) ?? null;
  const isNamed = (play: (typeof all)[number], name: string) => name === play.scenario.name || name === nameOf(play);
  const unknown = names?.find((name) => !all.some((play) => isNamed(play, name)));
  if (unknown !== undefined)
    throw new UsageError(`--only: no scenario is called ${JSON.stringify(unknown)}; see --list`);
  const kill = values.kill === undefined ? null : parseKill(values.kill);
  if (kill !== null && "reason" in kill) throw new UsageError(`--kill: ${kill.reason}`);
  const jobs = wholeNumber("--jobs", values.jobs, 1, JOBS_MAX);
  const plays = all.filter((play) => names?.some((name) => isNamed(play, name)) ?? true);
  return { ...values, kill, jobs, plays };
}

async function main(): Promise<number> {
  const wanted = readArguments();
  if (wanted.list) {
    for (const play of wanted.plays) console.log(`${nameOf(play)}: ${play.scenario.shows}`);
    return 0;
  }
  await build();
  const out = wanted.out === undefined ? mkdtempSync(join(tmpdir(), "afk-rehearsal-")) : resolve(wanted.out);
  const from = Date.now();
  const { passed, failed } = await rehearse({
    plays: wanted.plays,
    kill: wanted.kill,
    out,
    jobs: wanted.jobs,
    say: console.log,
  });
  if (wanted.keep || wanted.out !== undefined || failed > 0) console.log(`records are in ${out}`);
  else rmSync(out, { recursive: true, force: true });
  console.log(`rehearse: ${passed} passed, ${failed} failed in ${((Date.now() - from) / 1000).toFixed(1)} s`);
  return failed === 0 && passed === wanted.plays.length ? 0 : 1;
}

await command("rehearse", main);
