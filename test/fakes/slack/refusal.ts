/** Slack's no: the status is 200 all the same. */
export type Refusal = { ok: false; error: string } & Record<string, unknown>;

export function refused(error: string): Refusal {
  return { ok: false, error };
}

export type Answer = { ok: true } & Record<string, unknown>;
