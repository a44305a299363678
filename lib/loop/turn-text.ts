/** What became of one try to say what a turn says. */
import type { System } from "../core/gates.ts";
import type { Unread } from "../core/types.ts";

/** `unread`: what it waits for is a system that could not be read; null: it was read, and is to change. */
export interface Later {
  type: "later";
  why: string;
  unread: { system: System; auth: boolean } | null;
}

/** `moot`: what it would answer is not so any more, and the turn is as if it had never been decided. */
export type Text =
  | { type: "text"; text: string }
  | { type: "refused"; why: string }
  | Later
  | { type: "moot"; why: string };

export function notYet(system: System, { why, auth }: Unread): Later {
  return { type: "later", why, unread: { system, auth } };
}
