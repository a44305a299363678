import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerStanding } from "../../lib/loop/fleet.ts";
import { emptyFleet, type FleetRecord, release, report, reserve, retake, room } from "../../lib/loop/fleet-book.ts";
import { isWaiting, type PlaceWish, type Waiting } from "../../lib/loop/fleet-waiting.ts";

const T0 = 1_800_000_000_000;
const MINUTE = 60_000;
const POLL_MS = 30_000;
/** How long one who asks no more may stand in the way of others. */
const WISH_MS = 120_000;
const LIMITS = { maxRuns: 1, threadsPerHour: 1000, threadsPerDay: 1000, pollMs: POLL_MS };
const FULL = "1 of 1 runs are in flight";
const IN_LINE = "another repo is before it in line for a place";

const of = (repo: string, nth = 0) => ({ runId: `${repo}-${nth}`, repo, identity: `id of ${repo}` });
const standing: LedgerStanding = { inFlight: [], frozen: false, actsPending: 0, oldestActAt: null };
const asks = (record: FleetRecord, repo: string, now: number, limits = LIMITS) => room(record, of(repo), limits, now);
const takes = (record: FleetRecord, repo: string, now: number) => reserve(record, of(repo), LIMITS, now);
const goesOn = (record: FleetRecord, repo: string, now: number) => retake(record, of(repo), LIMITS, now);
const ended = (record: FleetRecord, repo: string) => report(release(record, `${repo}-0`, "used"), repo, standing, T0);
/** `a` holds the one place. */
const taken = takes(emptyFleet, "a", T0)[0];
const waiter = (since: number, wish: PlaceWish = "start", until = since + WISH_MS) => ({ since, wish, until });

describe("whether a place may be taken", () => {
  const free = (waiting: Waiting, places = 1) => ({ record: { ...emptyFleet, waiting }, places });
  test.each<[string, { record: FleetRecord; places: number }, PlaceWish, string | null]>([
    ["it is free, and nobody waits", free({}), "start", null],
    ["it is taken", { record: taken, places: 1 }, "start", FULL],
    ["another waits", free({ b: waiter(T0 - 1) }), "start", IN_LINE],
    ["another waits, and there is one for each", free({ b: waiter(T0 - 1) }, 2), "start", null],
    ["two others wait for two", free({ b: waiter(T0 - 2), c: waiter(T0 - 1) }, 2), "start", IN_LINE],
    ["it has waited longest", free({ b: waiter(T0 - 1), z: waiter(T0 - 2) }), "start", null],
    ["another has waited longer", free({ b: waiter(T0 - 2), z: waiter(T0 - 1) }), "start", IN_LINE],
    ["another came with it", free({ b: waiter(T0 - 1), z: waiter(T0 - 1) }), "start", IN_LINE],
    ["another came with it, behind it by name", free({ zz: waiter(T0 - 1), z: waiter(T0 - 1) }), "start", null],
    ["another's run would go on", free({ b: waiter(T0 - 1, "go on"), z: waiter(T0 - 2) }), "start", IN_LINE],
    ["its own run would go on", free({ b: waiter(T0 - 9) }), "go on", null],
    ["another's run has waited longer to go on", free({ b: waiter(T0 - 9, "go on") }), "go on", IN_LINE],
    ["another asks no more", free({ b: waiter(T0 - 9, "go on", T0) }), "start", null],
    ["another will ask no more in a moment", free({ b: waiter(T0 - 9, "start", T0 + 1) }), "start", IN_LINE],
    [
      "another that waited holds a place",
      { record: { ...taken, waiting: { a: waiter(T0 - 1) } }, places: 2 },
      "start",
      null,
    ],
  ])("where %s", (_name, { record, places }, wish, reason) => {
    const limits = { ...LIMITS, maxRuns: places };
    const ask = wish === "start" ? room : retake;
    expect(ask(record, of("z"), limits, T0)[1]).toEqual(
      reason === null ? { granted: true } : { granted: false, reason },
    );
  });
});

describe("whoever waits for a place", () => {
  test("is served before the one whose run has just ended", () => {
    const [waiting] = asks(taken, "b", T0 + 1);
    const [freed, refused] = asks(ended(waiting, "a"), "a", T0 + 2);
    expect(refused).toEqual({ granted: false, reason: IN_LINE });
    const [served, granted] = takes(freed, "b", T0 + 3);
    expect(granted).toEqual({ granted: true });
    expect(asks(ended(report(served, "b", standing, T0), "b"), "a", T0 + 4)[1]).toEqual({ granted: true });
  });

  test("to go on, is served before all that would start", () => {
    const [first] = asks(taken, "b", T0 + 1);
    const [both] = goesOn(first, "c", T0 + 2);
    const free = ended(both, "a");
    expect(takes(free, "b", T0 + 3)[1]).toEqual({ granted: false, reason: IN_LINE });
    expect(goesOn(free, "c", T0 + 3)[1]).toEqual({ granted: true });
  });

  test("keeps its place in line from the first time it asked", () => {
    const [b] = asks(taken, "b", T0 + 1);
    const [c] = asks(b, "c", T0 + 2);
    expect(asks(c, "b", T0 + MINUTE)[0].waiting).toEqual({
      b: waiter(T0 + 1, "start", T0 + MINUTE + WISH_MS),
      c: waiter(T0 + 2),
    });
  });

  test("leaves the line once it was told of a place and its look is over, whether it took it or not", () => {
    const free = ended(asks(taken, "b", T0 + 1)[0], "a");
    for (const look of [asks, takes]) {
      const [during] = look(free, "b", T0 + 2);
      expect(report(during, "c", standing, T0 + 3).waiting).toHaveProperty("b");
      expect(report(during, "b", standing, T0 + 3).waiting).toEqual({});
    }
    expect(report(free, "b", standing, T0 + 3).waiting).toHaveProperty("b");
  });

  test("stays in line while its look goes on in another invocation", () => {
    const [during] = asks(ended(asks(taken, "b", T0 + 1)[0], "a"), "b", T0 + 2);
    const goingOn = report(during, "b", { ...standing, goesOn: true }, T0 + 3);
    expect(asks(goingOn, "c", T0 + 3)[1]).toEqual({ granted: false, reason: IN_LINE });
    expect(takes(goingOn, "b", T0 + 4)[1]).toEqual({ granted: true });
  });

  test("leaves the line once it has nothing to start any more, though nobody told it of a place", () => {
    const [waiting] = asks(taken, "b", T0 + 1);
    expect(report(waiting, "b", { ...standing, asksNoMore: true }, T0 + 2).waiting).toEqual({});
    expect(report(waiting, "c", { ...standing, asksNoMore: true }, T0 + 2).waiting).toHaveProperty("b");
  });

  test("is before others still if its claim came to nothing within the look", () => {
    const [claimed] = takes(ended(asks(taken, "b", T0 + 1)[0], "a"), "b", T0 + 2);
    const undone = release(claimed, "b-0", "unused");
    expect(asks(undone, "c", T0 + 3)[1].granted).toBe(false);
    expect(asks(undone, "b", T0 + 3)[1].granted).toBe(true);
  });

  test("but never gets as far as to take it, is in nobody's way for long", () => {
    const free = ended(asks(taken, "b", T0 + 1)[0], "a");
    const [called] = asks(asks(free, "b", T0 + MINUTE)[0], "b", T0 + 2 * MINUTE);
    expect(asks(called, "c", T0 + WISH_MS)[1].granted).toBe(false);
    expect(asks(called, "c", T0 + WISH_MS + 1)[1].granted).toBe(true);
  });

  test("asks as often as its settings say, and its wish stands the longer", () => {
    const slow = { ...LIMITS, pollMs: 5 * MINUTE };
    const [waiting] = asks(taken, "b", T0, slow);
    expect([isWaiting(waiting, "b", T0 + 20 * MINUTE - 1), isWaiting(waiting, "b", T0 + 20 * MINUTE)]).toEqual([
      true,
      false,
    ]);
    const { pollMs: _untold, ...older } = LIMITS;
    expect(room(taken, of("b"), older, T0)[0].waiting).toEqual({ b: waiter(T0) });
  });
});

describe("nobody stands in line", () => {
  test("for want of threads; but whoever does, stays", () => {
    const few = { ...LIMITS, maxRuns: 2, threadsPerHour: 1 };
    const [record, answer] = asks(taken, "b", T0, few);
    expect(answer).toMatchObject({ reason: "1 threads were started in the last hour" });
    expect(record).toBe(taken);
    const [waiting] = asks(taken, "b", T0);
    expect(asks(waiting, "b", T0 + MINUTE, few)[0].waiting).toEqual({ b: waiter(T0, "start", T0 + MINUTE + WISH_MS) });
  });

  test("by another name of a repo in flight", () => {
    const alias = { ...of("a"), repo: "once a" };
    expect(room(taken, alias, LIMITS, T0)[0]).toBe(taken);
    expect(retake(taken, { ...alias, runId: "other" }, LIMITS, T0)[0]).toBe(taken);
  });
});

/**
 * How a repo uses its place. `idle`: it asks, and its look finds that nothing may start; `gone`: it asked, and asks no
 * more, at a time of its own.
 */
type Manner = "works" | "idle" | "gone";

interface Play {
  manners: Manner[];
  places: number;
  /** By round: who asks in what order, and whose run ends after it. */
  rounds: { order: number[]; ends: number[] }[];
}

const ROUNDS = 24;
const play: fc.Arbitrary<Play> = fc.integer({ min: 2, max: 6 }).chain((repos) => {
  const each = fc.nat(repos - 1);
  const order = fc.shuffledSubarray([...Array(repos).keys()], { minLength: repos });
  return fc.record({
    manners: fc.array(fc.constantFrom<Manner>("works", "works", "idle", "gone"), {
      minLength: repos,
      maxLength: repos,
    }),
    places: fc.integer({ min: 1, max: 3 }),
    rounds: fc.array(fc.record({ order, ends: fc.array(each, { maxLength: 2 }) }), {
      minLength: ROUNDS,
      maxLength: ROUNDS,
    }),
  });
});

/** What one round came to. `waiting`: who works, asked in it and has no place, since which round. */
interface Round {
  served: { repo: number; since: number; free: number; waiting: Map<number, number> }[];
  free: number;
  waiting: Map<number, number>;
}

function played({ manners, places, rounds }: Play): Round[] {
  const limits = { ...LIMITS, maxRuns: places };
  let record = emptyFleet;
  let asked = 0;
  const waiting = new Map<number, number>();
  const free = () => places - Object.keys(record.reservations).length;
  const isIn = (repo: number) => record.reservations[`${repo}-0`] !== undefined;
  return rounds.map(({ order, ends }, round) => {
    const served: Round["served"] = [];
    order.forEach((repo, nth) => {
      const now = T0 + round * POLL_MS + nth * 1000;
      const manner = manners[repo];
      asked++;
      if (isIn(repo) || (manner === "gone" && round >= ROUNDS / 4)) return;
      const before = { since: waiting.get(repo) ?? asked, free: free(), waiting: new Map(waiting) };
      let [next, { granted }] = asks(record, `${repo}`, now, limits);
      if (granted && manner === "works") [next, { granted }] = reserve(next, of(`${repo}`), limits, now);
      record = report(next, `${repo}`, standing, now);
      if (manner !== "works") return;
      if (granted) {
        waiting.delete(repo);
        served.push({ repo, ...before });
      } else waiting.set(repo, before.since);
    });
    const end = { served, free: free(), waiting: new Map(waiting) };
    for (const repo of ends) record = release(record, `${repo}-0`, "used");
    return end;
  });
}

describe("whatever is asked, and in which order", () => {
  test("a place is taken by whoever asked first, or there is one for each that asked before", () => {
    fc.assert(
      fc.property(play, (one) => {
        for (const { served } of played(one))
          for (const { since, free, waiting } of served)
            expect([...waiting.values()].filter((other) => other < since).length).toBeLessThan(free);
      }),
    );
  });

  test("no place stays free beside one who asks for it, but for those who gave no notice", () => {
    fc.assert(
      fc.property(play, (one) => {
        const goneForRounds = Math.ceil(WISH_MS / POLL_MS);
        // Each that finds nothing to start gives way within the round in which it is told of the place.
        const most = goneForRounds + one.manners.filter((manner) => manner !== "works").length + 1;
        let idle = 0;
        for (const { free, waiting } of played(one)) {
          idle = free > 0 && waiting.size > 0 ? idle + 1 : 0;
          expect(idle).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  test("where all that ask have something to start, none stays free beyond a round", () => {
    fc.assert(
      fc.property(play, (one) => {
        const manners = one.manners.map((): Manner => "works");
        let idle = 0;
        for (const { free, waiting } of played({ ...one, manners })) {
          idle = free > 0 && waiting.size > 0 ? idle + 1 : 0;
          expect(idle).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
