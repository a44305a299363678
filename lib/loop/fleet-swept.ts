/** What a sweep told, entered in the fleet's record. Pure. */
import type { SettingError } from "../core/config.ts";
import type { Quota } from "../core/quota.ts";
import type { TokenEnds } from "../core/token-ends.ts";
import { type FleetRecord, noteNotices } from "./fleet-book.ts";
import { noteLimited, noteQuota } from "./fleet-quota.ts";

export interface SweepTold {
  requests: number;
  carried: number;
  cursor: number;
  /** By forge. */
  quota: Record<string, Quota>;
  /** By forge: until when, in milliseconds, it wants to be left alone. */
  limited: Record<string, number>;
  /** By forge: why its server cannot be served, as far as it was asked. */
  unfit: Record<string, SettingError | null>;
  tokens: TokenEnds;
  /** The enrolled repos whose forge has a webhook secret set. */
  hooked: string[];
  notifiers: string[];
}

/** And what must be rung for it. */
export function noteSweep(record: FleetRecord, told: SweepTold, now: number) {
  const { requests, carried, cursor, tokens, hooked, notifiers } = told;
  const unfit = { ...record.unfit, ...told.unfit };
  let next: FleetRecord = { ...record, unfit, tokens, sweep: { lastAt: now, requests, carried, cursor } };
  for (const [forge, quota] of Object.entries(told.quota)) next = noteQuota(next, forge, quota, now);
  for (const [forge, until] of Object.entries(told.limited)) next = noteLimited(next, forge, until);
  return noteNotices(next, { sweptAt: record.sweep.lastAt, hooked, notifiers }, now);
}
