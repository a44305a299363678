/** What a look at a live system gave. The status is kept: to a doctor a 401 and a 404 are answers of their own. */
import type { Reading } from "../core/types.ts";
import { type Cause, type Failure, failureOf, type HttpOutcome, readingOf } from "../forge/results.ts";
import type * as z from "../zod.ts";

export type Seen<T> = { known: true; value: T } | Unseen;

export interface Unseen {
  known: false;
  why: string;
  /** Null: no answer came, or none that could be understood. 429 stands for every answer that says we ask too often. */
  status: number | null;
  cause?: Cause;
}

export function saw<T>(value: T): Seen<T> {
  return { known: true, value };
}

export function unseen(why: string, status: number | null = null): Unseen {
  return { known: false, why, status };
}

/** A limit that is met is answered 403 too: here it is a 429. */
export function isForbidden(one: Seen<unknown>): boolean {
  return !one.known && one.status === 403;
}

export function seenOf<T>(outcome: HttpOutcome, schema: z.core.$ZodType<T>): Seen<T> {
  const failure = failureOf(outcome);
  return failure ? unseenFor(failure) : seen(readingOf(outcome, schema));
}

export function unseenFor({ why, type, status, cause }: Failure): Unseen {
  return { ...unseen(why, type === "limited" ? 429 : status), cause };
}

export function seen<T>(reading: Reading<T>): Seen<T> {
  return reading.known ? saw(reading.value) : unseen(reading.why);
}

export function mapped<T, U>(one: Seen<T>, map: (value: T) => U): Seen<U> {
  return one.known ? saw(map(one.value)) : one;
}
