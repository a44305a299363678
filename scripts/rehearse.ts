/**
 * The whole job with no account: every scenario against stand-ins on loopback that really work. Or, against a forge of one's
 * own, a story or two in a repo that is there for it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { plainFetch } from "../lib/doctor/plain-fetch.ts";
import type { ForgeName } from "../test/fakes/forge/stand-in.ts";
import { rehearseAgainst } from "../test/rehearsal/against/against.ts";
import { STORIES } from "../test/rehearsal/against/play.ts";
import { parseKill } from "../test/rehearsal/kill.ts";
import { nameOf, playsOf, rehearse } from "../test/rehearsal/rehearse.ts";
import { SCENARIOS } from "../test/rehearsal/scenarios.ts";
import { build } from "./build.ts";
import { begun, trust } from "./doctor/read-input.ts";
import { command, readFlags, UsageError, wholeNumber } from "./flags.ts";
import { readCertificates } from "./start/ca.ts";
import { readSettings } from "./start/read-settings.ts";

const USAGE = [
  "[--list | --only a,b | --forge github|forgejo|both | --kill X[@P] | --out DIR | --keep | --jobs N]",
  "--against URL --repo owner/scratch [--only a,b | --minutes N | --by-hand | --out DIR | --keep]",
];

/** Scenarios wait more than they work: this many at a time on a small machine. */
const JOBS = 3;
const JOBS_MAX = 16;
/** A hosted CI may keep a commit waiting, and a story has three or more of them. */
const MINUTES = 30;
const MINUTES_MAX = 360;
/** What has no meaning without the other way of rehearsing. */
const ONLY_STAND_INS = ["list", "forge", "kill", "jobs"] as const;
const ONLY_AGAINST = ["repo", "minutes", "by-hand"] as const;
const FORGES: Record<string, readonly ForgeName[]> = {
  github: ["github"],
  forgejo: ["forgejo"],
  both: ["github", "forgejo"],
};

type Values = ReturnType<typeof readValues>;

function readValues() {
  return readFlags({
    list: { type: "boolean" },
    only: { type: "string" },
    forge: { type: "string" },
    kill: { type: "string" },
    out: { type: "string" },
    keep: { type: "boolean" },
    jobs: { type: "string" },
    against: { type: "string" },
    repo: { type: "string" },
    minutes: { type: "string" },
    "by-hand": { type: "boolean" },
  });
}

function readArguments(values: Values) {
  const stray = ONLY_AGAINST.find((flag) => values[flag] !== undefined);
  if (stray !== undefined) throw new UsageError(`--${stray}: only with --against`);
  const { forge = "both" } = values;
  const forges = FORGES[forge];
  if (forges === undefined)
    throw new UsageError(`--forge: ${JSON.stringify(forge)} is not one of github, forgejo, both`);
  const all = playsOf(SCENARIOS, forges);
  const names = values.only?.split(",").map((name) => name.trim()) ?? null;
  const isNamed = (play: (typeof all)[number], name: string) => name === play.scenario.name || name === nameOf(play);
  const unknown = names?.find((name) => !all.some((play) => isNamed(play, name)));
  if (unknown !== undefined) {
    const name = JSON.stringify(unknown);
    const isElsewhere = playsOf(SCENARIOS, ["github", "forgejo"]).some((play) => isNamed(play, unknown));
    throw new UsageError(
      isElsewhere ? `--only: ${name} is not on ${forge}` : `--only: no scenario is called ${name}; see --list`,
    );
  }
  const kill = values.kill === undefined ? null : parseKill(values.kill);
  if (kill !== null && "reason" in kill) throw new UsageError(`--kill: ${kill.reason}`);
  const jobs = wholeNumber("--jobs", values.jobs ?? String(JOBS), 1, JOBS_MAX);
  const plays = all.filter((play) => names?.some((name) => isNamed(play, name)) ?? true);
  return { ...values, kill, jobs, plays };
}

async function main(): Promise<number> {
  const values = readValues();
  return values.against === undefined ? amongStandIns(values) : against(values.against, values);
}

async function against(address: string, values: Values): Promise<number> {
  const stray = ONLY_STAND_INS.find((flag) => values[flag] !== undefined);
  if (stray !== undefined) throw new UsageError(`--${stray}: not with --against`);
  if (values.repo === undefined) throw new UsageError("--against: name the repo too, by --repo owner/scratch");
  const names = (values.only ?? STORIES[0]?.name ?? "").split(",").map((name) => name.trim());
  const unknown = names.find((name) => !STORIES.some((story) => story.name === name));
  if (unknown !== undefined)
    throw new UsageError(
      `--only: ${JSON.stringify(unknown)} is not one of ${STORIES.map(({ name }) => name).join(", ")}`,
    );
  const minutes = wholeNumber("--minutes", values.minutes ?? String(MINUTES), 1, MINUTES_MAX);
  const start = begun(() => readSettings());
  trust(readCertificates(start.ca, process.cwd()));
  return rehearseAgainst({
    ...{ against: address, repo: values.repo, minutes, start, fetch: plainFetch, say: console.log },
    stories: STORIES.filter(({ name }) => names.includes(name)),
    byHand: values["by-hand"] ?? false,
    keep: values.keep ?? false,
    out: values.out ?? null,
  });
}

async function amongStandIns(values: Values): Promise<number> {
  const wanted = readArguments(values);
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

await command("rehearse", USAGE, main);
