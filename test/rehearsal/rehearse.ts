/** Plays scenarios, some at a time, and says what came of each. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ForgeName } from "../fakes/forge/stand-in.ts";
import { endsSomehow } from "./endings.ts";
import { type Kill, killAt } from "./kill.ts";
import { alwaysTrue, type Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";

/** One scenario on one forge. */
export interface Play {
  forge: ForgeName;
  scenario: Scenario;
}

/** What is played: each scenario on each of the forges where it can be. */
export function playsOf(scenarios: Scenario[], forges: readonly ForgeName[]): Play[] {
  return forges.flatMap((forge) =>
    scenarios.flatMap((scenario) => ((scenario.forges ?? forges).includes(forge) ? [{ forge, scenario }] : [])),
  );
}

export function nameOf({ forge, scenario }: Play): string {
  return `${forge}/${scenario.name}`;
}

export interface Rehearsal {
  plays: Play[];
  kill: Kill | null;
  out: string;
  jobs: number;
  say: (line: string) => void;
}

export async function rehearse({
  plays,
  kill,
  out,
  jobs,
  say,
}: Rehearsal): Promise<{ passed: number; failed: number }> {
  const waiting = [...plays];
  let failed = 0;
  let passed = 0;
  const work = async () => {
    for (let play = waiting.shift(); play; play = waiting.shift()) {
      const lines: string[] = [];
      // Alone, the story is told as it happens; beside others, each story is told whole at its end.
      const tell = jobs === 1 || plays.length === 1 ? say : (line: string) => void lines.push(line);
      const why = await playOne(play, kill, join(out, play.forge, play.scenario.name), tell);
      for (const line of lines) say(line);
      say(why === null ? `PASS ${nameOf(play)}` : `FAIL ${nameOf(play)}: ${why}`);
      if (why === null) passed++;
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, plays.length) }, work));
  return { passed, failed };
}

async function playOne(
  { forge, scenario }: Play,
  kill: Kill | null,
  dir: string,
  say: (line: string) => void,
): Promise<string | null> {
  rmSync(dir, { recursive: true, force: true });
  say(`  ${scenario.name}: ${scenario.shows}`);
  const { agent = "happy", ci, settings, webhooks } = scenario;
  const ended = new AbortController();
  let stage: Stage | null = null;
  try {
    stage = await Stage.open({
      forge,
      dir,
      agent,
      say,
      ...(ci && { ci }),
      ...(settings && { settings }),
      ...(webhooks && { webhooks }),
    });
    const killing = kill ? killAt(stage, kill, ended.signal) : null;
    if (kill?.part === "t3") await endsSomehow(stage, scenario);
    else await scenario.play(stage);
    ended.abort();
    await killing;
    await alwaysTrue(stage, scenario, kill === null ? "exactly" : "at most");
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n").slice(0, 3).join(" ") : String(error);
  } finally {
    ended.abort();
    await stage?.close();
  }
}
