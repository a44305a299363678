/** Enough kills fall while an act is pending, whatever the seed: dealt, not hoped for. */
import { expect, test } from "vitest";
import { Deck, dealMoments } from "./deck.ts";
import { Random } from "./random.ts";

const PENDING = ["before its effect", "after its effect"];
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

test.each([5, 50])(
  "of %i rounds three fifths and more kill an act at its system, before and after its effect",
  (rounds) => {
    for (const seed of SEEDS) {
      const moments = dealMoments(new Random(seed), rounds);
      expect(moments).toHaveLength(rounds);
      expect(moments.filter((moment) => PENDING.includes(moment)).length).toBeGreaterThanOrEqual(rounds * 0.6);
      for (const moment of [...PENDING, "a quiet label"]) expect(moments).toContain(moment);
    }
  },
);

test("a deck deals each card once before any comes again", () => {
  for (const seed of SEEDS) {
    const deck = new Deck(new Random(seed), ["a", "b", "c"]);
    for (let turn = 0; turn < 3; turn++)
      expect([deck.deal(), deck.deal(), deck.deal()].sort()).toEqual(["a", "b", "c"]);
  }
});
