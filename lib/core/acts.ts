/**
 * Acts: outside deeds, stored before they are performed and acknowledged when they succeeded. At least once out,
 * idempotent at the far end. This file says what kinds there are, in which order they go and when a failed one is due.
 */

export type Deed =
  /** Adds the in-progress label: the claim others can see. */
  | { type: "stamp" }
  /** Removes the ready-for-human label a former run left; the in-progress label goes with `remove_label`. */
  | { type: "unstamp" }
  /** Reads the label's record back: was another loop faster? */
  | { type: "read_back" }
  | { type: "create_thread" }
  | { type: "start_turn"; turn: number }
  | { type: "answer"; requestId: string }
  /** Brings the thread to rest, or deletes what never started. */
  | { type: "fence" }
  | { type: "rerun"; sha: string; runIds: string[] }
  | { type: "propose" }
  /** Exactly this head, and never past a rule of the repo's. */
  | { type: "merge"; head: string }
  /** The run's own, once it is merged, if nobody pushed to it since. */
  | { type: "delete_branch"; head: string }
  | { type: "remove_label"; label: "ready" | "inProgress" }
  | { type: "hand_label" }
  | { type: "close" }
  | { type: "reopen" }
  /** The new short comment that mentions the labeller. */
  | { type: "hand_over"; text: string }
  /** Tells whoever gave a command what came of it. */
  | { type: "react"; comment: string; content: "+1" | "confused" }
  /** Puts the ready label on, anew if it is on, as this comment ordered. */
  | { type: "retry"; comment: string; issue: number }
  /** Brings the issue's one comment to the text it should have. */
  | { type: "comment" }
  /** Brings the run's message at a notifier to the text it should have. */
  | { type: "show"; notifier: string }
  | { type: "ring"; notifier: string; bell: Bell };

export type DeedOf<Type extends Deed["type"]> = Extract<Deed, { type: Type }>;

/** Of the act that has CI of this commit run once more. */
export function rerunKey(sha: string): string {
  return `rerun-${sha}`;
}

/** What a person must hear. */
export type Bell =
  | { type: "ended" }
  /** A proposal waits for people. */
  | { type: "review" }
  /**
   * An act or a read of `system` fails and a human can mend it. `over`: it was refused for good. `ofBell`: what fails is
   * the bell that told of another notifier's trouble; of such a one's failure nobody is rung, or two that fail would ring
   * for each other without end.
   */
  | { type: "trouble"; system: string; detail: string; over?: true; ofBell?: true };

export type ActState = "pending" | "acked" | "refused" | "cancelled";

export interface Act {
  /** Unique among its holder's acts, and the same on every try. */
  key: string;
  deed: Deed;
  /** `forge`, `executor` or a notifier's name: acts to different systems never wait for each other. */
  system: string;
  /** Keys of acts that must be over first; a refused or cancelled one cancels this. */
  after: string[];
  /** A run is settled when no act that holds is pending. */
  holds: boolean;
  state: ActState;
  tries: number;
  createdAt: number;
  dueAt: number;
  error: string | null;
  /** Since when each try could not read what it is decided on. Absent: the last one could. */
  unreadSince?: number;
  /** A human was told that it fails. */
  told: boolean;
  /** For `comment` and `show`: the digest of the text last written. */
  written: string | null;
  writtenAt: number | null;
}

export const FORGE = "forge";
export const EXECUTOR = "executor";

const BACKOFF_CAP_MS = 15 * 60_000;
/** A server that asks for more is not believed: a garbled Retry-After must not put an act off for years. */
export const ASKED_CAP_MS = 2 * 3_600_000;
/** Network errors and 5xx are told after this many tries; 401, 403 and a refusal at once. */
export const TRIES_BEFORE_TELLING = 10;

export function act(key: string, deed: Deed, now: number, options: { after?: string[]; holds?: boolean } = {}): Act {
  return {
    key,
    deed,
    system: systemOf(deed),
    after: options.after ?? [],
    holds: options.holds ?? false,
    state: "pending",
    tries: 0,
    createdAt: now,
    dueAt: now,
    error: null,
    told: false,
    written: null,
    writtenAt: null,
  };
}

/** What a person must hear, at one notifier; `key` tells bells of one kind apart. */
export function ring(notifier: string, key: string, bell: Bell, now: number): Act {
  return act(`ring-${notifier}-${key}`, { type: "ring", notifier, bell }, now);
}

function systemOf(deed: Deed): string {
  switch (deed.type) {
    case "create_thread":
    case "start_turn":
    case "answer":
    case "fence":
      return EXECUTOR;
    case "show":
    case "ring":
      return deed.notifier;
    case "stamp":
    case "unstamp":
    case "read_back":
    case "rerun":
    case "propose":
    case "merge":
    case "delete_branch":
    case "remove_label":
    case "hand_label":
    case "close":
    case "reopen":
    case "hand_over":
    case "comment":
    case "react":
    case "retry":
      return FORGE;
    default:
      return deed satisfies never;
  }
}

/** What an act does for a run: has its agent work, takes the run on without it, or is owed and told even once it has ended. */
const PURPOSES: Record<Deed["type"], "asks the agent" | "starts" | "owed"> = {
  create_thread: "asks the agent",
  start_turn: "asks the agent",
  answer: "asks the agent",
  stamp: "starts",
  unstamp: "starts",
  read_back: "starts",
  rerun: "starts",
  propose: "starts",
  merge: "starts",
  fence: "owed",
  delete_branch: "owed",
  remove_label: "owed",
  hand_label: "owed",
  close: "owed",
  reopen: "owed",
  hand_over: "owed",
  react: "owed",
  retry: "owed",
  comment: "owed",
  show: "owed",
  ring: "owed",
};

export function asksTheAgent({ type }: Deed): boolean {
  return PURPOSES[type] === "asks the agent";
}

/** A run that has ended does nothing of this any more. */
export function startsSomething({ type }: Deed): boolean {
  return PURPOSES[type] !== "owed";
}

export function cancelled(one: Act): Act {
  return { ...one, state: "cancelled" };
}

/** An agent is still being brought to rest. */
export function isPendingFence({ deed, state }: Act): boolean {
  return deed.type === "fence" && state === "pending";
}

/** Acts that may be tried now: pending, due, and everything they come after is acked. */
export function performable(acts: Act[], now: number): Act[] {
  return acts.filter((one) => one.state === "pending" && one.dueAt <= now && isFree(one, acts));
}

/** When the next act is due; null when none waits but for others. */
export function nextActAt(acts: Act[]): number | null {
  const due = acts.filter((one) => one.state === "pending" && isFree(one, acts)).map((one) => one.dueAt);
  return due.length > 0 ? Math.min(...due) : null;
}

/** Cancels what waits for something that will never be acked. */
export function withoutOrphans(acts: Act[]): Act[] {
  const lost = new Set(
    acts.filter((one) => one.state === "refused" || one.state === "cancelled").map((one) => one.key),
  );
  let changed = false;
  const next = acts.map((one) => {
    if (one.state !== "pending" || !one.after.some((key) => lost.has(key))) return one;
    changed = true;
    return cancelled(one);
  });
  return changed ? withoutOrphans(next) : acts;
}

function isFree(one: Act, acts: Act[]): boolean {
  return one.after.every((key) => acts.find((other) => other.key === key)?.state === "acked");
}

/**
 * Exponential from `baseMs`, capped at 15 minutes, half of it jitter; never before what the system asked for, within
 * reason.
 */
export function retryAt(now: number, tries: number, baseMs: number, random: number, afterMs: number | null): number {
  const full = Math.min(BACKOFF_CAP_MS, baseMs * 2 ** Math.min(tries - 1, 20));
  return now + Math.max(Math.round(full / 2 + (full / 2) * random), Math.min(afterMs ?? 0, ASKED_CAP_MS));
}
