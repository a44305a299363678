/** Which second ring a death excuses: the figure `doubled` rests on it. */
import { expect, test } from "vitest";
import { Bells, unexcused } from "./bells.ts";

test.each<[string, { rings: number[]; deaths: number[]; notedAt: number | null }, number]>([
  ["one ring", { rings: [10], deaths: [], notedAt: 12 }, 0],
  ["one ring, then a death", { rings: [10], deaths: [20], notedAt: null }, 0],
  ["a second, and nobody died between", { rings: [10, 30], deaths: [], notedAt: 31 }, 1],
  ["a second, and the death came before both", { rings: [10, 30], deaths: [5], notedAt: 31 }, 1],
  ["a second, and the death came after both", { rings: [10, 30], deaths: [40], notedAt: 31 }, 1],
  ["a second after a death before the note", { rings: [10, 30], deaths: [20], notedAt: 31 }, 0],
  ["a second after a death, noted in the instant it came", { rings: [10, 30], deaths: [20], notedAt: 30 }, 0],
  ["a second after a death, but the first was noted", { rings: [10, 30], deaths: [20], notedAt: 12 }, 1],
  ["a third after a death of its own", { rings: [10, 30, 50], deaths: [20, 40], notedAt: 51 }, 0],
  ["a third on the strength of one death", { rings: [10, 30, 50], deaths: [20], notedAt: 51 }, 1],
  ["a third though the second was noted", { rings: [10, 30, 50], deaths: [20, 40], notedAt: 31 }, 1],
])("%s", (_what, { rings, deaths, notedAt }, found) => {
  expect(unexcused(rings, deaths, notedAt)).toBe(found);
});

test("a bell is an issue's by its whole name", () => {
  const bells = new Bells();
  bells.rings.push(
    { notifier: "ntfy", text: "acme/left#1 A wish", at: 1 },
    { notifier: "ntfy", text: "acme/left#12 A wish", at: 2 },
    { notifier: "slack", text: "acme/left#1 A wish", at: 3 },
    { notifier: "ntfy", text: "acme/left: forge needs a human", at: 4 },
  );
  expect(bells.of("ntfy", "acme/left#1")).toEqual([1]);
});
