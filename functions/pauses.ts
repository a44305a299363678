/**
 * Pausing by the operator, one repo or all: POST with {"repo"?}. Asked twice it is done once. A pause disarms nothing and
 * its undoing arms nothing: the kill switch and the allowlist are not touched. The first rung that holds answers.
 *
 *   405 ... not a POST                   400 ... not a JSON object, a key but "repo", or no repo's key
 *   415 ... not application/json         404 ... a repo that is not enrolled
 *   408 ... body not complete in time    200 ... {"paused": {"all": null | {at, by, via}, "repo"?: the same}}
 *   413 ... body too large, counted
 */
import { isEnrolled } from "../lib/core/config.ts";
import { parseJsonObject } from "../lib/core/json.ts";
import type { Pause } from "../lib/core/pause.ts";
import { parseRepoKey, repoKey } from "../lib/core/types.ts";
import { apart } from "./apart.ts";
import { type Env, fleetOf, ledgerOf, settingsOf } from "./env.ts";
import { jsonRequestBody, refused } from "./refusals.ts";
import { BODY_DEADLINE_MS, startTimer } from "./request-body.ts";
import { textOf } from "./signature.ts";

const BODY_BYTES_MAX = 16 * 1024;

export async function handlePause(request: Request, env: Env, wish: "pause" | "resume"): Promise<Response> {
  const body = await jsonRequestBody(request, { deadlineMs: BODY_DEADLINE_MS, bytesMax: BODY_BYTES_MAX, startTimer });
  if (body.type === "refused") return body.answer;
  const asked = repoIn(textOf(body.bytes));
  if ("reason" in asked) return refused(400, asked.reason);
  const { repo } = asked;
  if (repo !== null && !isEnrolled(settingsOf(env).config, repo)) return refused(404, "repo not enrolled");
  if (repo === null) await ofAll(env, wish);
  else await ofOne(env, repo, wish);
  const all = await fleetOf(env).paused();
  const own = repo === null ? {} : { repo: shown(await ledgerOf(env, repo).paused(repo)) };
  return Response.json({ paused: { all: shown(all), ...own } });
}

async function ofOne(env: Env, repo: string, wish: "pause" | "resume"): Promise<void> {
  if (wish === "pause") await ledgerOf(env, repo).pause(repo, byOperator());
  else await ledgerOf(env, repo).resume(repo);
}

/**
 * Those in flight see it at once; what is ready in the others is found by the next sweep. One that cannot be woken looks by
 * its own alarm: the pause stands in the fleet, and each look reads it there.
 */
async function ofAll(env: Env, wish: "pause" | "resume"): Promise<void> {
  const fleet = fleetOf(env);
  if (wish === "pause") await fleet.pause(byOperator());
  else await fleet.resume();
  const { reservations } = await fleet.standing();
  for (const repo of new Set(Object.values(reservations).map((one) => one.repo)))
    await apart(repo, "woken", () => ledgerOf(env, repo).wake(repo));
}

function byOperator(): Pause {
  return { at: Date.now(), by: null, via: "api" };
}

/** The ledger's name; null: all repos. */
function repoIn(text: string | null): { repo: string | null } | { reason: string } {
  const body = text === null ? null : parseJsonObject(text);
  if (body === null) return { reason: "body is not a JSON object" };
  const unknown = Object.keys(body).find((name) => name !== "repo");
  if (unknown !== undefined) return { reason: `unknown key: ${unknown.slice(0, 40)}` };
  if (!("repo" in body)) return { repo: null };
  const repo = typeof body.repo === "string" ? parseRepoKey(body.repo) : null;
  return repo === null ? { reason: "repo: not <forge>:owner/name" } : { repo: repoKey(repo) };
}

function shown(mark: Pause | null) {
  return mark === null ? null : { at: new Date(mark.at).toISOString(), by: mark.by ?? "an operator", via: mark.via };
}
