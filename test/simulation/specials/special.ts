/** What a rare weather is made of: a clear sky, and what it changes in it. Here is also what many of them share. */
import type { Character } from "../characters.ts";
import type { PullWeather } from "../landing.ts";
import type { Weather } from "../weather.ts";

export interface Special {
  changes?: Partial<Omit<Weather, "settings" | "special">>;
  settings?: Record<string, string>;
  /** Drawn evenly; unset: any. */
  agents?: Character[];
}

export const ONE_REPO = { repos: 1, issues: 2, weatherMs: 720_000 };
export const TWO_REPOS = { repos: 2, issues: 3, weatherMs: 720_000 };

/** Nothing is demanded of a pull request, and people see to it late. */
export const UNRULED: PullWeather = {
  rules: null,
  methods: ["merge", "squash", "rebase"],
  everySecondsMax: 40,
  deeds: 0.1,
  patienceMs: 60_000,
  insists: 0,
  raced: 0,
  redOnTrunk: 0,
};

/** Time enough for whatever goes wrong. */
export const LONG_RUN = { AFK_RUN_MAX_SECONDS: "900", AFK_POLL_SECONDS: "90" };

/** The loop may merge pull requests, where changes land by them. */
export const MAY_MERGE = { ...LONG_RUN, AFK_MERGE: "when-green", AFK_MAX_OPEN_PULLS: "3" };

/** Time enough for so many answers to a red. */
export function fixes(attempts: number): Record<string, string> {
  return {
    ...LONG_RUN,
    AFK_FIX_FORWARD_MAX_ATTEMPTS: String(attempts),
    AFK_FIX_FORWARD_MAX_SECONDS: "1200",
  };
}
