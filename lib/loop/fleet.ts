/**
 * What repos share: how many runs there are in all, the forges' quota, the one read of the executor. The fleet decides
 * nothing about a run and can be rebuilt from the ledgers.
 */

import type { Pause } from "../core/pause.ts";
import type { Forge, Reading } from "../core/types.ts";
import type { ExecutorSnapshot } from "../executor/executor.ts";

export interface Reservation {
  runId: string;
  /** The ledger's key. */
  repo: string;
  /** `forge:repo id`: two names of one repo are one repo. */
  identity: string;
}

export interface FleetLimits {
  maxRuns: number;
  threadsPerHour: number;
  threadsPerDay: number;
  /** After which time whoever waits asks again. A worker of an older release tells none. */
  pollMs?: number;
}

export type Reserved = { granted: true } | { granted: false; reason: string };

/** A ledger's standing at the end of a reconcile. */
export interface LedgerStanding {
  /** Runs that count among those allowed in all: what the fleet must hold for it, no more and no less. */
  inFlight: Reservation[];
  /** The other runs that are not settled: they wait for people, or their forge is still owed something. Absent in records of older code. */
  waiting?: number;
  /** It has nothing to start, and no run that wants to go on. Absent: it may ask for a place, or it is of older code. */
  asksNoMore?: true;
  /** Its look is not over: it goes on in another invocation, at once. Absent: it is. */
  goesOn?: true;
  frozen: boolean;
  /** Absent: it is not. */
  paused?: true;
  /** Issues on which something is said of why they did not start; it must go when they are ready no more. */
  refused?: number;
  /**
   * Why its forge could not be read: a look that can must end that, else the next such trouble is told to nobody. Absent:
   * it could.
   */
  troubled?: string;
  actsPending: number;
  oldestActAt: number | null;
  /** When its newest delivery came and its newest run was claimed. Absent in records of older code. */
  deliveredAt?: number | null;
  claimedAt?: number | null;
}

export interface Fleet {
  /** Room for one more run of this repo, without taking it. Refused for want of a place, it stands in line for one. */
  room(reservation: Omit<Reservation, "runId">, limits: FleetLimits): Promise<Reserved>;
  /** Takes it, under the run's id; asked again with the same id it is granted again. */
  reserve(reservation: Reservation, limits: FleetLimits): Promise<Reserved>;
  /** Takes it again, for a run that gave it up while it waited for people: no thread is counted. */
  retake(reservation: Reservation, limits: FleetLimits): Promise<Reserved>;
  /** `unused`: no thread was created, so none is counted. */
  release(runId: string, thread: "used" | "unused"): Promise<void>;
  /** The executor's threads, no older than `maxAgeMs`. */
  snapshot(maxAgeMs: number): Promise<Reading<ExecutorSnapshot>>;
  /** The pause of all repos; null: there is none. */
  paused(): Promise<Pause | null>;
  pausedUntil(forge: Forge): Promise<number | null>;
  report(repo: string, standing: LedgerStanding): Promise<void>;
  /** A record of the repo's cannot be read: it is held until it can. */
  hold(repo: string, why: string): Promise<void>;
}
