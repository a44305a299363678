/** The answers that are the same on every forge. What else an answer may hold is each one's own. */
type Answer = { status: number; body?: unknown };

/** A list that the caller pages through: Link headers are made of it. */
export type Page = { number: number; size: number; total: number };

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function created(body: unknown): Answer {
  return { status: 201, body };
}

export const noContent: Answer = { status: 204 };
