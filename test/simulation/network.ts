/** What may happen to one request on its way. */

import { TOKENS } from "./armed-settings.ts";
import type { Random } from "./random.ts";
import type { System } from "./weather.ts";

export type Mishap =
  | "lost-before"
  | "lost-after"
  | "hang-before"
  | "hang-after"
  | "4xx"
  | "401"
  | "429"
  | "5xx-before"
  | "5xx-after"
  | "garbage"
  | "garbage-after"
  /** Only where a repo is hidden. */
  | "404";

export const MISHAPS: readonly (readonly [Mishap, number])[] = [
  ["lost-before", 3],
  ["lost-after", 3],
  ["hang-before", 1],
  ["hang-after", 1],
  ["4xx", 1.5],
  ["401", 1],
  ["429", 1],
  ["5xx-before", 2],
  ["5xx-after", 2],
  ["garbage", 1],
  ["garbage-after", 1],
];

/** Whether the far end does its work all the same. */
export function takesEffect(mishap: Mishap): boolean {
  return mishap.endsWith("-after");
}

/** Few writes go to the executor. */
const OF_EXECUTOR = MISHAPS.map(([mishap, weight]) => [mishap, mishap === "4xx" ? weight * 3 : weight] as const);

/** A read is never refused with 4xx: that would be the system's word, and a lie. */
export function drawMishap(random: Random, method: string, system: System): Mishap {
  const drawn = random.weighted(system === "executor" && method !== "GET" ? OF_EXECUTOR : MISHAPS);
  return drawn === "4xx" && method === "GET" ? "5xx-before" : drawn;
}

/** For how long one that limits us asks to be left alone. */
export const LIMITED_MS = 20_000;

/** What the caller gets of it; it throws where no answer comes. `later` moves the clock by the call's deadline. */
export function answerOf(mishap: Mishap, system: System, path: string, later: () => void): Response {
  switch (mishap) {
    case "lost-before":
    case "lost-after":
      throw new TypeError("fetch failed");
    case "hang-before":
    case "hang-after":
      later();
      throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
    case "4xx":
      return system === "executor"
        ? Response.json({ _tag: "EnvironmentRequestInvalidError", code: "invalid_request" }, { status: 400 })
        : Response.json({ message: `Validation Failed: ${TOKENS.forge}`, error: "refused" }, { status: 422 });
    case "404":
      return Response.json({ message: "Not Found" }, { status: 404 });
    case "401":
      return Response.json({ message: `Bad credentials: ${TOKENS.forge}`, code: "auth_invalid" }, { status: 401 });
    case "429": {
      const headers = { "retry-after": String(LIMITED_MS / 1000) };
      const message = "You have exceeded a secondary rate limit.";
      if (system === "forge" && path === "/graphql")
        return Response.json({ errors: [{ type: "RATE_LIMITED", message }] }, { headers });
      return Response.json({ message: "slow down", code: "busy" }, { status: 429, headers });
    }
    case "5xx-before":
    case "5xx-after":
      return Response.json(
        { message: "Server Error", code: "internal_error", reason: "orchestration_dispatch_failed" },
        { status: system === "executor" ? 500 : 502 },
      );
    case "garbage":
    case "garbage-after":
      return new Response("<html>gateway</html>", { status: 200, headers: { "content-type": "text/html" } });
    default:
      return mishap satisfies never;
  }
}
