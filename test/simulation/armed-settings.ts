/** The settings an armed world begins with, and the secrets in them. */
import { armedEnv } from "../rehearsal/arm-child.ts";
import type { PlayedForge } from "./forges.ts";
import type { Weather } from "./weather.ts";

export const MODEL = "claudeAgent/claude-sonnet-4-6";
export const WEBHOOK_SECRET = "a simulated webhook secret";
export const TOKENS = {
  forge: "ghp_simulatedsimulatedsimulated0",
  executor: "t3-simulated-token",
  slack: "xoxb-simulated-token",
  ntfy: "tk_simulated",
};
export const SECRETS: readonly string[] = [...Object.values(TOKENS), WEBHOOK_SECRET];

export function armedSettings(played: PlayedForge, weather: Weather, enrolled: string[]): Record<string, string> {
  return armedEnv(
    {
      ...played.settings,
      T3_URL: "http://127.0.0.1:8102",
      T3_TOKEN: TOKENS.executor,
      T3_WORKSPACE_BASE: "/agents",
      SLACK_API_URL: "http://127.0.0.1:8103/api/",
      SLACK_BOT_TOKEN: TOKENS.slack,
      SLACK_CHANNEL: "C0AFK",
      NTFY_URL: "http://127.0.0.1:8104/afk",
      NTFY_TOKEN: TOKENS.ntfy,
      AFK_MODEL: MODEL,
      ...weather.settings,
    },
    enrolled,
  );
}
