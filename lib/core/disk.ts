/** How much room the disk of a self-hosted state must have. Pure. */

export const MIB = 1024 * 1024;

/** The state is small; this leaves time to make room, on a disk that others fill. */
export const DISK_LOW_BYTES = 1024 * MIB;

/** So much makes it good again: room that comes and goes about the limit rings once. */
export const DISK_ENOUGH_BYTES = 1280 * MIB;
