/** Kills one part of the stage when the run reaches a point, and brings it back two seconds later. */
import { setTimeout as sleep } from "node:timers/promises";
import { landings } from "./scenario.ts";
import type { Stage } from "./stage.ts";

const PARTS = ["forge", "ci", "t3", "slack", "ntfy", "worker"] as const;
const POINTS = ["claim", "turn", "push", "close"] as const;
const AWAY_MS = 2000;
const LOOK_MS = 10;

export interface Kill {
  part: (typeof PARTS)[number];
  point: (typeof POINTS)[number];
}

export function parseKill(text: string): Kill | { reason: string } {
  const [name, at = "claim"] = text.split("@");
  const part = PARTS.find((one) => one === name);
  const point = POINTS.find((one) => one === at);
  if (!part) return { reason: `${JSON.stringify(name)} is not one of ${PARTS.join(", ")}` };
  if (!point) return { reason: `${JSON.stringify(at)} is not one of ${POINTS.join(", ")}` };
  return { part, point };
}

/** Waits for the point, kills, waits, brings back. Gives up quietly when the scenario ends first. */
export async function killAt(stage: Stage, { part, point }: Kill, ended: AbortSignal): Promise<void> {
  while (!reached(stage, point)) {
    if (ended.aborted) return;
    await sleep(LOOK_MS);
  }
  stage.say(`  (${part} is killed at ${point})`);
  await kills[part](stage);
  await sleep(AWAY_MS);
  await revives[part](stage);
  stage.say(`  (${part} is back)`);
}

function reached(stage: Stage, point: Kill["point"]): boolean {
  switch (point) {
    case "claim":
      return stage.asked("POST", /issues\/\d+\/labels$/) > 0;
    case "turn":
      return stage.turns().length > 0;
    case "push":
      return landings(stage) > 0;
    case "close":
      return stage.standIn.log.some((one) => one.method === "PATCH" && /issues\/\d+$/.test(one.path));
    default:
      return point satisfies never;
  }
}

const kills: Record<Kill["part"], (stage: Stage) => Promise<void> | void> = {
  // A CI that cannot report runs its job again when it can.
  forge: (stage) => {
    stage.ci.kill();
    return stage.forge.kill();
  },
  ci: (stage) => stage.ci.kill(),
  t3: (stage) => stage.t3.kill(),
  slack: (stage) => stage.slack.kill(),
  ntfy: (stage) => stage.ntfy.kill(),
  // The launcher brings it back by itself.
  worker: (stage) => stage.loop.killWorkerd(),
};

const revives: Record<Kill["part"], (stage: Stage) => unknown> = {
  forge: async (stage) => {
    await stage.forge.restart();
    stage.ci.restart();
  },
  ci: (stage) => stage.ci.restart(),
  t3: (stage) => stage.t3.restart(),
  slack: (stage) => stage.slack.listen(),
  ntfy: (stage) => stage.ntfy.listen(),
  worker: () => {},
};
