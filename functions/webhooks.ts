/**
 * The door both forges share: verify, parse, hand on, answer. The first rung that holds answers, as {status, reason?}.
 *
 *   405 ... not a POST                          401 ... signature wrong, empty or of other bytes
 *   415 ... not application/json                400 ... not a JSON object
 *   408 ... body not complete in time           202 ... disabled: the kill switch, or an invalid setting
 *   413 ... body too large, counted             202 ... ignored: nothing we read, or a repo not enrolled
 *   503 ... no secret set                       202 ... duplicate: told before; it woke the repo all the same
 *   401 ... a forge we do not serve             202 ... accepted: what it told is durable
 *   400 ... event or delivery header missing    500 ... it could not be made durable
 */
import { parseJsonObject } from "../lib/core/json.ts";
import type { Ignored, RepoName, Signal } from "../lib/core/types.ts";
import { jsonRequestBody, refused } from "./refusals.ts";
import { BODY_DEADLINE_MS, type StartTimer, startTimer } from "./request-body.ts";
import { isSigned, textOf } from "./signature.ts";

/** What one forge's route brings along. */
export interface Door {
  headers: DeliveryHeaders;
  /** The current secret and the previous one, as far as they are set. */
  secrets: string[];
  /** Why a request of these headers is refused outright; null: it is not. */
  refusal?: (headers: Headers) => string | null;
  /** Why nothing starts; empty when armed. */
  disabled: string[];
  isEnrolled: (repo: RepoName) => boolean;
  parse: (event: string, payload: unknown) => Signal | Ignored;
  /** Settles only when the signal is durable. */
  record: (signal: Signal, deliveryId: string) => Promise<"accepted" | "duplicate">;
  /** Told why `record` failed: the answer does not say it. */
  onFailure?: (error: unknown) => void;
  bodyDeadlineMs?: number;
  bodyBytesMax?: number;
  startTimer?: StartTimer;
}

export interface DeliveryHeaders {
  event: string;
  delivery: string;
  signature: string;
  /** The bare hex digest of a signature header; null: not one. */
  digest: (value: string) => string | null;
}

/** No forge sends anything larger. */
const BODY_BYTES_MAX = 25 * 1024 * 1024;
const HEADER_CHARS_MAX = 128;

export async function handleWebhook(request: Request, door: Door): Promise<Response> {
  const body = await jsonRequestBody(request, {
    deadlineMs: door.bodyDeadlineMs ?? BODY_DEADLINE_MS,
    bytesMax: door.bodyBytesMax ?? BODY_BYTES_MAX,
    startTimer: door.startTimer ?? startTimer,
  });
  if (body.type === "refused") return body.answer;

  const { secrets } = door;
  if (secrets.length === 0) return refused(503, "webhook secret not set");
  const refusal = door.refusal?.(request.headers) ?? null;
  if (refusal !== null) return refused(401, refusal);
  const event = headerOf(request, door.headers.event);
  const delivery = headerOf(request, door.headers.delivery);
  if (event === null) return refused(400, "event header missing or malformed");
  if (delivery === null) return refused(400, "delivery header missing or malformed");

  const text = textOf(body.bytes);
  const digest = door.headers.digest(request.headers.get(door.headers.signature) ?? "");
  if (text === null || !(await isSigned(text, digest, secrets))) return refused(401, "signature does not match");
  const payload = parseJsonObject(text);
  if (payload === null) return refused(400, "body is not a JSON object");

  if (door.disabled.length > 0) return answered(202, { status: "disabled", reason: door.disabled.join("; ") });
  const signal = door.parse(event, payload);
  if (signal.type === "ignored") return answered(202, { status: "ignored", reason: signal.reason });
  if (!door.isEnrolled(signal.repo)) return answered(202, { status: "ignored", reason: "repo not enrolled" });
  try {
    return answered(202, { status: await door.record(signal, delivery) });
  } catch (error) {
    door.onFailure?.(error);
    return answered(500, { status: "failed" });
  }
}

interface Told {
  status: "disabled" | "ignored" | "duplicate" | "accepted" | "failed";
  reason?: string;
}

function answered(status: number, told: Told): Response {
  return Response.json(told, { status });
}

/** Null: missing, or nothing a forge would send. */
function headerOf(request: Request, name: string): string | null {
  const value = request.headers.get(name);
  if (!value || value.length > HEADER_CHARS_MAX) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(value) ? null : value;
}
