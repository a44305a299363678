import { describe, expect, test } from "vitest";
import { afterRead, ofToday, type TokenEnd } from "../../lib/core/token-ends.ts";
import { known, type Reading, unread } from "../../lib/core/types.ts";

const T0 = 1_800_000_000_000;
const DAY = 86_400_000;
const kept: TokenEnd = { readAt: T0, endsAt: T0 + 20 * DAY };

describe("a token's end is read", () => {
  test.each<[string, TokenEnd | undefined, number, boolean]>([
    ["where it never was", undefined, T0, true],
    ["not again at once", kept, T0, false],
    ["not within a day", kept, T0 + DAY - 1, false],
    ["a day later", kept, T0 + DAY, true],
    ["a day later also where none was told", { readAt: T0, endsAt: null }, T0 + DAY, true],
    ["not sooner where none was told", { readAt: T0, endsAt: null }, T0 + DAY - 1, false],
  ])("%s", (_what, before, now, due) => {
    expect(ofToday(before, now)).toBe(due ? null : before);
  });
});

describe("what is kept of it", () => {
  test.each<[string, TokenEnd | undefined, Reading<number | null>, number | null]>([
    ["what was told", undefined, known(T0 + DAY), T0 + DAY],
    ["what is told now, whatever was before", kept, known(T0 + 90 * DAY), T0 + 90 * DAY],
    ["that it does not end", kept, known(null), null],
    ["what was known, where the read failed", kept, unread("503"), kept.endsAt],
    ["nothing, where no read ever succeeded", undefined, unread("503"), null],
  ])("%s", (_what, before, read, endsAt) => {
    // Also a failed read counts as this day's.
    expect(afterRead(before, read, T0 + DAY)).toEqual({ readAt: T0 + DAY, endsAt });
  });
});
