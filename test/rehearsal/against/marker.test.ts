import { describe, expect, it } from "vitest";
import { bodyOf, isUnderWay, markerIn, newMarker, overBody } from "./marker.ts";

const marker = newMarker({ id: "0f", trunk: "main", base: "abc", labels: ["a --> b", "ü"], until: 1000 });

describe("a rehearsal's note in its issue", () => {
  it("is read back as it was written, whatever stands in it", () => {
    expect(markerIn(`x\r\n${bodyOf(marker)}`)).toEqual(marker);
  });

  it.each([
    ["over", overBody(marker)],
    ["none", "Nothing."],
    ["not understood", "<!-- afk-rehearsal bm8 -->"],
    ["half of one", `<!-- afk-rehearsal ${Buffer.from('{"id":"0f"}').toString("base64url")} -->`],
  ])("is none where it is %s", (_what, body) => {
    expect(markerIn(body)).toBeNull();
  });

  it("tells nobody which machine and which process wrote it", () => {
    expect(marker.machine).toMatch(/^[0-9a-f]{16}$/);
    expect(marker.born).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ["here, and alive", {}, 2000, true],
    ["here, and another by now", { born: "other" }, 500, false],
    ["elsewhere, before its time is over", { machine: "other" }, 999, true],
    ["elsewhere, after that", { machine: "other" }, 1000, false],
  ])("of one begun %s", (_what, change, nowMs, underWay) => {
    expect(isUnderWay({ ...marker, ...change }, nowMs)).toBe(underWay);
  });
});
