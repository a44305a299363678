import { describe, expect, it } from "vitest";
import { isSame } from "../../lib/core/same.ts";

describe("two values say the same", () => {
  it.each([
    [1, 1],
    ["a", "a"],
    [null, null],
    [Number.NaN, Number.NaN],
    [[], []],
    [{}, {}],
    [
      { a: 1, b: [{ c: null }] },
      { b: [{ c: null }], a: 1 },
    ],
    [{ a: 1, b: undefined }, { a: 1 }],
  ])("%j and %j", (one, other) => {
    expect(isSame(one, other)).toBe(true);
    expect(isSame(other, one)).toBe(true);
  });

  it.each([
    [1, 2],
    [1, "1"],
    [null, undefined],
    [null, {}],
    [[], {}],
    [[1], [1, 2]],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: 1, b: null }],
    [
      { a: undefined, b: 1 },
      { a: 1, b: undefined },
    ],
    [{ a: { b: [1] } }, { a: { b: [2] } }],
  ])("not %j and %j", (one, other) => {
    expect(isSame(one, other)).toBe(false);
    expect(isSame(other, one)).toBe(false);
  });
});
