import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counted, emptyTally } from "../../lib/core/tally.ts";
import type { LedgerStanding } from "../../lib/loop/fleet.ts";
import {
  confirm,
  emptyFleet,
  type FleetRecord,
  noteNotices,
  noteRung,
  noteTally,
  RESERVATION_UNCONFIRMED_MS,
  release,
  report,
  reserve,
  room,
  sums,
  unconfirmed,
} from "../../lib/loop/fleet-book.ts";

const T0 = 1_800_000_000_000;
const HOUR = 3_600_000;
const LIMITS = { maxRuns: 3, threadsPerHour: 4, threadsPerDay: 6 };
const one = (number: number, repo = `github:acme/app-${number}`) => ({
  runId: `run-${number}`,
  repo,
  identity: `github:${number}`,
});
const standing = (...inFlight: LedgerStanding["inFlight"]): LedgerStanding => ({
  inFlight,
  frozen: false,
  actsPending: 0,
  oldestActAt: null,
});
const after = (record: FleetRecord, number: number, now = T0) => reserve(record, one(number), LIMITS, now)[0];
const roomOf = (...asked: Parameters<typeof room>) => room(...asked)[1];
const ids = (record: FleetRecord) => Object.keys(record.reservations);

describe("a reservation", () => {
  test("is entered under its run, unconfirmed, and counts a thread", () => {
    const [record, answer] = reserve(emptyFleet, one(1), LIMITS, T0);
    expect(answer).toEqual({ granted: true });
    expect(record.reservations).toEqual({ "run-1": { ...one(1), at: T0, confirmed: false } });
    expect(record.threads).toEqual([{ runId: "run-1", at: T0 }]);
    expect(emptyFleet.reservations).toEqual({});
  });

  test("asked again under its id is granted again, and counts nothing twice", () => {
    const full = [1, 2, 3].reduce((record, number) => after(record, number), emptyFleet);
    const [record, answer] = reserve(full, one(2), LIMITS, T0 + 5);
    expect(answer).toEqual({ granted: true });
    expect(record).toBe(full);
  });

  test("room is told without taking it", () => {
    expect(roomOf(emptyFleet, one(1), LIMITS, T0)).toEqual({ granted: true });
    expect(room(emptyFleet, one(1), LIMITS, T0)[0]).toBe(emptyFleet);
  });

  test("runs in all are limited", () => {
    const full = [1, 2, 3].reduce((record, number) => after(record, number), emptyFleet);
    const [record, answer] = reserve(full, one(4), LIMITS, T0);
    expect(answer).toEqual({ granted: false, reason: "3 of 3 runs are in flight" });
    expect(record).toMatchObject({ reservations: full.reservations, threads: full.threads });
    expect(roomOf(release(full, "run-1", "used"), one(4), LIMITS, T0)).toEqual({ granted: true });
    expect(roomOf(emptyFleet, one(1), { ...LIMITS, maxRuns: 0 }, T0).granted).toBe(false);
  });

  test("two names of one repo are one repo", () => {
    const record = after(emptyFleet, 1);
    const alias = { ...one(1, "github:acme/renamed"), runId: "run-9" };
    expect(reserve(record, alias, LIMITS, T0)[1]).toEqual({
      granted: false,
      reason: "the same repo is in flight as github:acme/app-1",
    });
    expect(roomOf(record, { ...one(1), identity: "forgejo:1" }, LIMITS, T0).granted).toBe(true);
  });

  test("threads of the last hour are limited, to the millisecond", () => {
    const threads = [1, 2, 3, 4].map((number) => ({ runId: `old-${number}`, at: T0 }));
    const record = { ...emptyFleet, threads };
    expect(roomOf(record, one(5), LIMITS, T0 + HOUR - 1)).toEqual({
      granted: false,
      reason: "4 threads were started in the last hour",
    });
    expect(roomOf(record, one(5), LIMITS, T0 + HOUR)).toEqual({ granted: true });
  });

  test("threads of the last day are limited, to the millisecond", () => {
    const threads = [1, 2, 3, 4, 5, 6].map((number) => ({ runId: `old-${number}`, at: T0 }));
    const record = { ...emptyFleet, threads };
    expect(roomOf(record, one(7), LIMITS, T0 + 24 * HOUR - 1)).toEqual({
      granted: false,
      reason: "6 threads were started in the last day",
    });
    expect(roomOf(record, one(7), LIMITS, T0 + 24 * HOUR)).toEqual({ granted: true });
    expect(reserve(record, one(7), LIMITS, T0 + 24 * HOUR)[0].threads).toHaveLength(1);
  });

  test("never more runs or threads than the limits allow, whatever is asked and released", () => {
    const step = fc.record({ run: fc.nat(9), release: fc.boolean(), used: fc.boolean(), waitedMs: fc.nat(HOUR) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let record = emptyFleet;
        let now = T0;
        for (const { run, release: leave, used, waitedMs } of steps) {
          now += waitedMs;
          record = leave
            ? release(record, `run-${run}`, used ? "used" : "unused")
            : reserve(record, one(run), LIMITS, now)[0];
          expect(ids(record).length).toBeLessThanOrEqual(LIMITS.maxRuns);
          expect(record.threads.filter(({ at }) => at > now - HOUR).length).toBeLessThanOrEqual(LIMITS.threadsPerHour);
          expect(record.threads.filter(({ at }) => at > now - 24 * HOUR).length).toBeLessThanOrEqual(
            LIMITS.threadsPerDay,
          );
        }
      }),
    );
  });
});

describe("release", () => {
  test("frees the run; a thread that was never made is not counted", () => {
    const record = after(after(emptyFleet, 1), 2);
    expect(release(record, "run-1", "used")).toMatchObject({ threads: record.threads });
    expect(ids(release(record, "run-1", "used"))).toEqual(["run-2"]);
    expect(release(record, "run-1", "unused").threads.map(({ runId }) => runId)).toEqual(["run-2"]);
    expect(release(record, "nobody", "used")).toEqual(record);
  });
});

describe("what a ledger says", () => {
  test("confirms a reservation, keeping when it was made", () => {
    const record = confirm(after(emptyFleet, 1), one(1), T0 + 9);
    expect(record.reservations["run-1"]).toEqual({ ...one(1), at: T0, confirmed: true });
    expect(confirm(record, one(1), T0 + 99)).toBe(record);
  });

  test("enters a run the fleet had lost, whatever the limits", () => {
    const full = [1, 2, 3].reduce((record, number) => after(record, number), emptyFleet);
    const record = report(full, one(4).repo, standing(one(4)), T0);
    expect(ids(record)).toEqual(["run-1", "run-2", "run-3", "run-4"]);
    expect(record.reservations["run-4"]).toMatchObject({ confirmed: true, at: T0 });
    expect(record.standings[one(4).repo]).toEqual(standing(one(4)));
  });

  test("drops what it confirmed before and names no more, of its own repo only", () => {
    const held = [1, 2].reduce((record, number) => confirm(record, one(number), T0), emptyFleet);
    expect(ids(report(held, one(1).repo, standing(), T0))).toEqual(["run-2"]);
    expect(ids(report(held, "github:acme/else", standing(), T0))).toEqual(["run-1", "run-2"]);
  });

  test("leaves a reservation it has not confirmed yet: its claim may be under way", () => {
    expect(ids(report(after(emptyFleet, 1), one(1).repo, standing(), T0))).toEqual(["run-1"]);
  });
});

describe("unconfirmed reservations", () => {
  test("are old a moment past the minute, confirmed ones never", () => {
    const record = confirm(after(after(emptyFleet, 1), 2), one(2), T0);
    expect(unconfirmed(record, T0 + RESERVATION_UNCONFIRMED_MS)).toEqual([]);
    expect(unconfirmed(record, T0 + RESERVATION_UNCONFIRMED_MS + 1).map(({ runId }) => runId)).toEqual(["run-1"]);
  });
});

describe("what is told of the fleet", () => {
  test("a report that counted nothing changes nothing, and one that did is added", () => {
    expect(noteTally(emptyFleet, null)).toBe(emptyFleet);
    const once = counted(emptyTally, { type: "attempts", times: 2 });
    expect(noteTally(noteTally(emptyFleet, once), once).tally).toEqual({ ...emptyTally, attempts: 4 });
  });

  test("the sums of all standings, with the oldest act of any", () => {
    const held = report(emptyFleet, one(1).repo, { ...standing(one(1)), actsPending: 2, oldestActAt: T0 }, T0);
    const both = report(held, one(2).repo, { ...standing(), waiting: 1, frozen: true, oldestActAt: T0 - HOUR }, T0);
    const enrolled = [one(1).repo, one(2).repo];
    expect(sums(both, enrolled)).toEqual({
      inFlight: 2,
      frozenRepos: 1,
      pausedRepos: 0,
      actsPending: 2,
      oldestActAt: T0 - HOUR,
    });
    expect(sums(emptyFleet, enrolled)).toEqual({
      inFlight: 0,
      frozenRepos: 0,
      pausedRepos: 0,
      actsPending: 0,
      oldestActAt: null,
    });
  });

  test("a repo that is on the list no more is neither frozen nor paused; its runs and acts still count", () => {
    const told = { ...standing(one(1)), waiting: 1, frozen: true, paused: true as const };
    const record = report(emptyFleet, one(1).repo, { ...told, actsPending: 2, oldestActAt: T0 }, T0);
    const counted = { inFlight: 2, actsPending: 2, oldestActAt: T0 };
    expect(sums(record, [one(1).repo])).toEqual({ ...counted, frozenRepos: 1, pausedRepos: 1 });
    expect(sums(record, [one(2).repo])).toEqual({ ...counted, frozenRepos: 0, pausedRepos: 0 });
  });

  test("what is owed is kept until it was rung, and a record of older code owes nothing", () => {
    const late = { sweptAt: T0 - HOUR, hooked: [], notifiers: ["ntfy"] };
    const { record, rings } = noteNotices(emptyFleet, late, T0);
    expect(rings).toMatchObject([{ key: "sweep", notifier: "ntfy", state: "stands" }]);
    expect(noteNotices(record, late, T0).rings).toEqual(rings);
    const bells = rings.map((ring) => ({ ring, end: "heard" as const }));
    expect(noteNotices(noteRung(record, bells), late, T0).rings).toEqual([]);
    expect(noteRung(emptyFleet, bells).notices).toEqual({});
  });
});
