import { describe, expect, test } from "vitest";
import { type Pause, pauseWords, stopOf } from "../../lib/core/pause.ts";
import { T0 } from "./kit.ts";

const SINCE = new Date(T0).toISOString();
const byAda: Pause = { at: T0, by: "ada", via: "comment" };
const byOperator: Pause = { at: T0, by: null, via: "api" };

describe("a pause in words", () => {
  test.each<[Pause | null, Pause | null, string | null]>([
    [null, null, null],
    [byAda, null, `paused by ada since ${SINCE}`],
    [byOperator, null, `paused by an operator since ${SINCE}`],
    [null, byOperator, `all repos are paused by an operator since ${SINCE}`],
    [byAda, byOperator, `paused by ada since ${SINCE}`],
  ])("own %j, of all %j: %j", (own, all, words) => {
    expect(pauseWords(own, all)).toBe(words);
  });
});

describe("what stops", () => {
  test.each<[boolean, string | null, ReturnType<typeof stopOf>]>([
    [true, null, null],
    [true, "paused by ada", { code: "paused", why: "paused by ada" }],
    [false, null, { code: "kill_switch" }],
    [false, "paused by ada", { code: "kill_switch" }],
  ])("armed %s, %j", (armed, paused, stop) => {
    expect(stopOf(armed, paused)).toEqual(stop);
  });
});
