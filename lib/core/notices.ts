/**
 * Things that end quietly, and who must hear of them. Pure: facts -> checks -> what to ring, and what is kept of it.
 *
 *   token ..... ends within 14, 3 or 1 days (told as 14, 3 and 0): each nearer stage rings once
 *   webhook ... a run was claimed and, ten minutes later, no delivery came since ten minutes before it: only the sweep
 *               found it, for our own labels alone make a webhook deliver. Not asked where no webhook secret is set
 *   sweep ..... the one before this was more than ten minutes ago
 *   acts ...... the oldest that waits is older than an hour
 *   held ...... a record of a repo cannot be read, so that nothing is done there
 *   fleet ..... what the repos share cannot be read, so that nothing is done anywhere
 *   quota ..... less than a tenth is left, and it is not whole again yet
 *   disk ...... of a self-hosted state: less than a GiB is free, until a quarter more is
 *
 * Each rings once for everyone who is told, and once when it is mended for those who heard it. One that is not known at
 * the moment stays as it was; one whose subject is gone (a repo taken off the list, or without a webhook secret) is forgotten without a word.
 */
import { DISK_ENOUGH_BYTES, type Disk, isLow } from "./disk.ts";
import { everyOf } from "./every-of.ts";
import type { Quota } from "./quota.ts";
import { isSame } from "./same.ts";

export type Warning =
  | { kind: "token"; system: string; days: number; endsAt: number }
  | { kind: "webhook"; repo: string }
  | { kind: "sweep"; minutes: number }
  | { kind: "acts"; repo: string }
  | { kind: "held"; repo: string; why: string }
  | { kind: "fleet"; why: string }
  | { kind: "quota"; forge: string; remaining: number; limit: number }
  | { kind: "disk"; freeBytes: number };

export const NOTICE_KINDS = everyOf<Warning["kind"]>({
  token: true,
  webhook: true,
  sweep: true,
  acts: true,
  held: true,
  fleet: true,
  quota: true,
  disk: true,
});

export interface NoticeFacts {
  /** The enrolled repos whose webhooks concern us, by ledger key. */
  hooked: string[];
  standings: Record<string, { oldestActAt: number | null; deliveredAt?: number | null; claimedAt?: number | null }>;
  /** By repo, why its records cannot be read. */
  held: Record<string, string>;
  quota: Record<string, Quota>;
  /** By system; null: it does not end, or does not say. */
  tokens: Record<string, { endsAt: number | null }>;
  /** When the sweep before this one ended. */
  sweptAt: number | null;
  /** Why what the repos share cannot be read. */
  unread: string | null;
  /** Of a self-hosted state, as its machine told it last. Null: it is kept elsewhere. */
  disk: Disk | null;
}

/** Null: all is well. */
export interface HealthCheck {
  key: string;
  warning: Warning | null | "unknown";
}

export interface KeptNotice {
  warning: Warning;
  state: "stands" | "mended";
  /** Since it is in this state and stage; names the bell. */
  since: number;
  /** Notifiers that must still be rung, and those that were while it stands. */
  owed: string[];
  heard: string[];
}

export type KeptNotices = Record<string, KeptNotice>;

export interface Ring {
  key: string;
  notifier: string;
  since: number;
  warning: Warning;
  state: KeptNotice["state"];
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Days left, and as what that is told. */
const TOKEN_STAGES = [
  { leftMs: DAY_MS, days: 0 },
  { leftMs: 3 * DAY_MS, days: 3 },
  { leftMs: 14 * DAY_MS, days: 14 },
];
const WEBHOOK_GRACE_MS = 10 * 60_000;
export const SWEEP_OVERDUE_MS = 10 * 60_000;
export const ACT_OLD_MS = HOUR_MS;

export function checks(facts: NoticeFacts, now: number): HealthCheck[] {
  const sweptMs = facts.sweptAt === null ? 0 : now - facts.sweptAt;
  const minutes = Math.round(sweptMs / 60_000);
  return [
    ...Object.entries(facts.tokens).map(([system, { endsAt }]) => tokenCheck(system, endsAt, now)),
    ...facts.hooked.map((repo) => webhookCheck(repo, facts.standings[repo], now)),
    { key: "sweep", warning: sweptMs > SWEEP_OVERDUE_MS ? { kind: "sweep", minutes } : null },
    ...Object.entries(facts.standings).map(([repo, { oldestActAt }]): HealthCheck => {
      const old = oldestActAt !== null && now - oldestActAt > ACT_OLD_MS;
      return { key: `acts:${repo}`, warning: old ? { kind: "acts", repo } : null };
    }),
    ...[...new Set([...Object.keys(facts.standings), ...Object.keys(facts.held)])].map((repo): HealthCheck => {
      const why = facts.held[repo];
      return { key: `held:${repo}`, warning: why === undefined ? null : { kind: "held", repo, why } };
    }),
    { key: "fleet", warning: facts.unread === null ? null : { kind: "fleet", why: facts.unread } },
    ...Object.entries(facts.quota).map(([forge, { remaining, resetAt, limit }]): HealthCheck => {
      const key = `quota:${forge}`;
      if (limit === undefined) return { key, warning: "unknown" };
      const low = resetAt > now && remaining * 10 < limit;
      return { key, warning: low ? { kind: "quota", forge, remaining, limit } : null };
    }),
    ...(facts.disk === null ? [] : [diskCheck(facts.disk, now)]),
  ];
}

function diskCheck(disk: Disk, now: number): HealthCheck {
  const { freeBytes } = disk;
  const key = "disk";
  const low = isLow(disk, now);
  if (low === null) return { key, warning: "unknown" };
  if (low) return { key, warning: { kind: "disk", freeBytes } };
  return { key, warning: freeBytes < DISK_ENOUGH_BYTES ? "unknown" : null };
}

function tokenCheck(system: string, endsAt: number | null, now: number): HealthCheck {
  const stage = endsAt === null ? undefined : TOKEN_STAGES.find(({ leftMs }) => endsAt - now <= leftMs);
  const near = endsAt !== null && stage !== undefined;
  return { key: `token:${system}`, warning: near ? { kind: "token", system, days: stage.days, endsAt } : null };
}

/** A claim that is young yet, with nothing heard, tells neither way. */
function webhookCheck(repo: string, standing: NoticeFacts["standings"][string] | undefined, now: number): HealthCheck {
  const key = `webhook:${repo}`;
  const claimedAt = standing?.claimedAt ?? null;
  if (claimedAt === null) return { key, warning: "unknown" };
  if ((standing?.deliveredAt ?? 0) >= claimedAt - WEBHOOK_GRACE_MS) return { key, warning: null };
  return { key, warning: now - claimedAt >= WEBHOOK_GRACE_MS ? { kind: "webhook", repo } : "unknown" };
}

/** What is kept from now on, every bell that is owed, and which of it is new. */
export function notices(
  state: { facts: NoticeFacts; kept: KeptNotices; notifiers: string[] },
  now: number,
): { kept: KeptNotices; rings: Ring[]; news: KeptNotice[] } {
  const { kept: before, notifiers } = state;
  const entries = checks(state.facts, now).flatMap(({ key, warning }): [string, KeptNotice][] => {
    const next = step(before[key], warning, notifiers, now);
    return next === null ? [] : [[key, next]];
  });
  const rings = entries.flatMap(([key, { warning, state: as, since, owed }]) =>
    owed.map((notifier) => ({ key, notifier, since, warning, state: as })),
  );
  const news = entries.flatMap(([key, one]) => (one.since === now && !isSame(one, before[key]) ? [one] : []));
  return { kept: Object.fromEntries(entries), rings, news };
}

function step(
  before: KeptNotice | undefined,
  warning: HealthCheck["warning"],
  notifiers: string[],
  now: number,
): KeptNotice | null {
  if (warning === "unknown") return before ?? null;
  if (warning === null) {
    if (!before) return null;
    if (isPast(before) && before.owed.length > 0) return { ...before, owed: among(notifiers, before.owed) };
    const told = before.state === "stands" ? before.heard : before.owed;
    const owed = among(notifiers, told);
    if (before.state === "stands") return { ...before, state: "mended", since: now, owed, heard: [] };
    return owed.length === 0 ? null : { ...before, owed };
  }
  if (before?.state !== "stands") return { warning, state: "stands", since: now, owed: notifiers, heard: [] };
  const owed = among(notifiers, before.owed);
  if (stageOf(warning) < stageOf(before.warning)) return { ...before, warning, since: now, owed: notifiers };
  if (stageOf(warning) > stageOf(before.warning)) return { ...before, warning, owed };
  return { ...before, owed };
}

/** A gap between two sweeps is over when it is found: it is worth hearing of all the same. */
function isPast({ warning, state }: KeptNotice): boolean {
  return warning.kind === "sweep" && state === "stands";
}

/** Who is not set any more is owed nothing. */
function among(notifiers: string[], names: string[]): string[] {
  return names.filter((name) => notifiers.includes(name));
}

/** The nearer, the smaller. */
function stageOf(warning: Warning): number {
  return warning.kind === "token" ? warning.days : 0;
}

/** After a bell: `refused` is not tried again, and who did not hear of the trouble hears nothing of its mending. */
export function rung(kept: KeptNotices, { key, notifier, since }: Ring, end: "heard" | "refused"): KeptNotices {
  const one = kept[key];
  // Changed meanwhile: the bell that rang was another's.
  if (!one || one.since !== since || !one.owed.includes(notifier)) return kept;
  const owed = one.owed.filter((name) => name !== notifier);
  const hears = end === "heard" && one.state === "stands" && !one.heard.includes(notifier);
  return { ...kept, [key]: { ...one, owed, heard: hears ? [...one.heard, notifier] : one.heard } };
}
