/**
 * A ledger evicted between any two steps goes on. Each story is played whole once, and then once for every gap between
 * two of its steps, with the ledger and the fleet evicted in that gap: all end the same.
 */
import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { KEY, openWorld, type World } from "./world.ts";

const STORIES_MS = 180_000;
/** Seconds between two deeds: longer than any poll and than any read is kept. */
const WHILE = 45;

/** Steps of a story: each delivery, alarm, and deed of a person or agent. In one of its gaps all memory is lost. */
class Steps {
  readonly world: World;
  readonly evictAt: number | null;
  taken = 0;
  /** The first gap worth an eviction: those before it are another story's. */
  from = 0;

  constructor(world: World, evictAt: number | null) {
    this.world = world;
    this.evictAt = evictAt;
  }

  async step<T>(deed: () => T | Promise<T>): Promise<T> {
    const answer = await deed();
    await this.gap();
    return answer;
  }

  /** Time passes, delivery by delivery and alarm by alarm. */
  async later(seconds: number): Promise<void> {
    const { world } = this;
    const deliver = async () => {
      for (let next = world.outbox.shift(); next !== undefined; next = world.outbox.shift()) {
        const delivery = next;
        await this.step(() => world.post(delivery));
      }
    };
    await deliver();
    await world.later(seconds, async () => {
      await this.gap();
      await deliver();
    });
  }

  private async gap(): Promise<void> {
    if (this.taken++ !== this.evictAt) return;
    for (const stub of [() => this.world.ledger(), () => this.world.fleet()]) {
      // Only what runs can be evicted.
      await runInDurableObject(stub(), () => {});
      await evictDurableObject(stub());
    }
  }
}

async function happy(steps: Steps): Promise<void> {
  const { world } = steps;
  await steps.step(() => world.readyIssue());
  await steps.later(WHILE);
  const turn = world.agent.turn();
  const sha = await steps.step(() => world.land(turn));
  await steps.later(WHILE);
  await steps.step(() => turn.complete("Landed."));
  await steps.later(WHILE);
  await steps.step(() => world.ci(sha, "success"));
  await steps.later(WHILE);
}

async function redThenFixed(steps: Steps): Promise<void> {
  const { world } = steps;
  await steps.step(() => world.readyIssue());
  await steps.later(WHILE);
  const first = world.agent.turn();
  const red = await steps.step(() => world.land(first));
  steps.from = steps.taken;
  await steps.step(() => first.complete());
  await steps.step(() => world.ci(red, "failure", "not ok 1 - wobble\n"));
  await steps.later(WHILE);
  const fix = world.agent.turn();
  const green = await steps.step(() => world.landOnly(first, "Steady them better"));
  await steps.step(() => fix.complete());
  await steps.later(WHILE);
  await steps.step(() => world.ci(green, "success"));
  await steps.later(WHILE);
}

/** What is left for people and machines: of commits and requests only how many there are, of times nothing. */
async function ending(world: World): Promise<unknown> {
  const issue = world.on(1);
  const { body } = await world.board(`/api/runs?repo=${KEY}`);
  const { runs } = body as { runs: { state: string; outcome: string; attempts: number }[] };
  const told = {
    state: issue.state,
    labels: world.labels(1),
    comments: world.comments(1),
    turns: world.turns(),
    commands: world.commands(),
    bells: world.bells(),
    boards: world.boards(),
    phone: world.phoneBells(),
    alarm: await world.alarmAt(),
    runs: runs.map(({ state, outcome, attempts }) => ({ state, outcome, attempts })),
  };
  return JSON.parse(JSON.stringify(told).replaceAll(/\b[0-9a-f]{40}\b|\b[0-9a-f]{12}\b/g, "a commit"));
}

describe("evicted in any one gap between two steps", () => {
  it.each([
    ["a run that lands", happy, 15],
    ["a run that is fixed forward", redThenFixed, 20],
  ])(
    "%s ends as if nothing had happened",
    async (_name, story, stepsMin) => {
      const play = async (evictAt: number | null) => {
        await reset();
        const world = openWorld();
        const steps = new Steps(world, evictAt);
        await story(steps);
        return { from: steps.from, taken: steps.taken, ending: await ending(world) };
      };
      const untouched = await play(null);
      expect(untouched.ending).toMatchObject({ state: "closed", labels: [], runs: [{ outcome: "closed" }] });
      expect(untouched.taken).toBeGreaterThanOrEqual(stepsMin);
      for (let gap = untouched.from; gap < untouched.taken; gap++)
        expect((await play(gap)).ending, `evicted after step ${gap + 1}`).toEqual(untouched.ending);
    },
    STORIES_MS,
  );
});
