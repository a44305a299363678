/** Plays scenarios, some at a time, and says what came of each. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { endsSomehow } from "./endings.ts";
import { type Kill, killAt } from "./kill.ts";
import { alwaysTrue, type Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";

export interface Rehearsal {
  scenarios: Scenario[];
  kill: Kill | null;
  out: string;
  jobs: number;
  say: (line: string) => void;
}

export async function rehearse({
  scenarios,
  kill,
  out,
  jobs,
  say,
}: Rehearsal): Promise<{ passed: number; failed: number }> {
  const waiting = [...scenarios];
  let failed = 0;
  let passed = 0;
  const work = async () => {
    for (let scenario = waiting.shift(); scenario; scenario = waiting.shift()) {
      const lines: string[] = [];
      // Alone, the story is told as it happens; beside others, each story is told whole at its end.
      const tell = jobs === 1 || scenarios.length === 1 ? say : (line: string) => void lines.push(line);
      const why = await playOne(scenario, kill, join(out, "github", scenario.name), tell);
      for (const line of lines) say(line);
      say(why === null ? `PASS github/${scenario.name}` : `FAIL github/${scenario.name}: ${why}`);
      if (why === null) passed++;
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, scenarios.length) }, work));
  return { passed, failed };
}

async function playOne(
  scenario: Scenario,
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
