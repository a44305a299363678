/**
 * A forge that limits us is asked nothing until the time it named is over: GitHub's advice for its secondary limits, which
 * goes on to ban whoever asks on, and what the proxy before a Forgejo means by its 429. What a call says of its time is
 * told in `failureOf`. Until then each call is answered here, as the forge would.
 */
import { ASKED_CAP_MS } from "../core/acts.ts";
import { failureOf, type HttpOutcome, header } from "./results.ts";

/** In milliseconds; zero: it does not limit us. Whoever outlives a client keeps it. */
export interface Brake {
  until: number;
}

export interface Braked {
  now?: () => number;
  /** Without one a forge's limits are told, and the next call leaves all the same. */
  brake?: Brake;
  /** Told until when, in milliseconds, the forge wants to be left alone. */
  onLimited?: (until: number) => void;
}

/** What a call that must not leave is answered with; null: it may. */
export function heldBack({ brake, now = Date.now }: Braked, route: string): HttpOutcome | null {
  const until = brake?.until ?? 0;
  const leftMs = until - now();
  if (leftMs <= 0) return null;
  const message = `not asked: the forge wants to be left alone until ${new Date(until).toISOString()}`;
  const headers = { "retry-after": Math.ceil(leftMs / 1000) };
  return { type: "answer", route, status: 429, headers, data: { message } };
}

/** Heeds what an answer says of limits. One of GitHub's other purses - search, GraphQL - that is empty holds back nothing else. */
export function heed({ brake, now = Date.now, onLimited }: Braked, outcome: HttpOutcome): void {
  const failure = failureOf(outcome);
  if (!brake || failure?.type !== "limited" || outcome.type !== "answer") return;
  const isOther = (header(outcome, "x-ratelimit-resource") ?? "core") !== "core";
  const isEmpty = header(outcome, "x-ratelimit-remaining") === "0" && header(outcome, "retry-after") === null;
  if (isOther && isEmpty) return;
  brake.until = Math.max(brake.until, now() + Math.min(failure.afterMs ?? 0, ASKED_CAP_MS));
  onLimited?.(brake.until);
}
