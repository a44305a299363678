/** The fleet's book-keeping, as pure functions over its one record. */
import type { SettingError } from "../core/config.ts";
import type { Disk } from "../core/disk.ts";
import { type KeptNotices, notices, type Ring, rung } from "../core/notices.ts";
import type { Pause } from "../core/pause.ts";
import type { Quota } from "../core/quota.ts";
import { added, type Tally } from "../core/tally.ts";
import type { TokenEnds } from "../core/token-ends.ts";
import type { FleetLimits, LedgerStanding, Reservation, Reserved } from "./fleet.ts";
import { called, isWaiting, looked, type PlaceWish, placeFor, type Waiting, waits } from "./fleet-waiting.ts";
import { migrated } from "./migrations.ts";

export interface FleetRecord {
  v: 1;
  /** By run id. `at`: when it was entered; `confirmed`: its ledger has the run. */
  reservations: Record<string, Reservation & { at: number; confirmed: boolean }>;
  /** When threads were started, newest last; a day's worth. */
  threads: { runId: string; at: number }[];
  /** Who waits for a place. Absent in records of older code: nobody did. */
  waiting?: Waiting;
  standings: Record<string, LedgerStanding>;
  /** `limit` is absent where it was not told, and in records of older code. */
  quota: Record<string, Quota & { pausedUntil: number | null }>;
  /** By forge: until when it wants to be left alone. Absent in records of older code. */
  limited?: Record<string, number>;
  sweep: { lastAt: number | null; requests: number; carried: number; cursor: number };
  /** By forge: why its server cannot be served, when the last sweep asked. Absent in records of older code. */
  unfit?: Record<string, SettingError | null>;
  /** By repo: which of its records cannot be read, and what to do. Absent in records of older code. */
  held?: Record<string, string>;
  /** See `tally` for why it is here. Absent in records of older code: nothing was counted. */
  tally?: Tally;
  /** Things that end quietly; see `notices`. Absent in records of older code. */
  notices?: KeptNotices;
  tokens?: TokenEnds;
  /** Of a self-hosted state. Absent: nobody told. */
  disk?: Disk;
  /** Of all repos. Absent: there is none. */
  paused?: Pause;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A reservation its ledger does not confirm as a stored run by then is dropped by the next sweep. */
export const RESERVATION_UNCONFIRMED_MS = 60_000;

export const emptyFleet: FleetRecord = {
  v: 1,
  reservations: {},
  threads: [],
  standings: {},
  quota: {},
  sweep: { lastAt: null, requests: 0, carried: 0, cursor: 0 },
};

/** Null: nothing is stored yet. Throws for one of a newer version. */
export function parseFleet(stored: unknown): FleetRecord | null {
  return stored === undefined || stored === null ? null : (migrated("fleet", stored) as FleetRecord);
}

type Asked = Omit<Reservation, "runId">;

/** Whether a run may start, by the limits. Nothing is taken, but a repo that must wait for a place stands in line from now on. */
export function room(record: FleetRecord, one: Asked, limits: FleetLimits, now: number): [FleetRecord, Reserved] {
  const { answer, line } = roomFor(record, one, "start", limits, now);
  return [line, answer];
}

/** For a run that gave its room up while it waited for people: its thread is there, none is started. */
export function retake(
  record: FleetRecord,
  one: Reservation,
  limits: FleetLimits,
  now: number,
): [FleetRecord, Reserved] {
  if (record.reservations[one.runId]) return [record, { granted: true }];
  const { answer, line } = roomFor(record, one, "go on", limits, now);
  return [answer.granted ? withReservation(line, one, now, "open") : line, answer];
}

export function reserve(
  record: FleetRecord,
  one: Reservation,
  limits: FleetLimits,
  now: number,
): [FleetRecord, Reserved] {
  if (record.reservations[one.runId]) return [record, { granted: true }];
  const { answer, line } = roomFor(record, one, "start", limits, now);
  if (!answer.granted) return [line, answer];
  const threads = [...record.threads.filter((thread) => thread.at > now - DAY_MS), { runId: one.runId, at: now }];
  return [{ ...withReservation(line, one, now, "open"), threads }, answer];
}

/** `line`: the record with what this makes of the repo's wait for a place. */
function roomFor(
  record: FleetRecord,
  one: Asked,
  wish: PlaceWish,
  limits: FleetLimits,
  now: number,
): { answer: Reserved; line: FleetRecord } {
  const held = Object.values(record.reservations);
  const alias = held.find((other) => other.identity === one.identity && other.repo !== one.repo);
  if (alias) return { answer: { granted: false, reason: `the same repo is in flight as ${alias.repo}` }, line: record };
  const place = placeFor(record, one.repo, wish, limits, now);
  if (!place.granted) return { answer: place, line: waits(record, one.repo, wish, limits, now) };
  const threads = wish === "start" ? threadsLeft(record, limits, now) : place;
  if (threads.granted) return { answer: threads, line: called(record, one.repo) };
  // All wait for that alike: it is no reason to stand in line, and none to leave it.
  const stays = isWaiting(record, one.repo, now);
  return { answer: threads, line: stays ? waits(record, one.repo, wish, limits, now) : record };
}

function threadsLeft(record: FleetRecord, limits: FleetLimits, now: number): Reserved {
  const since = (ms: number) => record.threads.filter((thread) => thread.at > now - ms).length;
  const [hour, day] = [since(HOUR_MS), since(DAY_MS)];
  if (hour >= limits.threadsPerHour) return { granted: false, reason: `${hour} threads were started in the last hour` };
  if (day >= limits.threadsPerDay) return { granted: false, reason: `${day} threads were started in the last day` };
  return { granted: true };
}

/**
 * What a ledger says of itself: its runs are entered, whatever the limits - the fleet may have lost them -, and those
 * entered before that it does not name any more are dropped: it died between settling and releasing.
 */
export function report(record: FleetRecord, repo: string, standing: LedgerStanding, now: number): FleetRecord {
  const named = standing.inFlight.map((one) => one.runId);
  const held = Object.entries(record.reservations).filter(
    ([runId, one]) => one.repo !== repo || !one.confirmed || named.includes(runId),
  );
  const { [repo]: _readable, ...unreadable } = record.held ?? {};
  const kept = {
    ...record,
    ...(record.held ? { held: unreadable } : {}),
    reservations: Object.fromEntries(held),
    standings: { ...record.standings, [repo]: standing },
  };
  return standing.inFlight.reduce<FleetRecord>((next, one) => confirm(next, one, now), looked(kept, repo, standing));
}

/** What it holds and where it stands is left as it was last told. */
export function hold(record: FleetRecord, repo: string, why: string): FleetRecord {
  return { ...record, held: { ...record.held, [repo]: why } };
}

export function confirm(record: FleetRecord, one: Reservation, now: number): FleetRecord {
  if (record.reservations[one.runId]?.confirmed) return record;
  return withReservation(record, one, now, "confirmed");
}

export function release(record: FleetRecord, runId: string, thread: "used" | "unused"): FleetRecord {
  const { [runId]: _released, ...reservations } = record.reservations;
  const threads = thread === "used" ? record.threads : record.threads.filter((one) => one.runId !== runId);
  return { ...record, reservations, threads };
}

export function unconfirmed(record: FleetRecord, now: number): Reservation[] {
  const old = (one: { at: number; confirmed: boolean }) => !one.confirmed && now - one.at > RESERVATION_UNCONFIRMED_MS;
  return Object.values(record.reservations).filter(old);
}

/**
 * What all repos' standings come to, for whoever watches the loop. One that was taken off the list keeps its runs and acts,
 * which end; frozen or paused it stays for ever, and nothing of it could start anyway.
 */
export function sums(record: FleetRecord, enrolled: string[]) {
  const standings = Object.values(record.standings);
  const sum = (count: (one: LedgerStanding) => number) => standings.reduce((total, one) => total + count(one), 0);
  const listed = enrolled.flatMap((key) => record.standings[key] ?? []);
  const oldest = standings.flatMap((one) => one.oldestActAt ?? []);
  return {
    inFlight: Object.keys(record.reservations).length + sum((one) => one.waiting ?? 0),
    frozenRepos: listed.filter((one) => one.frozen).length,
    pausedRepos: listed.filter((one) => one.paused).length,
    actsPending: sum((one) => one.actsPending),
    oldestActAt: oldest.length > 0 ? Math.min(...oldest) : null,
  };
}

/** What must be rung now. `sweptAt`: when the sweep before this one ended, for this one's own time stands there already. */
export function noteNotices(
  record: FleetRecord,
  { sweptAt, hooked, notifiers }: { sweptAt: number | null; hooked: string[]; notifiers: string[] },
  now: number,
) {
  const { standings, held = {}, quota, tokens = {}, disk = null, notices: kept = {} } = record;
  const facts = { hooked, standings, held, quota, tokens, sweptAt, disk, unread: null };
  const found = notices({ facts, kept, notifiers }, now);
  return { record: { ...record, notices: found.kept }, rings: found.rings, news: found.news };
}

/** What must be rung where the record cannot be read, which is all that is known then. */
export function unreadNotices(kept: KeptNotices, why: string | null, notifiers: string[], now: number) {
  const facts = { hooked: [], standings: {}, held: {}, quota: {}, tokens: {}, sweptAt: null, disk: null, unread: why };
  return notices({ facts, kept, notifiers }, now);
}

export function withNotices(record: FleetRecord, kept: KeptNotices): FleetRecord {
  return { ...record, notices: { ...record.notices, ...kept } };
}

export interface Rung {
  ring: Ring;
  end: "heard" | "refused";
}

export function noteRung(record: FleetRecord, bells: Rung[]): FleetRecord {
  return { ...record, notices: rungAmong(record.notices ?? {}, bells) };
}

export function rungAmong(kept: KeptNotices, bells: Rung[]): KeptNotices {
  return bells.reduce((before, { ring, end }) => rung(before, ring, end), kept);
}

export function noteDisk(record: FleetRecord, disk: Disk): FleetRecord {
  return { ...record, disk };
}

/** Null: nothing was counted. */
export function noteTally(record: FleetRecord, tally: Tally | null): FleetRecord {
  return tally === null ? record : { ...record, tally: added(record.tally, tally) };
}

/** Paused twice it is still the first's. */
export function pause(record: FleetRecord, mark: Pause): FleetRecord {
  return record.paused ? record : { ...record, paused: mark };
}

export function resume({ paused: _undone, ...record }: FleetRecord): FleetRecord {
  return record;
}

function withReservation(record: FleetRecord, one: Reservation, now: number, state: "open" | "confirmed"): FleetRecord {
  const at = record.reservations[one.runId]?.at ?? now;
  const entry = { ...one, at, confirmed: state === "confirmed" };
  return { ...record, reservations: { ...record.reservations, [one.runId]: entry } };
}
