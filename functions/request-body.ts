/** A request's body, whole or not at all: counted while it streams, and given only so long to arrive. */

export type Body = { type: "read"; bytes: Uint8Array } | { type: "late" } | { type: "too_large" };

/** Calls `fire` once after `ms`, unless the returned function is called first. */
export type StartTimer = (ms: number, fire: () => void) => () => void;

/** So long any sender's body may take. */
export const BODY_DEADLINE_MS = 10_000;

export interface BodyLimits {
  deadlineMs: number;
  bytesMax: number;
  startTimer: StartTimer;
}

export async function readBody(request: Request, limits: BodyLimits): Promise<Body> {
  if (!request.body) return { type: "read", bytes: new Uint8Array() };
  const reader = request.body.getReader();
  const { promise: deadline, resolve: fire } = Promise.withResolvers<"late">();
  const stopTimer = limits.startTimer(limits.deadlineMs, () => fire("late"));
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), deadline]);
      if (read === "late") return await givenUp(reader, { type: "late" });
      if (read.done) return { type: "read", bytes: joined(chunks, bytes) };
      bytes += read.value.byteLength;
      if (bytes > limits.bytesMax) return await givenUp(reader, { type: "too_large" });
      chunks.push(read.value);
    }
  } catch {
    // The sender broke off: its body will never be complete.
    return { type: "late" };
  } finally {
    stopTimer();
  }
}

async function givenUp(reader: ReadableStreamDefaultReader<Uint8Array>, body: Body): Promise<Body> {
  // Not awaited: a sender that stalls may stall its cancelling too.
  reader.cancel().catch(() => {});
  return body;
}

/** The platform's own. */
export function startTimer(ms: number, fire: () => void): () => void {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
}

export function isJson(contentType: string | null): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

function joined(chunks: Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
