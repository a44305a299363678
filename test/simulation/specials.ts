/**
 * Rare weathers, each made for one promise that common weather seldom touches: the sky is clear but for one thing, and
 * that goes wrong again and again. `special-happenings.ts` plays what is more than a figure.
 */
import type { Character } from "./characters.ts";
import { DELAYED } from "./specials/delayed.ts";
import { DEPLOYS } from "./specials/deploys.ts";
import { EXECUTOR } from "./specials/executor.ts";
import { FORGE } from "./specials/forge.ts";
import { LIMITS } from "./specials/limits.ts";
import { OWN_RULES } from "./specials/own-rules.ts";
import { PEOPLE } from "./specials/people.ts";
import { PLATFORM } from "./specials/platform.ts";
import type { Special } from "./specials/special.ts";
import { TRUNK } from "./specials/trunk.ts";
import { stillWeather, type Weather } from "./weather.ts";

const SPECIALS = {
  ...DELAYED,
  ...DEPLOYS,
  ...EXECUTOR,
  ...FORGE,
  ...LIMITS,
  ...OWN_RULES,
  ...PEOPLE,
  ...PLATFORM,
  ...TRUNK,
};

export type SpecialName = keyof typeof SPECIALS;

export const SPECIAL_NAMES = Object.keys(SPECIALS) as SpecialName[];

export function specialWeather(drawn: Weather, name: SpecialName): Weather {
  const { changes, settings }: Special = SPECIALS[name];
  return {
    ...stillWeather(drawn),
    ciOf: "actions",
    lost: 0,
    delayMsMax: 500,
    latencyMsMax: 200,
    sweepMs: 150_000,
    faults: { forge: 0, executor: 0, slack: 0.1, ntfy: 0.2 },
    special: name,
    ...changes,
    settings: { ...drawn.settings, AFK_THREADS_PER_HOUR: "10", AFK_MAX_RUNS: "3", ...settings },
  };
}

/** Who is at work in it; null: anybody. */
export function agentsOf(name: SpecialName | null): Character[] | null {
  if (name === null) return null;
  const { agents }: Special = SPECIALS[name];
  return agents ?? null;
}
