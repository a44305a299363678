/** What became of one try at an act. `again` is no failure: the deed goes on later. */
import type { ActResult } from "../core/types.ts";

export type Performed =
  | ActResult<Effect>
  /** Not wanted any more. */
  | { type: "dropped"; why: string }
  /** `tell`: the system that a human has to look after. `unread`: it was not tried, since something could not be read. */
  | { type: "again"; afterMs: number; why: string; tell?: string; unread?: true };

/** What a done act changes in its holder's record. */
export type Effect =
  | null
  | { type: "held_elsewhere" }
  | { type: "thread"; threadId: string; environment: string }
  | { type: "accepted" }
  /** Something is there to be seen: look at once. */
  | { type: "look" }
  | { type: "fenced" }
  | { type: "commented"; commentId: string | null; written: string }
  /** The ready label is on, as a comment ordered: by this label event. */
  | { type: "labelled"; event: string }
  | { type: "shown"; notifier: string; id: string | null; written: string };
