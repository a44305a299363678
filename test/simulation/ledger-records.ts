/** What the ledgers' own records say of runs: in flight, waiting, attempted. */
import type { Run } from "../../lib/core/run.ts";
import type { Disk } from "./storage.ts";

export interface Pending {
  active: string[];
  commenting: number[];
  acts: { state: string }[];
}

/** By disk, as long as nothing is written there: they are asked for many times after every step. */
const read = new WeakMap<Disk, { writes: number; runs: Run[] }>();

export function runsOf(disk: Disk): Run[] {
  const before = read.get(disk);
  if (before?.writes === disk.writes) return before.runs;
  const runs: Run[] = [];
  for (const [key, value] of disk.data) if (key.startsWith("run:")) runs.push(value as Run);
  read.set(disk, { writes: disk.writes, runs });
  return runs;
}

/** Whether an agent of this run may be at work in its repo; one that waits for people lets others in. */
export function holdsRepo(run: Run): boolean {
  return run.settledAt === null && (run.proposal?.holdsRepo ?? true);
}

/** Whether it is one of the runs allowed in all: until it has ended and its agent is stopped, whatever its forge is owed. */
export function countsInAll(run: Run): boolean {
  const isFencing = run.acts.some(({ deed, state }) => deed.type === "fence" && state === "pending");
  return holdsRepo(run) && (run.outcome === null || isFencing);
}

/** How long it has waited for people: none of it is its own time. */
export function waitedMs(run: Run, now: number): number {
  const { waitingSince = null, waitedMs: before = 0 } = run.proposal ?? {};
  return before + (waitingSince === null ? 0 : now - waitingSince);
}

export function inFlight(disk: Disk): boolean {
  const repo = disk.data.get("repo") as Pending | undefined;
  if (!repo) return false;
  return repo.active.length > 0 || repo.commenting.length > 0 || repo.acts.some((one) => one.state === "pending");
}

export function hears(disk: Disk): boolean {
  const { hearing = [] } = (disk.data.get("repo") ?? {}) as { hearing?: object[] };
  return hearing.length > 0;
}
