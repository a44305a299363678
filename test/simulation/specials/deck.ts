/**
 * Which seeds have a rare weather, and which. Among so many seeds in a row each card is dealt once: however few are
 * played, none is left to luck.
 */
import { Random } from "../random.ts";
import type { SpecialName } from "../specials.ts";

const DECK_SEEDS = 200;

/** How many cards each has, in the order in which they are dealt: one that is added at the end moves none before it,
 * so that two were given their second card there. */
const CARDS: readonly (readonly [SpecialName, number])[] = [
  ["second-thoughts", 1],
  ["answers-lost", 2],
  ["close-refused", 1],
  ["mention-lost", 2],
  ["close-late", 1],
  ["closed-under-way", 1],
  ["few-threads", 1],
  ["quota-spent", 1],
  ["many-repos", 1],
  ["squatted-name", 2],
  ["alarm-dropped", 1],
  ["executor-wedged", 1],
  ["two-loops", 2],
  ["issue-vanishes", 1],
  ["slow-reds", 1],
  ["blockers-unread", 1],
  ["permission-unread", 2],
  ["trunk-unread", 1],
  ["executor-unread", 2],
  ["executor-old", 1],
  ["start-delayed", 4],
  ["fix-delayed", 1],
  ["issue-unread", 1],
  ["repo-unread", 1],
  ["fleet-dies", 2],
  ["frozen", 2],
  ["repaired-on-top", 2],
  ["never-done", 2],
  ["record-behind", 2],
  ["revised", 2],
  ["edited-unseen", 2],
  ["alarm-dropped", 1],
  ["close-late", 1],
  ["misruled", 3],
  ["deploy-page", 5],
  ["deploy-check", 3],
  ["deploy-environment", 1],
  ["evidence", 5],
  ["evidence-unheard", 2],
  ["protected", 2],
  ["protected-pulls", 2],
  ["stricter", 1],
  ["noisy", 1],
  ["no-ci", 1],
  ["red-before", 2],
  ["repair-order", 1],
  ["flaky", 2],
  ["superseded", 1],
  ["spends", 1],
  ["renamed", 2],
  ["mistyped", 1],
  ["fix-unread", 1],
  ["merged-on-top", 1],
  ["merged-red", 1],
  ["stop-unheard", 1],
  ["few-a-day", 1],
  ["executor-replaced", 2],
  ["trunk-behind", 2],
  ["no-ci-pulls", 1],
  ["answer-delayed", 1],
  ["merge-delayed", 1],
  ["fix-unheard", 1],
  ["late-check", 1],
  ["merged-closing", 1],
  ["never-quiet", 1],
];

const DECK = CARDS.flatMap(([name, times]) => Array<SpecialName>(times).fill(name));

/** Null: none. */
export function dealt(seed: number): SpecialName | null {
  const random = new Random(Math.floor(seed / DECK_SEEDS), "deck");
  const places = Array.from({ length: DECK_SEEDS }, (_, place) => place);
  for (const card of DECK) {
    const [place] = places.splice(random.int(0, places.length - 1), 1);
    if (place === seed % DECK_SEEDS) return card;
  }
  return null;
}
