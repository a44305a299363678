/**
 * People who comment `/afk stop`, and some who may not. Dealt last and from a stream of their own: where nobody says it, a
 * seed is the history it would be without them.
 */
import type { Run } from "../../lib/core/run.ts";
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import { START_MS, type World } from "./world.ts";

const SEEDS_STOPPED = 0.08;
/** Between a delivery and the end of what it woke. */
const HEARING_MS = 60_000;

interface Said {
  by: string;
  /** On the forge's clock, in its whole seconds. */
  at: number;
  /** He may order it at that moment. */
  trusted: boolean;
}

export class Stoppers {
  private readonly world: World;
  private readonly random: Random;
  private readonly said = new Map<string, Said[]>();
  private touch: (repo: string, number: number) => void = () => {};

  constructor(world: World) {
    this.world = world;
    this.random = new Random(world.seed, "stopping");
  }

  begin(touch: (repo: string, number: number) => void): void {
    const { world, random } = this;
    this.touch = touch;
    if (world.weather.special !== null || !random.chance(SEEDS_STOPPED)) return;
    for (let n = random.int(2, 5); n > 0; n--)
      world.at(START_MS + random.int(150_000, world.weather.weatherMs), "", () => this.act());
  }

  private act(): void {
    const { world, random } = this;
    const repo = random.pick(world.busyRepos);
    const active = world.runs(repo).filter((run) => run.outcome === null);
    const numbers = active.map((run) => run.issue.number).filter((number) => world.issue(repo, number));
    if (numbers.length === 0) return;
    const by = random.weighted([
      ["dev", 4],
      ["lead", 2],
      ["stranger", 2],
    ]);
    this.say(repo, random.pick(numbers), by);
  }

  say(repo: string, number: number, by: string): void {
    const { world } = this;
    const trusted = world.forge.mayPush(repo, by);
    count("fault", trusted ? "people-stop" : "people-stop-as-strangers");
    world.tell(`${by} says /afk stop on ${repo}#${number}`);
    if (trusted) this.touch(repo, number);
    const where = `${repo}#${number}`;
    const at = Math.floor(world.forgeNow() / 1000) * 1000;
    this.said.set(where, [...(this.said.get(where) ?? []), { by, at, trusted }]);
    world.forge.people.comment({ repo, number, by, body: "/afk stop" });
  }

  /** Runs that were ordered to stop, and went on without having heard it: by deliveries that come, from a forge that answers. */
  unheard(repo: string): string[] {
    const { weather, mishaps, crashes } = this.world;
    if (weather.lost > 0 || weather.troubles > 0 || mishaps.forge > 0 || crashes > 0 || this.world.paused.size > 0)
      return [];
    const heardMs = weather.delayMsMax + HEARING_MS;
    return this.world.runs(repo).flatMap((run) => {
      const said = this.saidOf(repo, run).find((one) => one.trusted && one.at >= wishedMs(run));
      const toldAt = (said?.at ?? 0) - weather.forgeAheadMs;
      const wentOn = run.outcome === null || run.outcome.decidedAt > toldAt + heardMs;
      return said && wentOn && run.stop === undefined && run.startedAt < toldAt ? [run.id] : [];
    });
  }

  private saidOf(repo: string, run: Run): Said[] {
    return this.said.get(`${repo}#${run.issue.number}`) ?? [];
  }

  /** Whether somebody who may ordered this run to stop, and not before it was wished for. `who`: he. */
  isOrdered(repo: string, run: Run, who?: string): boolean {
    return this.saidOf(repo, run).some(
      ({ by, at, trusted }) =>
        at >= wishedMs(run) && (trusted || this.world.forge.mayPush(repo, by)) && (who === undefined || who === by),
    );
  }
}

function wishedMs({ labelEvent }: Run): number {
  return Date.parse(labelEvent.ordered?.atIso ?? labelEvent.atIso);
}
