/**
 * How each round kills, dealt rather than drawn, so that a handful of rounds holds every kind of kill: of five, three
 * while an act is at its system and unanswered, one at a label nothing else tells of, and one of any sort.
 *
 *   before its effect ... an act is on its way: it reached its system, which has not done it yet
 *   after its effect .... an act is done, and its answer will never come
 *   once answered ....... an act is done and answered; the ledger may or may not know it yet
 *   at random ........... some time, whatever it is at
 *   a quiet label ....... the very moment a delivery was answered 2xx, in a repo where nothing else tells of it
 */
import type { When } from "./acts-in-flight.ts";
import type { Random } from "./random.ts";

export type Moment = When | "at random" | "a quiet label";

const ANY: readonly [Moment, ...Moment[]] = [
  "before its effect",
  "after its effect",
  "after its effect",
  "once answered",
  "once answered",
  "at random",
];

export function dealMoments(random: Random, rounds: number): Moment[] {
  const moments: Moment[] = [];
  while (moments.length < rounds) {
    const third = random.pick<Moment>(["before its effect", "after its effect"]);
    const hand: Moment[] = ["before its effect", "after its effect", third, "a quiet label", random.pick(ANY)];
    moments.push(...random.shuffled(hand));
  }
  return moments.slice(0, rounds);
}

/** All of them in turn, each time in another order. */
export class Deck<T> {
  private readonly cards: readonly T[];
  private readonly random: Random;
  private left: T[] = [];

  constructor(random: Random, cards: readonly T[]) {
    this.random = random;
    this.cards = cards;
  }

  deal(): T {
    if (this.left.length === 0) this.left = this.random.shuffled(this.cards);
    const card = this.left.pop();
    if (card === undefined) throw new Error("an empty deck");
    return card;
  }
}
