/** Who agents are, good and bad, and how often each is met. */
import { agentsOf } from "./specials.ts";
import type { World } from "./world.ts";

export type Character =
  | "happy"
  | "red-then-green"
  | "always-red"
  | "no-push"
  | "asks-once"
  | "asks-twice"
  | "approval"
  | "silent"
  | "deaf"
  | "cannot-start"
  | "pushes-late"
  | "pushes-twice"
  | "goes-on"
  | "works-long"
  | "works-through"
  | "keyword"
  | "crashes"
  | "errs"
  | "crashes-after-push"
  | "gives-up-on-red"
  | "leaves-background"
  | "fast-forwards"
  // Where changes land by pull request:
  | "opens-itself"
  | "keyword-in-pull"
  | "only-words"
  | "breaks-anew"
  | "never-updates";

export const CHARACTERS: readonly (readonly [Character, number])[] = [
  ["happy", 8],
  ["red-then-green", 5],
  ["always-red", 3],
  ["no-push", 2],
  ["asks-once", 2],
  ["asks-twice", 2],
  ["approval", 1],
  ["silent", 1],
  ["deaf", 1],
  ["cannot-start", 1],
  ["pushes-late", 2],
  ["pushes-twice", 2],
  ["goes-on", 2],
  ["works-long", 1],
  ["keyword", 2],
  ["crashes", 1],
  ["errs", 1],
  ["crashes-after-push", 1],
  ["gives-up-on-red", 1],
  ["leaves-background", 1],
  ["fast-forwards", 1],
];

/** Where changes land by pull request. */
export const PROPOSERS: readonly (readonly [Character, number])[] = [
  ["happy", 8],
  ["red-then-green", 3],
  ["always-red", 2],
  ["no-push", 1],
  ["asks-once", 1],
  ["silent", 0.5],
  ["pushes-late", 2],
  ["pushes-twice", 2],
  ["goes-on", 1],
  ["crashes", 0.5],
  ["crashes-after-push", 1],
  ["gives-up-on-red", 1],
  ["leaves-background", 0.5],
  ["opens-itself", 3],
  ["keyword-in-pull", 1.5],
  ["only-words", 3],
  ["breaks-anew", 2],
  ["never-updates", 1.5],
];

/** Who may be met in this seed. */
export function charactersOf(world: World): readonly (readonly [Character, number])[] {
  const chosen = agentsOf(world.weather.special);
  const common = world.weather.pulls === null ? CHARACTERS : PROPOSERS;
  return chosen?.map((character) => [character, 1] as const) ?? common;
}
