import { describe, expect, test } from "vitest";
import { emptyFleet } from "../../lib/loop/fleet-book.ts";
import { noteQuota } from "../../lib/loop/fleet-quota.ts";

const T0 = 1_800_000_000_000;
const HOUR = 3_600_000;

describe("quota", () => {
  test.each([
    [51, null],
    [50, T0],
    [0, T0],
  ])("with %d requests left it pauses until %j", (remaining, pausedUntil) => {
    expect(noteQuota(emptyFleet, "github", { remaining, resetAt: T0 }, T0 - HOUR).quota.github).toEqual({
      remaining,
      resetAt: T0,
      pausedUntil,
    });
  });

  test("a later word lifts the pause, and forges do not pause each other", () => {
    const paused = noteQuota(emptyFleet, "github", { remaining: 0, resetAt: T0 }, T0 - HOUR);
    const both = noteQuota(paused, "forgejo", { remaining: 9999, resetAt: T0 }, T0 - HOUR);
    expect(both.quota).toMatchObject({ github: { pausedUntil: T0 }, forgejo: { pausedUntil: null } });
    const lifted = noteQuota(both, "github", { remaining: 5000, resetAt: T0 + HOUR }, T0);
    expect(lifted.quota.github?.pausedUntil).toBeNull();
  });

  test("a reset that is no time is none: older code told it in other words", () => {
    const paused = noteQuota(emptyFleet, "github", { remaining: 0, resetAt: T0 }, T0 - HOUR);
    expect(noteQuota(paused, "github", { remaining: 0, resetAt: Number.NaN }, T0)).toEqual(paused);
  });

  test("a reset far beyond any quota's hour does not pause it for years", () => {
    const far = noteQuota(emptyFleet, "github", { remaining: 0, resetAt: T0 + 30_000 * HOUR }, T0);
    expect(far.quota.github).toMatchObject({ resetAt: T0 + 30_000 * HOUR, pausedUntil: T0 + 2 * HOUR });
  });
});
