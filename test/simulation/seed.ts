/** One seed: weather, then a calm, then the verdict. */

import { checkAftermath } from "./aftermath.ts";
import { Agents } from "./agents.ts";
import { MODEL } from "./armed-settings.ts";
import { charactersOf } from "./characters.ts";
import { Ci } from "./ci.ts";
import { simulated } from "./clock.ts";
import { count } from "./coverage.ts";
import { checkEnding } from "./ending.ts";
import { People } from "./people.ts";
import { Random } from "./random.ts";
import { restless } from "./restless.ts";
import { Rules, type Violation } from "./rules.ts";
import { countSpending } from "./spending.ts";
import { Spinning, START_MS, World } from "./world.ts";

const CALM_MS_MAX = 4 * 3600_000;
/** In no step with the sweeps: a repo just woken is not restless. */
const LOOK_MS = 97_000;

export interface SeedResult {
  seed: number;
  violations: Violation[];
  unsettled: string[];
  reconciles: number;
  repos: number;
  issues: number;
  crashes: number;
  story: string[];
}

export async function playSeed(seed: number): Promise<SeedResult> {
  const world = new World(seed);
  return simulated(
    {
      now: () => world.nowMs,
      random: () => world.chance(),
      fetch: (request) => world.traffic.fetch(request),
      say: (line) => world.heard(line),
    },
    () => play(world, seed),
  );
}

async function play(world: World, seed: number): Promise<SeedResult> {
  const rules = new Rules(world);
  const ci = new Ci(world);
  new Agents(world, ci, charactersOf(world));
  const people = new People(world, ci, new Random(seed, "people"));
  count("fault", `plays-${world.weather.forge}`);
  countSpending(world.weather.spending);
  world.tell(`weather: ${JSON.stringify(world.weather)}`);
  await people.populate();
  scheduleSweep(world, rules, new Random(seed, "sweeps"));
  let open = ["not looked yet"];
  try {
    await world.agenda.runUntil(START_MS + world.weather.weatherMs);
    calm(world);
    const until = world.nowMs + CALM_MS_MAX;
    while (open.length > 0 && world.nowMs < until) {
      await world.agenda.runUntil(world.nowMs + LOOK_MS);
      open = restless(world, rules);
    }
    checkEnding(world, rules, people);
    checkAftermath(world, rules);
    rules.silence.check();
    rules.bells.check();
    const [wrong] = world.forge.violations;
    if (wrong !== undefined) throw new Error(wrong);
  } catch (error) {
    if (!(error instanceof Spinning)) throw error;
    rules.broken(10, `the loop spins: ${world.reconciles} reconciles`);
    open = [];
  }
  for (const one of open) world.tell(`!!    UNSETTLED: ${one}`);
  const { story, reconciles, crashes, repoNames } = world;
  const issues = repoNames.reduce((sum, name) => sum + world.forge.issues(name).length, 0);
  const { violations } = rules;
  return { seed, violations, unsettled: open, reconciles, repos: repoNames.length, issues, crashes, story };
}

function calm(world: World): void {
  world.tell("the weather is over");
  world.stormy = false;
  world.calmSince = world.nowMs;
  world.outages.clear();
  world.t3.setWedged(false);
  world.forge.quota?.refill();
  world.hidden.clear();
  world.renaming.calm();
  world.set({ AFK_KILL_SWITCH: "false", AFK_MODEL: MODEL });
  world.t3.setVersion(null);
  world.set({ AFK_POLL_SECONDS: "90" });
  world.enrolAll();
}

function scheduleSweep(world: World, rules: Rules, random: Random): void {
  world.after(
    world.weather.sweepMs,
    "",
    async () => {
      scheduleSweep(world, rules, random);
      if (world.stormy && random.chance(world.weather.sweepMissed)) return count("fault", "sweep-missed");
      rules.madeGood.beforeSweep();
      await world.sweep();
    },
    "aside",
  );
}
