/**
 * How a command to T3 ends:
 *   accepted .............. done
 *   no answer ............. retry: the same command id again, T3's receipt makes that safe
 *   T3's own 500 or 404 ... some invariant is broken and T3 does not say which, so what is true is read: as wished
 *                           already is done; a thread that is gone is refused; else the next suffix, three in all
 *   another refusal ....... refused, with T3's words
 */
import { type ActResult, done, retry } from "../core/types.ts";
import * as z from "../zod.ts";
import { type Command, SUFFIXES } from "./t3-commands.ts";
import { asResult, post, type T3Settings } from "./t3-http.ts";

const Accepted = z.object({ sequence: z.number() });

/** A command T3 rejected without saying why; what is true must be read. */
export type Rejected = { type: "rejected"; why: string };

export async function dispatch(t3: T3Settings, command: Command): Promise<ActResult | Rejected> {
  const answer = await post(t3, "/api/orchestration/dispatch", command);
  if (answer.type === "answered") {
    if (Accepted.safeParse(answer.body).success) return done(null);
    return retry("T3's answer to a command holds no sequence");
  }
  if (answer.type === "missing" || answer.type === "rejected") return { type: "rejected", why: answer.why };
  return asResult(answer);
}

/** One wish under at most three ids; `attempt` answers `rejected` when the next id is to be tried. */
export async function underThreeIds<T>(
  attempt: (suffix: string) => Promise<ActResult<T> | Rejected>,
): Promise<ActResult<T>> {
  let why = "";
  for (const suffix of SUFFIXES) {
    const result = await attempt(suffix);
    if (result.type !== "rejected") return result;
    why = result.why;
  }
  return { type: "refused", why: `T3 rejected it under ${SUFFIXES.length} ids: ${why}` };
}

/** The time that a command says it was sent. */
export function nowIso(t3: T3Settings): string {
  return new Date(t3.now()).toISOString();
}
