/** When our token for T3 ends. T3 answers 200 to a stranger too, so what it says of us is what counts. */
import { known, type Reading, unread } from "../core/types.ts";
import * as z from "../zod.ts";
import { asUnread, get, type T3Connection } from "./t3-http.ts";

const Session = z.object({ authenticated: z.boolean(), expiresAt: z.catch(z.optional(z.string()), undefined) });

/** Null: it does not end, or does not say. */
export async function sessionEnd(t3: T3Connection): Promise<Reading<number | null>> {
  const answer = await get(t3, "/api/auth/session");
  if (answer.type === "missing") return known(null);
  if (answer.type !== "answered") return asUnread(answer);
  const session = Session.safeParse(answer.body);
  if (!session.success) return unread("T3's session could not be understood");
  if (!session.data.authenticated) return unread("T3 does not know our token", "auth");
  const at = Date.parse(session.data.expiresAt ?? "");
  return known(Number.isNaN(at) ? null : at);
}
