/** The door of the operator's routes: behind a token, and not there at all where none is set. */
import { timingSafeEqual } from "node:crypto";
import { createMiddleware } from "hono/factory";
import { digest } from "./digest.ts";
import type { Env } from "./env.ts";
import { refused } from "./refusals.ts";

export const operatorOnly = createMiddleware<{ Bindings: Env }>(async (context, next) => {
  const token = context.env.AFK_BOARD_TOKEN;
  if (!token) return refused(404, "the board is off: AFK_BOARD_TOKEN is not set");
  const given = context.req.header("authorization") ?? "";
  if (!isSameToken(given, `Bearer ${token}`)) return refused(401, "the token is wrong or missing");
  return next();
});

/** Compares digests, so that neither length nor place of a difference shows in the time it takes. */
function isSameToken(given: string, wanted: string): boolean {
  const encoder = new TextEncoder();
  return timingSafeEqual(encoder.encode(digest(given)), encoder.encode(digest(wanted)));
}
