/** What the forges said of how much they may be asked, as entries of the fleet's record. Pure. */
import type { Quota } from "../core/quota.ts";
import type { FleetRecord } from "./fleet-book.ts";

/** With no more requests left than these nothing starts until the reset: a run in flight needs them. */
const QUOTA_REQUESTS_MIN = 50;
/** A forge's quota is one of an hour, and two clocks lie minutes apart: a reset later than this is a garbled header. */
const QUOTA_PAUSE_MS_MAX = 2 * 3_600_000;

/** What a forge said of its rate limit; nearly spent pauses it until the reset, and a reset ends the pause by itself. */
export function noteQuota(record: FleetRecord, forge: string, said: Quota, now: number): FleetRecord {
  // A worker of an older release tells the reset in other words.
  if (!Number.isFinite(said.resetAt)) return record;
  const spent = said.remaining <= QUOTA_REQUESTS_MIN;
  const pausedUntil = spent ? Math.min(said.resetAt, now + QUOTA_PAUSE_MS_MAX) : null;
  const quota = { ...said, pausedUntil };
  return { ...record, quota: { ...record.quota, [forge]: quota } };
}

/** A forge that limits one of us limits all. */
export function noteLimited(record: FleetRecord, forge: string, until: number): FleetRecord {
  const { limited = {} } = record;
  return { ...record, limited: { ...limited, [forge]: Math.max(until, limited[forge] ?? 0) } };
}

/** Until when nothing starts on this forge, whichever was told; it may be past. Null: neither was. */
export function pausedUntil({ quota, limited = {} }: FleetRecord, forge: string): number | null {
  const times = [quota[forge]?.pausedUntil, limited[forge]].filter((ms) => typeof ms === "number");
  return times.length === 0 ? null : Math.max(...times);
}
