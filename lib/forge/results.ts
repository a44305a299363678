/**
 * What an answer of a forge means for a read and for an act.
 *
 *   no answer, 5xx, 408 ..................................... unread / retry
 *   429, 403 with no quota left, a Retry-After or
 *   a "secondary rate limit" ................................ unread / retry after what it asks for
 *   401, 403, 423 (an archived repo, at Forgejo) ............ unread / retry, marked as what a person mends
 *   404 or 410 on a removal ................................. done
 *   any other 3xx or 4xx .................................... unread / refused, in the server's words
 *   a body that is not what we read ......................... unread / retry
 */
import { retryAfterMs } from "../core/retry-after.ts";
import { redact, withRoute } from "../core/text.ts";
import { type ActResult, done, known, type Reading, type Unread, unread } from "../core/types.ts";
import * as z from "../zod.ts";

export type HttpOutcome = Answer | { type: "no_answer"; why: string; auth: boolean; cause?: Cause };

/** Why nobody answered for a repo, where a person mends each in a way of its own: the App is not there, or the repo is not. */
export type Cause = "not_installed" | "redirected";

export interface Answer {
  type: "answer";
  /** What was asked, as the forge's documentation writes it; it stands in every failure's reason. */
  route?: string;
  status: number;
  headers: Record<string, string | number | undefined>;
  data: unknown;
}

export interface Failure {
  type: "fault" | "limited" | "auth" | "refused";
  status: number | null;
  why: string;
  afterMs: number | null;
  cause?: Cause;
}

/** GitHub's advice where it names no time: wait at least a minute. */
const LIMITED_MS_DEFAULT = 60_000;
const WHY_CHARS_MAX = 300;

/** Null: it succeeded. */
export function failureOf(outcome: HttpOutcome): Failure | null {
  if (outcome.type === "no_answer") {
    const { why, auth, cause } = outcome;
    return { type: auth ? "auth" : "fault", status: null, why: clip(why), afterMs: null, cause };
  }
  const { status } = outcome;
  if (status < 300) return null;
  const why = withRoute(clip(`${status} ${messageOf(outcome.data)}`), outcome.route);
  if (isLimited(outcome)) return { type: "limited", status, why, afterMs: pauseMs(outcome) };
  if (status === 401 || status === 403 || status === 423) return { type: "auth", status, why, afterMs: null };
  if (status >= 500 || status === 408)
    return { type: "fault", status, why, afterMs: retryAfterMs(header(outcome, "retry-after")) };
  return { type: "refused", status, why, afterMs: null };
}

export function unreadOf(failure: Failure): Unread {
  const { type, status, why } = failure;
  const everywhere = status === null || status === 401 || type === "fault" ? { everywhere: true as const } : {};
  const limited = type === "limited" ? { limited: true as const } : {};
  return { ...unread(why, type === "auth" ? "auth" : "fault"), ...everywhere, ...limited };
}

export function readingOf<T>(outcome: HttpOutcome, schema: z.core.$ZodType<T>): Reading<T> {
  const failure = failureOf(outcome);
  if (failure) return unreadOf(failure);
  return outcome.type === "answer" ? parsed(outcome.data, schema, outcome.route) : parsed(null, schema);
}

export function parsed<T>(data: unknown, schema: z.core.$ZodType<T>, route?: string): Reading<T> {
  const result = z.safeParse(schema, data);
  if (result.success) return known(result.data);
  const issue = result.error.issues[0];
  const where = issue?.path.join(".") || "body";
  return unread(withRoute(clip(`answer not understood: ${where}: ${issue?.message ?? "invalid"}`), route));
}

/** The result of an act whose answer says nothing we need. */
export function actOf(outcome: HttpOutcome): ActResult {
  const failure = failureOf(outcome) ?? strange(outcome);
  return failure ? actFailure(failure) : done(null);
}

/** What was to go is gone, whoever took it. */
export function removalOf(outcome: HttpOutcome): ActResult {
  const failure = failureOf(outcome) ?? strange(outcome);
  if (!failure || failure.status === 404 || failure.status === 410) return done(null);
  return actFailure(failure);
}

/** The same of what may stay where we may not take it away: nobody needs a right for the sake of tidiness. */
export function tidyingOf(outcome: HttpOutcome): ActResult {
  const failure = failureOf(outcome);
  if (failure?.type === "auth" && failure.status === 403) return { type: "refused", why: failure.why };
  return removalOf(outcome);
}

const issueState = z.object({ state: z.enum(["open", "closed"]) });

/** A close or reopening that the forge accepted and did not do is no success. */
export function stateOf(outcome: HttpOutcome, wanted: "open" | "closed"): ActResult {
  const answer = actOf(outcome);
  if (answer.type !== "done") return answer;
  const issue = readingOf(outcome, issueState);
  if (issue.known && issue.value.state !== wanted)
    return { type: "refused", why: `the forge left the issue ${issue.value.state}` };
  return done(null);
}

/** The answer's own time on the forge's clock, written as forges write their times. */
export function dateOf(outcome: HttpOutcome): string | null {
  const at = outcome.type === "answer" ? Date.parse(String(outcome.headers.date ?? "")) : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** A yes in other words than the forge's is somebody's in between: nothing shows that the act was done. */
function strange(outcome: HttpOutcome): Failure | null {
  if (outcome.type !== "answer" || typeof outcome.data !== "string" || outcome.data === "") return null;
  return { type: "fault", status: outcome.status, why: `${outcome.status} without the forge's words`, afterMs: null };
}

export function actFailure(failure: Failure): ActResult<never> {
  const { type, why, afterMs } = failure;
  if (type === "refused") return { type: "refused", why };
  return { type: "retry", why, auth: type === "auth", afterMs };
}

function isLimited(answer: Answer): boolean {
  if (answer.status === 429) return true;
  if (answer.status !== 403) return false;
  if (header(answer, "x-ratelimit-remaining") === "0" || header(answer, "retry-after") !== null) return true;
  return /rate limit/i.test(messageOf(answer.data));
}

function pauseMs(answer: Answer): number {
  return retryAfterMs(header(answer, "retry-after")) ?? resetMs(answer) ?? LIMITED_MS_DEFAULT;
}

/** Until the quota is full again, both times on GitHub's clock. */
function resetMs(answer: Answer): number | null {
  const reset = header(answer, "x-ratelimit-reset");
  const date = Date.parse(header(answer, "date") ?? "");
  if (header(answer, "x-ratelimit-remaining") !== "0" || reset === null || !/^\d{1,11}$/.test(reset)) return null;
  return Number.isNaN(date) ? null : Math.max(1000, Number(reset) * 1000 - date);
}

export function header(answer: Answer, name: string): string | null {
  const value = answer.headers[name];
  return value === undefined ? null : String(value);
}

const errorBody = z.object({ message: z.string(), errors: z.optional(z.array(z.unknown())) });
const errorDetail = z.union([
  z.string(),
  z.pipe(
    z.object({ message: z.string() }),
    z.transform(({ message }) => message),
  ),
  z.pipe(
    z.object({ field: z.string(), code: z.string() }),
    z.transform(({ field, code }) => `${field} ${code}`),
  ),
]);

/** The server's own words; the empty text where it has none. */
export function messageOf(data: unknown): string {
  const body = errorBody.safeParse(data);
  if (!body.success) return "";
  const details = (body.data.errors ?? []).flatMap((error) => errorDetail.safeParse(error).data ?? []);
  return [body.data.message, ...details].join("; ");
}

/** A forge may quote what it was given, and that may be another system's secret. */
export function clip(text: string): string {
  return redact(text).trim().slice(0, WHY_CHARS_MAX);
}
