/**
 * The port to a person's pocket. A board message is written once a run and updated in place; a bell is rung once for
 * each thing a person must hear. Texts arrive ready: redacted, escaped for nothing; each notifier escapes for itself.
 */
import type { ActResult } from "../core/types.ts";

/** What a person is told, in plain text, before any markup. */
export interface Notice {
  title: string;
  lines: string[];
  /** Links under the text, in order. */
  links: { label: string; url: string }[];
}

export interface Notifier {
  readonly name: string;
  /** Shows the run's state; `id` is the message to update, null to write it. Gives the message's id, null if none. */
  show(id: string | null, notice: Notice, key: string): Promise<ActResult<string | null>>;
  /** Rings; `under` is the message to reply to, if there is one. `key` is the same on every try. */
  ring(notice: Notice, urgency: "done" | "needs_human", under: string | null, key: string): Promise<ActResult>;
}
