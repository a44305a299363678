/**
 * A pause: people hold a repo, or all of them, without disarming anything. It stops what the kill switch stops, and the
 * kill switch and the allowlist stand above it: to undo a pause arms nothing. Pure.
 */
export interface Pause {
  /** Our clock. */
  at: number;
  /** The login of who asked for it; null: an operator, whose token bears no name. */
  by: string | null;
  via: "api" | "comment";
}

/** What lets nothing start and no turn leave; its words are a run's reason. */
export type Stop = { code: "kill_switch" } | { code: "paused"; why: string };

/** The repo's own pause before that of all: it is the one to be undone first. */
export function pauseWords(own: Pause | null, all: Pause | null): string | null {
  if (own !== null) return `paused by ${who(own)} since ${since(own)}`;
  return all === null ? null : `all repos are paused by ${who(all)} since ${since(all)}`;
}

/** Being disarmed stands above every pause. `kill_switch`: or a setting is invalid, or the repo is off the list. */
export function stopOf(armed: boolean, paused: string | null): Stop | null {
  if (!armed) return { code: "kill_switch" };
  return paused === null ? null : { code: "paused", why: paused };
}

function who({ by }: Pause): string {
  return by ?? "an operator";
}

function since({ at }: Pause): string {
  return new Date(at).toISOString();
}
