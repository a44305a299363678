/** How much room is left where the state lies; workerd itself cannot see it. */
import { statfs } from "node:fs/promises";

export interface Room {
  freeBytes: number;
}

/** Null: the machine does not say. */
export async function roomAt(path: string): Promise<Room | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return { freeBytes: bavail * bsize };
  } catch {
    return null;
  }
}
