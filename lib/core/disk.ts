/** How much room the disk of a self-hosted state must have. Pure. */

export const MIB = 1024 * 1024;

/** The state is small; this leaves time to make room, on a disk that others fill. */
export const DISK_LOW_BYTES = 1024 * MIB;

/** So much makes it good again: room that comes and goes about the limit rings once. */
export const DISK_ENOUGH_BYTES = 1280 * MIB;

/** Told before each sweep: an older word is of a machine the state was moved away from. */
const DISK_TOLD_MS = 10 * 60_000;

/** As its machine told it last. */
export interface Disk {
  freeBytes: number;
  at: number;
}

/** Null: nobody tells, or not any more. */
export function isLow(disk: Disk | null, now: number): boolean | null {
  return disk === null || now - disk.at > DISK_TOLD_MS ? null : disk.freeBytes < DISK_LOW_BYTES;
}
