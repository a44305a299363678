/** What a sweep wakes without a read, what it wakes after one, and which bells it has room for. */
import { describe, expect, it, test } from "vitest";
import { known, unread } from "../../lib/core/types.ts";
import { emptyFleet, type FleetRecord } from "../../lib/loop/fleet-book.ts";
import { SharedTroubles } from "../../lib/loop/shared-troubles.ts";
import {
  inFlight,
  isLeftAlone,
  mustWake,
  READS_MS_MAX,
  REQUESTS_MAX,
  readsOn,
  ringsNow,
} from "../../lib/loop/sweep-plan.ts";

const KEY = "github:octo/widgets";
const REPO = { forge: "github", owner: "octo", name: "widgets" } as const;

type Standing = FleetRecord["standings"][string];

const aStanding = (over: Partial<Standing> = {}): Standing => ({
  inFlight: [],
  frozen: false,
  refused: 0,
  actsPending: 0,
  oldestActAt: null,
  ...over,
});

describe("woken without a read", () => {
  const holder = { runId: "r", repo: KEY, identity: "github:1" };

  test.each<[string, boolean, Partial<FleetRecord>]>([
    ["nothing known of it", false, {}],
    ["a place taken for it", true, { reservations: { r: { ...holder, at: 0, confirmed: false } } }],
    ["a run in flight", true, { standings: { [KEY]: aStanding({ inFlight: [holder] }) } }],
    ["one that waits for people", true, { standings: { [KEY]: aStanding({ waiting: 1 }) } }],
    ["an act that is owed", true, { standings: { [KEY]: aStanding({ actsPending: 1 }) } }],
    ["records that cannot be read", true, { held: { [KEY]: "a newer record" } }],
    ["frozen and refused alone", false, { standings: { [KEY]: aStanding({ frozen: true, refused: 2 }) } }],
  ])("%s: %s", (_, wakes, over) => {
    expect([...inFlight({ ...emptyFleet, ...over })]).toEqual(wakes ? [KEY] : []);
  });
});

test.each([
  ["the first, however late", 0, 0, READS_MS_MAX, true],
  ["another one in time", 9, REQUESTS_MAX - 1, READS_MS_MAX - 1, true],
  ["none past the time", 1, 1, READS_MS_MAX, false],
  ["none past the requests", 1, REQUESTS_MAX, 0, false],
])("of the idle repos is read %s", (_, looked, requests, elapsedMs, reads) => {
  expect(readsOn(looked, requests, elapsedMs)).toBe(reads);
});

test.each<[string, Partial<FleetRecord>, number | undefined, boolean]>([
  ["one that said nothing", {}, undefined, false],
  ["one that limits us", { limited: { github: 101 } }, undefined, true],
  ["one whose limit is over", { limited: { github: 100 } }, undefined, false],
  ["another's limit", { limited: { forgejo: 101 } }, undefined, false],
  ["one that limited us just now", {}, 101, true],
  ["one that limits us longer than it said just now", { limited: { github: 101 } }, 100, true],
  ["a spent quota", { quota: { github: { remaining: 0, resetAt: 101, pausedUntil: 101 } } }, undefined, true],
])("a forge is left alone: %s", (_, over, toldUntil, isLeft) => {
  expect(isLeftAlone("github", { ...emptyFleet, ...over }, toldUntil, 100)).toBe(isLeft);
});

describe("an idle repo whose list was read", () => {
  const down = { ...unread("502 (GET /issues)"), everywhere: true as const };
  const ready = { id: "1", number: 1, labels: [] };

  test.each<[string, boolean, Parameters<typeof mustWake>[1], Standing | undefined]>([
    ["nothing ready", false, known([]), undefined],
    ["nothing ready, at rest", false, known([]), aStanding()],
    ["something ready", true, known([ready]), undefined],
    ["something refused before", true, known([]), aStanding({ refused: 1 })],
    ["a trouble that may be over", true, known([]), aStanding({ troubled: "502" })],
    ["unread, and its own trouble", true, unread("404 (GET /issues)"), undefined],
    ["unread, and everybody's", true, down, undefined],
  ])("%s: %s", (_, wakes, candidates, standing) => {
    expect(mustWake(REPO, candidates, standing, new SharedTroubles([KEY], { standings: {} }))).toBe(wakes);
  });

  it("is not woken for a trouble that another repo of its owner tells", () => {
    const troubles = new SharedTroubles([KEY, "github:octo/gadgets"], { standings: {} });
    expect(mustWake({ ...REPO, name: "gadgets" }, down, undefined, troubles)).toBe(true);
    expect(mustWake(REPO, down, undefined, troubles)).toBe(false);
  });
});

describe("the bells of a sweep", () => {
  test.each<[number, number[]]>([
    [0, [1, 2, 3, 4, 5]],
    [36, [1, 2, 3, 4]],
    [41, [1, 2]],
    [44, [1]],
    [100, [1]],
  ])("after %i requests", (requests, rung) => {
    expect(ringsNow([1, 2, 3, 4, 5], requests, 0)).toEqual(rung);
  });

  it("begin with another each minute, so that each has its turn", () => {
    const begin = [0, 1, 2, 3].map((minute) => ringsNow(["a", "b", "c"], 44, minute * 60_000));
    expect(begin).toEqual([["a"], ["b"], ["c"], ["a"]]);
    expect(ringsNow([], 0, 0)).toEqual([]);
  });
});
