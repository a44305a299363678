/**
 * Kills the loop again and again, with SIGKILL, in the middle of its work, and counts what came of it. How one round
 * kills (the moment is drawn):
 *
 *   before its effect ... an act is on its way: it reached its system, which has not done it yet
 *   after its effect .... an act is done, and its answer will never come
 *   once answered ....... an act is done and answered; the ledger may or may not know it yet
 *   at random ........... some time, whatever it is at
 *   a quiet label ....... the very moment a delivery was answered 2xx, in a repo where nothing else tells of it
 *
 * No sweep runs while rounds are played, so that only what was acked can carry the work on. At the end the stream
 * stops, what can end does, and two sweeps make good what no delivery told.
 */
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { KINDS, type Kind, type When } from "./acts-in-flight.ts";
import { doubledOf, neverTaken, unfinished } from "./judge.ts";
import { Random } from "./random.ts";
import { storyOf } from "./stories.ts";
import { BUSY, Town, type Wanted } from "./town.ts";

export interface Figures {
  rounds: number;
  acked: number;
  lost: string[];
  doubled: string[];
  unsettled: string[];
  killsWithActPending: number;
}

type Moment = When | "at random" | "a quiet label";

const MOMENTS: Record<Moment, number> = {
  "before its effect": 8,
  "after its effect": 9,
  "once answered": 2,
  "at random": 2,
  "a quiet label": 3,
};
/** Issues ready or at work in a busy repo, at most. */
const WISHES_OPEN = 2;
const KIND_MS = 2500;
const ANY_KIND_MS = 4000;
const RANDOM_MS = 1500;
const QUIET_START_MS = 10_000;
/** The launcher waits when workerd died five times within ten seconds. */
const ROUND_MS_MIN = 2600;
const CHATTER_MS = 150;
const REPAIR_MS = 250;
/** Nothing reached a stand-in for so long: what has not ended by now will not end by itself. */
const STILL_MS = 8000;
const CALM_MS_MAX = 90_000;

export async function crash(options: {
  rounds: number;
  seed: number;
  dir: string;
  say: (line: string) => void;
}): Promise<Figures> {
  const { rounds, seed, dir, say } = options;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const random = new Random(seed);
  const moments = Array.from({ length: rounds }, () => random.weighted(MOMENTS));
  const quietRepos = moments.filter((moment) => moment === "a quiet label").length;
  const town = await Town.open({ dir, random, quietRepos });
  const figures: Figures = { rounds, acked: 0, lost: [], doubled: [], unsettled: [], killsWithActPending: 0 };
  const stream = new Stream(town);
  try {
    stream.start();
    for (const [index, moment] of moments.entries()) {
      const least = sleep(ROUND_MS_MIN);
      stream.wishes();
      const { what, pending } = await killAt(town, random, moment, figures);
      if (pending) figures.killsWithActPending++;
      say(`  ${index + 1}: killed ${moment}${what === null ? "" : ` (${what})`}`);
      await least;
    }
    stream.calm();
    await still(town);
    for (const wanted of town.wanted) if (wanted.acked && neverTaken(town, wanted)) lose(figures, wanted, "at the end");
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      await town.loop.sweep();
      await still(town);
    }
    judge(town, figures);
  } finally {
    stream.stop();
    await town.close();
  }
  return figures;
}

async function killAt(
  town: Town,
  random: Random,
  moment: Moment,
  figures: Figures,
): Promise<{ what: Kind | null; pending: boolean }> {
  switch (moment) {
    case "before its effect":
    case "after its effect":
    case "once answered": {
      const kind = random.pick(KINDS);
      const what =
        (await town.acts.next([kind], moment, KIND_MS)) ?? (await town.acts.next(KINDS, moment, ANY_KIND_MS));
      await town.loop.killWorkerd();
      return { what, pending: what !== null && moment !== "once answered" };
    }
    case "at random":
      await sleep(random.between(0, RANDOM_MS));
      await town.loop.killWorkerd();
      return { what: null, pending: false };
    case "a quiet label": {
      const wanted = await town.wishInQuiet();
      await town.loop.killWorkerd();
      // Counted here, where nothing else could have told of it.
      if (wanted.acked && !(await comes(() => town.threads(wanted).length > 0, QUIET_START_MS)))
        lose(figures, wanted, "though nothing else told of it");
      return { what: null, pending: false };
    }
    default:
      return moment satisfies never;
  }
}

function lose(figures: Figures, { repo, number }: Wanted, when: string): void {
  const line = `${repo}#${number}: its label was answered 2xx and never taken up, ${when}`;
  if (!figures.lost.some((other) => other.startsWith(`${repo}#${number}:`))) figures.lost.push(line);
}

function judge(town: Town, figures: Figures): void {
  figures.acked = town.acked;
  for (const wanted of town.wanted) {
    const name = `${wanted.repo}#${wanted.number} (${wanted.story})`;
    figures.doubled.push(...doubledOf(town, wanted).map((what) => `${name}: ${what}`));
    const why = unfinished(town, wanted);
    if (why !== null) figures.unsettled.push(`${name}: ${why}`);
  }
  const working = town.t3.t3.dispatched.atWork();
  if (working.length > 0) figures.unsettled.push(`${working.length} agents are still at work`);
  const thrown = town.loop.lines.find((line) => /"code":"thrown"|[Uu]ncaught|TypeError|ReferenceError/.test(line));
  if (thrown !== undefined) figures.unsettled.push(`worker.log holds an exception: ${thrown}`);
  figures.unsettled.push(...town.mishaps);
}

/** People and fate: wishes in the busy repos, chatter, and a trunk repaired where a story left it red. */
class Stream {
  private readonly town: Town;
  private readonly repaired = new Set<Wanted>();
  private timers: NodeJS.Timeout[] = [];

  constructor(town: Town) {
    this.town = town;
  }

  start(): void {
    this.timers.push(setInterval(() => void this.guarded(this.town.chatter()), CHATTER_MS));
    this.timers.push(setInterval(() => void this.guarded(this.repair()), REPAIR_MS));
  }

  /** No more wishes and no chatter; a red trunk is still repaired. */
  calm(): void {
    clearInterval(this.timers.shift());
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  wishes(): void {
    for (const repo of BUSY) {
      const open = this.town.wanted.filter((one) => one.repo === repo && unfinished(this.town, one) !== null).length;
      for (let more = open; more < WISHES_OPEN; more++) this.town.wish(repo);
    }
  }

  private async repair(): Promise<void> {
    for (const wanted of this.town.wanted) {
      if (!storyOf(wanted.story).leavesRed || this.repaired.has(wanted) || unfinished(this.town, wanted)) continue;
      this.repaired.add(wanted);
      await this.town.repair(wanted.repo);
    }
  }

  private async guarded(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => this.town.mishaps.push(`the stream stumbled: ${error}`));
  }
}

/** Waits until every issue has ended, or nothing has been asked of a stand-in for a while. */
async function still(town: Town): Promise<void> {
  const deadline = Date.now() + CALM_MS_MAX;
  let seen = -1;
  let since = Date.now();
  const asked = () =>
    town.acts.seen +
    town.t3.t3.dispatched.commands().length +
    town.wanted.filter((one) => unfinished(town, one)).length;
  await comes(() => {
    const now = asked();
    if (now !== seen) since = Date.now();
    seen = now;
    const ended = town.wanted.every((one) => unfinished(town, one) === null);
    return ended ? Date.now() - since > QUIET_MS : Date.now() - since > STILL_MS;
  }, deadline - Date.now());
}

/** Late acts - a comment's last words, a bell - are given this long to show. */
const QUIET_MS = 1500;
const LOOK_MS = 20;

async function comes(holds: () => boolean, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > deadline) return false;
    await sleep(LOOK_MS);
  }
  return true;
}
