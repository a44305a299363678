/**
 * The webhook path and the sweep path end alike. One history is played twice, once with every delivery and once with
 * none; people's acts lie two sweeps apart, and nothing fails. What may differ is when: never what became of an issue, what
 * an agent was told, or what a person reads at the end.
 *
 * Which of two things was first must not hang on the path, or the ends may well differ. So agents and CI keep time: what
 * they do falls on a beat between two acts, and each beat and each act is followed by a sweep before the other comes.
 *
 *   act ...... 200 s after every other sweep
 *   sweep .... 100 s later
 *   beat ..... 150 s later
 *   sweep .... 150 s later; the next act 200 s after that
 */
import type { Run } from "../../lib/core/run.ts";
import { Agents } from "./agents.ts";
import { Ci } from "./ci.ts";
import { simulated } from "./clock.ts";
import { Meddlers } from "./meddling.ts";
import { populateRepos } from "./people.ts";
import { Random } from "./random.ts";
import { Rules, type Violation } from "./rules.ts";
import { drawWeather, stillWeather, type Weather } from "./weather.ts";
import { READY, START_MS, World } from "./world.ts";

const SWEEP_MS = 300_000;
/** Between two acts, and between two beats. */
const BAR_MS = 2 * SWEEP_MS;
const ACT_MS = 200_000;
const BEAT_MS = 450_000;
const ACTS = 24;
/** By then the last of them has led to all that it can. */
const BARS = ACTS + 24;
const ACTS_AN_ISSUE = 4;

const CHARACTERS = [
  ["happy", 4],
  ["red-then-green", 3],
  ["always-red", 2],
  ["no-push", 1],
  ["asks-once", 1],
  ["asks-twice", 1],
  ["errs", 1],
  ["keyword", 1],
  ["works-through", 4],
  ["silent", 1],
] as const;

/** What a person may do at a slot that both paths must see alike. */
const DEEDS = [
  "unlabels",
  "closes",
  "relabels",
  "edits",
  "renames",
  "comments",
  "reopens",
  "pushes-bad",
  "pushes-good",
] as const;

export interface Told {
  /** By issue, as plain text. */
  issues: Record<string, string[]>;
  violations: Violation[];
  story: string[];
}

export async function playHistory(seed: number, deliveries: "all" | "none"): Promise<Told> {
  const world = new World(seed, weatherOf(seed, deliveries));
  const given = {
    now: () => world.nowMs,
    random: () => world.chance(),
    fetch: (request: Request) => world.traffic.fetch(request),
    say: (line: string) => world.heard(line),
  };
  return simulated(given, () => play(world, seed));
}

function weatherOf(seed: number, deliveries: "all" | "none"): Weather {
  const drawn = drawWeather(new Random(seed, "weather"));
  return {
    ...stillWeather(drawn),
    repos: 2,
    lost: deliveries === "all" ? 0 : 1,
    delayMsMax: 500,
    sweepMs: SWEEP_MS,
    settings: {
      ...drawn.settings,
      AFK_COALESCE_SECONDS: "0.2",
      AFK_POLL_SECONDS: "60",
      // Whole bars and a little: what is over in time is over before the next act, whichever way it began.
      AFK_RUN_MAX_SECONDS: "9010",
      AFK_STALL_SECONDS: "1810",
      AFK_FIX_FORWARD_MAX_SECONDS: "9010",
      AFK_FIX_FORWARD_MAX_ATTEMPTS: "1",
      AFK_MAX_RUNS: "5",
      AFK_THREADS_PER_HOUR: "100",
    },
  };
}

async function play(world: World, seed: number): Promise<Told> {
  const rules = new Rules(world);
  const ci = new Ci(world);
  new Agents(world, ci, CHARACTERS);
  keepTime(world);
  await populateRepos(world, ci);
  const sweep = () =>
    world.after(
      SWEEP_MS,
      "",
      async () => {
        sweep();
        await world.sweep();
      },
      "aside",
    );
  sweep();
  schedule(world, ci, new Random(seed, "history"));
  await world.agenda.runUntil(START_MS + BAR_MS * BARS);
  return { issues: told(world), violations: rules.violations, story: world.story };
}

/** Agents begin, go on and end on the beat, and so does CI. */
function keepTime(world: World): void {
  const { script } = world.agents;
  world.doneAt = (ms) => {
    const bars = Math.ceil((ms - START_MS - BEAT_MS) / BAR_MS);
    return START_MS + BEAT_MS + Math.max(0, bars) * BAR_MS;
  };
  world.agents.script = (turn) =>
    world.workAfter(0, "", () => {
      if (!turn.ended) script?.(turn);
    });
}

/** One act a bar, in one of the repos. */
function schedule(world: World, ci: Ci, random: Random): void {
  const meddlers = new Meddlers(world, ci, random, () => {});
  const { people } = world.forge;
  const issues = new Map(world.repoNames.map((repo) => [repo, 0]));
  for (let act = 0; act < ACTS; act++) {
    const time = START_MS + ACT_MS + act * BAR_MS;
    const repo = random.pick(world.repoNames);
    const before = issues.get(repo) ?? 0;
    if (before === 0 || act % ACTS_AN_ISSUE === 0) {
      const number = before + 1;
      issues.set(repo, number);
      world.at(time, "", () => {
        people.createIssue({ repo, title: `Widget ${number}`, body: "It should be there.", by: "dev" });
        world.tell(`dev opens and labels ${repo}#${number}`);
        // Not in the second of its opening: an edit and a label of one second prove nothing.
        world.after(5000, "", () => people.label({ repo, number, by: "dev", label: READY }));
      });
      continue;
    }
    const number = random.int(1, before);
    const deed = random.pick(DEEDS);
    world.at(time, `somebody: ${deed} ${repo}#${number}`, () => {
      if (deed === "relabels" && !isSeenSwept(world, repo, number)) return;
      return meddlers.do(deed, repo, number);
    });
  }
}

/**
 * Nobody looks at a closed issue. Where a text must be seen with its label on, one that is labelled while closed is proven
 * by its delivery alone; without it the labelling may have to be done again (rule 8).
 */
function isSeenSwept(world: World, repo: string, number: number): boolean {
  return !world.played.needsSights || world.issue(repo, number)?.state === "open";
}

function told(world: World): Record<string, string[]> {
  const issues: Record<string, string[]> = {};
  for (const repo of world.repoNames) {
    const ended = [...world.runs(repo)].sort((one, other) => one.startedAt - other.startedAt);
    // A run that was given back before its first turn never was: only who looks early enough meets a trunk without CI.
    const runs = ended.filter((run) => !run.outcome?.givenBack);
    for (const issue of world.forge.issues(repo)) {
      const lines = [
        `${issue.state}, labels: ${[...issue.labels].sort().join(", ")}`,
        ...runs.filter((run) => run.issue.number === issue.number).flatMap((run) => runLines(world, run)),
        ...issue.comments.map((comment) => `${comment.by}: ${comment.body}`),
      ];
      issues[`${repo}#${issue.number}`] = named(lines);
    }
  }
  return issues;
}

function runLines(world: World, run: Run): string[] {
  const turns = world.t3.dispatched.turns().filter((turn) => run.threads.includes(turn.threadId));
  const ending = run.outcome === null ? "under way" : `${run.outcome.type}: ${run.outcome.reason.code}`;
  return [
    `run ${run.id} ${ending}, settled: ${run.settledAt !== null}, threads: ${run.threads.length}`,
    ...turns.map((turn) => `turn: ${turn.text}`),
  ];
}

/**
 * What hangs on the moment a run ended, which the sweep's way puts off by a minute: what its agent had spent, and what CI of
 * its branch, which nobody waits for, had shown by then.
 */
const OF_ITS_TIME =
  /(?<=^Spent).*$|(?<=^- \[x\] (?:tests written, red|implemented, green) - )(?:verified|claimed(?: \(.*?\))?)(?= )/gm;

/** Commits, runs and CI runs are called by the order in which they are told of: their own names hold when they came. */
function named(lines: string[]): string[] {
  const names = new Map<string, string>();
  const nameOf = (word: string) => {
    const known = [...names.keys()].find((one) => one.startsWith(word) || word.startsWith(one));
    const name = names.get(known ?? "") ?? `<${names.size + 1}>`;
    if (known === undefined) names.set(word, name);
    return name;
  };
  const NAME = /\b[0-9a-f]{12}(?:[0-9a-f]{28})?\b|\b[0-9a-f]{16}\b|(?<=\/(?:runs|job)\/)\d+|(?<=runs=[\w/,]*\/)\d+/g;
  return lines.map((line) => line.replace(NAME, nameOf).replace(OF_ITS_TIME, "…"));
}
