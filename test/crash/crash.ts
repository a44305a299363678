/**
 * Kills the loop again and again, with SIGKILL, in the middle of its work (deck.ts says when), and counts what came of
 * it, from what the stand-ins have seen:
 *
 *   lost ........ a label whose delivery was answered 2xx, and which was never taken up - no sweep runs before this is
 *                 judged; or a delivery answered 2xx shortly before a kill that the next workerd does not know
 *   doubled ..... anything done about an issue more often than its story has it; a bell beyond what rule 6 allows
 *   unsettled ... an issue not at its story's ending: an acked one when the stream has stopped and all is still, any
 *                 other one two sweeps later; an agent still at work; a run or act the loop still counts; an exception
 */
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { KINDS, type Kind, type When } from "./acts-in-flight.ts";
import { Deck, dealMoments, type Moment } from "./deck.ts";
import { doubledOf, neverTaken, unfinished } from "./judge.ts";
import { Random } from "./random.ts";
import { Stream } from "./stream.ts";
import { Town } from "./town.ts";
import { nameOf } from "./wanted.ts";

export interface Figures {
  rounds: number;
  acked: number;
  lost: string[];
  doubled: string[];
  unsettled: string[];
  killsWithActPending: number;
}

/** A drawn kind may not come for long; then the next of any kind. */
const KIND_MS = 2500;
const ANY_KIND_MS = 10_000;
const RANDOM_MS = 1500;
/** The launcher waits when workerd died five times within ten seconds. */
const ROUND_MS_MIN = 2600;
/** Nothing changed at a stand-in for so long: what has not ended by now will not end by itself. */
const STILL_MS = 20_000;
const CALM_MS_MAX = 120_000;
/** Late acts - a comment's last words, a second bell - are given this long to show. */
const QUIET_MS = 1500;
const LOOK_MS = 20;

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
  const moments = dealMoments(random, rounds);
  const kinds: Kinds = {
    "before its effect": new Deck(random, KINDS),
    "after its effect": new Deck(random, KINDS),
    "once answered": new Deck(random, KINDS),
  };
  const quietRepos = moments.filter((moment) => moment === "a quiet label").length;
  const town = await Town.open({ dir, random, quietRepos });
  const figures: Figures = { rounds, acked: 0, lost: [], doubled: [], unsettled: [], killsWithActPending: 0 };
  const stream = new Stream(town, random);
  try {
    stream.start();
    for (const [index, moment] of moments.entries()) {
      const least = sleep(ROUND_MS_MIN);
      stream.wishes();
      const { what, pending } = await reach(town, moment, kinds, random);
      await town.kill();
      if (pending) figures.killsWithActPending++;
      say(`  ${index + 1}: killed ${moment}${what === null ? "" : ` (${what})`}`);
      await least;
    }
    stream.calm();
    await still(town);
    judgeAcked(town, figures);
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      await town.loop.sweep();
      await still(town);
    }
    await judge(town, figures);
  } finally {
    stream.stop();
    await town.close();
  }
  return figures;
}

/** Of each moment every kind of act has its turn. */
type Kinds = Record<When, Deck<Kind>>;

/** Waits for the moment to kill. `pending`: an act is at its system now and has no answer. */
async function reach(
  town: Town,
  moment: Moment,
  kinds: Kinds,
  random: Random,
): Promise<{ what: Kind | null; pending: boolean }> {
  switch (moment) {
    case "before its effect":
    case "after its effect":
    case "once answered": {
      const what =
        (await town.acts.next([kinds[moment].deal()], moment, KIND_MS)) ??
        (await town.acts.next(KINDS, moment, ANY_KIND_MS));
      return { what, pending: what !== null && moment !== "once answered" };
    }
    case "at random":
      await sleep(random.between(0, RANDOM_MS));
      return { what: null, pending: false };
    case "a quiet label":
      await town.wishInQuiet();
      return { what: null, pending: false };
    default:
      return moment satisfies never;
  }
}

/** Before any sweep: what was acknowledged must have ended by itself. */
function judgeAcked(town: Town, figures: Figures): void {
  figures.lost.push(...town.mail.forgotten.map((what) => `answered 2xx and not known after the kill: ${what}`));
  for (const wanted of town.wanted.filter(({ acked }) => acked)) {
    const why = unfinished(town, wanted);
    if (why === null) continue;
    const name = `${nameOf(wanted)} (${wanted.story})`;
    if (neverTaken(town, wanted)) figures.lost.push(`${name}: its label was answered 2xx and never taken up`);
    else figures.unsettled.push(`${name}: without a sweep ${why}`);
  }
}

async function judge(town: Town, figures: Figures): Promise<void> {
  figures.acked = town.mail.acked;
  for (const wanted of town.wanted) {
    const name = `${nameOf(wanted)} (${wanted.story})`;
    figures.doubled.push(...(await doubledOf(town, wanted)).map((what) => `${name}: ${what}`));
    const why = unfinished(town, wanted);
    const told = [...figures.lost, ...figures.unsettled].some((line) => line.startsWith(`${name}:`));
    if (why !== null && !told) figures.unsettled.push(`${name}: ${why}`);
  }
  const working = town.t3.t3.dispatched.atWork();
  if (working.length > 0) figures.unsettled.push(`${working.length} agents are still at work`);
  const owed = await town.owed();
  if (owed !== null) figures.unsettled.push(owed);
  const thrown = town.loop.lines.find((line) => /"code":"thrown"|[Uu]ncaught|TypeError|ReferenceError/.test(line));
  if (thrown !== undefined) figures.unsettled.push(`worker.log holds an exception: ${thrown}`);
  figures.unsettled.push(...town.labour.mishaps);
}

/** Waits until every issue has ended, or nothing has changed at a stand-in for a while. */
async function still(town: Town): Promise<void> {
  const deadline = Date.now() + CALM_MS_MAX;
  let seen = -1;
  let since = Date.now();
  while (Date.now() < deadline) {
    const left = town.wanted.filter((one) => unfinished(town, one) !== null).length;
    const now = town.acts.seen + town.t3.t3.dispatched.commands().length + left;
    if (now !== seen) since = Date.now();
    seen = now;
    if (Date.now() - since > (left === 0 ? QUIET_MS : STILL_MS)) return;
    await sleep(LOOK_MS);
  }
}
