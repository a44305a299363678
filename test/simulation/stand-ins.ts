/** The systems of a seed: its forge, the executor and the two notifiers. */
import { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";
import { FakeSlack } from "../fakes/slack/fake-slack.ts";
import { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { TOKENS, WEBHOOK_SECRET } from "./armed-settings.ts";
import { type PlayedForge, playedForge } from "./forges.ts";
import { READY, US, type World } from "./world.ts";

const keeps = "nothing";

/** The one bot that is trusted is that of this id. */
export function forgeOf(world: World, botId: number): PlayedForge {
  return playedForge(world.weather.forge, {
    now: () => world.forgeNow(),
    git: world.git,
    token: TOKENS.forge,
    login: US,
    secret: WEBHOOK_SECRET,
    ready: READY,
    botId,
    ci: world.weather.ciOf,
    deliver: (delivery) => world.deliveries.send(delivery),
  });
}

export function executorOf(world: World): FakeT3 {
  let uuids = 0;
  const t3 = new FakeT3({
    now: () => world.nowMs + world.weather.executorAheadMs,
    keeps,
    token: TOKENS.executor,
    environmentId: "env-simulated",
    runner: world.agents,
    uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`,
  });
  t3.setReportsTokens(world.weather.spending.reports);
  return t3;
}

export function slackOf(world: World): FakeSlack {
  const channels = [{ id: "C0AFK", name: "afk" }];
  return new FakeSlack({ now: () => world.nowMs, keeps, token: TOKENS.slack, channels });
}

export function ntfyOf(world: World): FakeNtfy {
  return new FakeNtfy({ now: () => world.nowMs, keeps, token: TOKENS.ntfy });
}
