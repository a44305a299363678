/**
 * What is kept of when our tokens end. Each is read once a day: its end moves only when somebody makes another token. A read
 * that failed keeps what was known, and is not tried again before a day has passed either. Pure.
 */
import type { Reading } from "./types.ts";

/** `endsAt` null: it does not end, or does not say. */
export interface TokenEnd {
  readAt: number;
  endsAt: number | null;
}

/** By system. */
export type TokenEnds = Record<string, TokenEnd>;

const READ_AGAIN_MS = 86_400_000;

/** What was read within a day; null: it is to be read now. */
export function ofToday(kept: TokenEnd | undefined, now: number): TokenEnd | null {
  return kept !== undefined && now - kept.readAt < READ_AGAIN_MS ? kept : null;
}

export function afterRead(kept: TokenEnd | undefined, read: Reading<number | null>, now: number): TokenEnd {
  return { readAt: now, endsAt: read.known ? read.value : (kept?.endsAt ?? null) };
}
