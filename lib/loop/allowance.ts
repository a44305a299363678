/**
 * How far one invocation goes. Cloudflare's smallest plan gives it 50 outbound requests and throws at the next, which
 * looks like a fault of whoever was asked. So nothing is begun that may not fit: it is left to another invocation, which
 * comes at once. What is begun before anything was asked always fits, so that each invocation gets on. Not counted on
 * are more pages of one record than two, and how far a frozen repo's commits are followed (`thaw.ts`). Pure.
 */
import type { Deed } from "../core/acts.ts";

/** Two less than the platform's, for a record that has a page more than most. */
export const REQUESTS_MAX = 48;

/** What each asks at most, as counted on both forges. */
export const REQUESTS = {
  /** A comment, and what it orders. */
  comment: 12,
  /** Every gate of one issue, for whoever asks why. */
  why: REQUESTS_MAX,
  look: 25,
  /** An issue that carries the ready label, of which no other is named as its blocker. */
  candidate: 20,
  /** Of these, what comes once the issue itself is read, its own blockers apart. */
  candidateOnceRead: 15,
  /** Whose wish it is. */
  wish: 7,
  /** The gates of the whole repo, and one candidate. */
  poll: 28,
} as const;

/** The gates anew, with as many blockers as an issue may name. */
const FIRST_TURN = 41;
/** What has landed is judged anew, or the words of people or of a log are read. */
const DECIDED_ANEW = 25;
/** In a repo that was renamed each read is asked twice: it answers with a redirect. */
const ACT = 13;

export function fits(asked: number, cost: number): boolean {
  return asked === 0 || asked + cost <= REQUESTS_MAX;
}

export function requestsOf(deed: Deed): number {
  if (deed.type === "start_turn") return deed.turn === 1 ? FIRST_TURN : DECIDED_ANEW;
  return deed.type === "merge" ? DECIDED_ANEW : ACT;
}
