/** What stays of one sweep, and what the next one is told by it. */
import { describe, expect, test } from "vitest";
import { emptyFleet } from "../../lib/loop/fleet-book.ts";
import { pausedUntil } from "../../lib/loop/fleet-quota.ts";
import { noteSweep, type SweepTold } from "../../lib/loop/fleet-swept.ts";

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const told: SweepTold = {
  requests: 7,
  carried: 2,
  cursor: 3,
  quota: {},
  limited: {},
  unfit: {},
  tokens: {},
  hooked: [],
  notifiers: ["ntfy"],
};

describe("a sweep", () => {
  test("leaves when it was, what it read and where the next one begins", () => {
    const { record } = noteSweep(emptyFleet, told, T0);
    expect(record.sweep).toEqual({ lastAt: T0, requests: 7, carried: 2, cursor: 3 });
  });

  test("pauses a forge by its quota or by its word, whichever holds longer", () => {
    const quota = { github: { remaining: 0, resetAt: T0 + MINUTE }, forgejo: { remaining: 0, resetAt: T0 + MINUTE } };
    const { record } = noteSweep(emptyFleet, { ...told, quota, limited: { github: T0 + 2 * MINUTE } }, T0);
    expect([pausedUntil(record, "github"), pausedUntil(record, "forgejo")]).toEqual([T0 + 2 * MINUTE, T0 + MINUTE]);
  });

  test("forgets nothing of a forge that it did not ask", () => {
    const error = { setting: "FORGEJO_URL", reason: "too old" };
    const before = noteSweep(emptyFleet, { ...told, unfit: { forgejo: error } }, T0).record;
    const { record } = noteSweep(before, { ...told, unfit: { github: null } }, T0 + MINUTE);
    expect(record.unfit).toEqual({ forgejo: error, github: null });
  });

  test("that is overdue is told by the time of the one before it, not by its own", () => {
    const first = noteSweep(emptyFleet, told, T0);
    expect(first.rings).toEqual([]);
    const late = noteSweep(first.record, told, T0 + 600 * MINUTE);
    expect(late.rings).toMatchObject([{ key: "sweep", notifier: "ntfy", state: "stands" }]);
  });
});
