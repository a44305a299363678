/**
 * The one thing the alarm does: perform what is due, look, decide, perform what was decided - until nothing is left to
 * do now, or for nothing more there is room in this invocation (`allowance.ts`): then the alarm comes at once. It marks
 * done only the wake-ups there were when it began, and it never ends without an alarm for what is still due.
 */
import { disabledReasons } from "../core/config.ts";
import { countsInAll, wantsRepo } from "../core/proposal.ts";
import { mayHaveThread, type Run } from "../core/run.ts";
import { redact } from "../core/text.ts";
import { repoKey } from "../core/types.ts";
import { fits, REQUESTS } from "./allowance.ts";
import { hearCommands } from "./commands.ts";
import type { Polled } from "./judging.ts";
import { type Loop, reservationOf } from "./loop.ts";
import { RecordError } from "./migrations.ts";
import { performDue } from "./perform.ts";
import { startReady } from "./poller.ts";
import { Troubles } from "./troubles.ts";
import { watch } from "./watcher.ts";

/** A look that decides leads to acts, and these to the next look: a claim takes a handful of rounds. */
const ROUNDS_MAX = 12;

export async function reconcile(loop: Loop): Promise<void> {
  try {
    await rounds(loop);
    await report(loop);
  } catch (error) {
    if (error instanceof RecordError) return hold(loop, error.message);
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    loop.log({
      level: "error",
      msg: `reconcile failed: ${redact(why, loop.held)}`,
      code: "thrown",
    });
    loop.store.armRetry(loop.now(), "fault");
  }
}

/** A record cannot be read: the repo is held as it is, nothing is written over it, and /healthz says so. */
async function hold(loop: Loop, why: string): Promise<void> {
  loop.log({ level: "error", msg: `held: ${why}`, code: "record" });
  loop.store.armRetry(loop.now(), "record");
  await loop.fleet.hold(repoKey(loop.repo), why).catch(() => {});
}

async function rounds(loop: Loop): Promise<void> {
  const { dirty, done, nextLookAt: nextBefore } = loop.store.repo();
  const woken = dirty !== done;
  // What could not be read is not asked again by each alarm: it would take the room of what they are for.
  const isPollDue = nextBefore !== null && nextBefore <= loop.now();
  const listens = woken || nextBefore === null || isPollDue;
  const troubles = new Troubles();
  const looks = { woken, looked: new Set<string>(), putOff: new Set<string>() };
  const heard = listens ? await hearCommands(loop, troubles) : "heard";
  let polled: Polled | "not yet" = "not yet";
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const performed = await performDue(loop);
    // First: in a repo that is woken all the time, looks alone would take the room of every invocation.
    if (isPollDue && isOwed(polled)) polled = await pollDue(loop, woken, troubles);
    // A claim's acts are due now, and the alarm comes at once: the next invocation has room for all but the first turn,
    // whose gates are read anew, and which has one of its own.
    if (polled === "claimed") break;
    const watched = await watchDue(loop, looks, troubles);
    if (performed || watched) continue;
    if (!isPollDue && isOwed(polled)) polled = await pollDue(loop, woken, troubles);
    if (polled !== "stale") break;
  }
  if (woken && disabledReasons(loop.settings).length > 0 && loop.store.repo().active.length === 0)
    loop.log({ level: "info", msg: "disabled: nothing is read", code: "disabled" });
  // What could not be read is the first to be asked again: at once, it would be asked in a rush.
  const on = heard !== "later" && (heard === "on" || polled === "on");
  const later = heard !== "heard" || polled === "later" || polled === "on" || polled === "stale";
  const laterAt = loop.now() + loop.settings.config.pollMs;
  loop.store.transaction(() => {
    const repo = troubles.store(loop, loop.store.repo());
    // What was not asked keeps its time: a run that is looked at more often than that would put it off for ever.
    const kept = polled === "not yet" || (!listens && repo.hearing) ? repo.nextLookAt : null;
    // A poll that there was no room for comes no later than it would have.
    const putOffTo =
      polled === "on" && repo.nextLookAt !== null && repo.nextLookAt > loop.now() ? repo.nextLookAt : laterAt;
    const nextLookAt = on ? loop.now() : (kept ?? (later ? Math.min(putOffTo, laterAt) : null));
    loop.store.putRepo({ ...repo, done: Math.max(repo.done, dirty), nextLookAt });
  });
}

function isOwed(polled: Polled | "not yet"): boolean {
  return polled === "not yet" || polled === "stale";
}

/** Of one invocation. */
interface Looks {
  woken: boolean;
  /** Runs that its wake-up was for, and that were looked at. */
  looked: Set<string>;
  /** Runs that are left to the next. */
  putOff: Set<string>;
}

/**
 * Looks at each run that is due, once for a wake-up and again whenever its own time has come. What has waited longest comes
 * first: there may not be room for all, however often they are woken.
 */
async function watchDue(loop: Loop, { woken, looked, putOff }: Looks, troubles: Troubles): Promise<boolean> {
  let acted = false;
  const runs = loop.store.activeRuns().sort((one, other) => one.nextLookAt - other.nextLookAt);
  for (const run of runs) {
    if (run.settledAt !== null || putOff.has(run.id)) continue;
    const wake = woken && !looked.has(run.id);
    if (!wake && run.outcome === null && run.nextLookAt > loop.now()) continue;
    if (run.outcome === null && !fits(loop.requests(), REQUESTS.look)) {
      putOff.add(run.id);
      makeDue(loop, run);
      continue;
    }
    looked.add(run.id);
    const watched = await watch(loop, run.id, wake ? "woken" : "due", troubles);
    if (watched === "stale") looked.delete(run.id);
    if (watched !== "waiting") acted = true;
    const after = loop.store.run(run.id);
    if (after?.settledAt !== null && after) await loop.fleet.release(run.id, mayHaveThread(after) ? "used" : "unused");
  }
  return acted;
}

/** For another invocation, at once: the wake-up does not last as long. */
function makeDue(loop: Loop, run: Run): void {
  const now = loop.now();
  if (run.nextLookAt > now) loop.store.transaction(() => loop.store.putRun({ ...run, nextLookAt: now }));
}

async function pollDue(loop: Loop, woken: boolean, troubles: Troubles): Promise<Polled | "not yet"> {
  const repo = loop.store.repo();
  const due = repo.nextLookAt !== null && repo.nextLookAt <= loop.now();
  // A run that settled in this very reconcile has made room: its wake-up is newer than those we began with.
  if (!woken && !due && repo.dirty === repo.done) return "not yet";
  return fits(loop.requests(), REQUESTS.poll) ? startReady(loop, troubles) : "on";
}

/** Counts for /healthz, told to the fleet. */
async function report(loop: Loop): Promise<void> {
  const repo = loop.store.repo();
  const runs = loop.store.activeRuns();
  const pending = loop.store.acts().flatMap((acts) => acts.filter((one) => one.state === "pending"));
  const mayAsk = repo.nextLookAt !== null || repo.dirty !== repo.done || runs.some(wantsRepo);
  await loop.fleet.report(repoKey(loop.repo), {
    inFlight: runs.filter(countsInAll).map((run) => reservationOf(loop, run.id, run.repo.id)),
    waiting: runs.filter((run) => run.settledAt === null && !countsInAll(run)).length,
    ...(mayAsk ? {} : { asksNoMore: true as const }),
    ...(repo.nextLookAt !== null && repo.nextLookAt <= loop.now() ? { goesOn: true as const } : {}),
    frozen: repo.freeze !== null,
    ...(repo.paused ? { paused: true as const } : {}),
    ...(repo.troubles.forge ? { troubled: redact(repo.troubles.forge.why, loop.held) } : {}),
    refused: repo.refused.length,
    actsPending: pending.length,
    oldestActAt: pending.length > 0 ? Math.min(...pending.map((one) => one.createdAt)) : null,
    deliveredAt: repo.deliveredAt ?? null,
    claimedAt: repo.claimedAt ?? null,
  });
}
