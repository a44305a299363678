/** A fetch whose failure says why: Node's own says "fetch failed", and keeps the refused port or certificate to itself. */
import type { Fetch } from "../forge/http.ts";

export const plainFetch: Fetch = async (url, init) => {
  try {
    return await fetch(url, init);
  } catch (error) {
    const why = causeOf(error);
    throw why === null ? error : new Error(why, { cause: error });
  }
};

function causeOf(error: unknown): string | null {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return null;
  const { message } = error.cause;
  const code = "code" in error.cause ? String(error.cause.code) : "";
  return message || code || null;
}
