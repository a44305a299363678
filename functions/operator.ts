/** The door of the operator's routes: behind a token, and not there at all where none is set. */
import { createMiddleware } from "hono/factory";
import type { Env } from "./env.ts";

export const operatorOnly = createMiddleware<{ Bindings: Env }>(async (context, next) => {
  const token = context.env.AFK_BOARD_TOKEN;
  if (!token) return context.json(refusal("the board is off: AFK_BOARD_TOKEN is not set"), 404);
  const given = context.req.header("authorization") ?? "";
  if (!(await isSame(given, `Bearer ${token}`))) return context.json(refusal("the token is wrong or missing"), 401);
  return next();
});

export function refusal(reason: string) {
  return { status: "refused", reason };
}

/** Compares digests, so that neither length nor place of a difference shows in the time it takes. */
async function isSame(given: string, wanted: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [one, other] = await Promise.all([digest(given), digest(wanted)]);
  return crypto.subtle.timingSafeEqual(one, other);
}
