/**
 * Every ring that took effect at a notifier, and which of them were one too many. Rule 6 allows a second ring only if
 * the loop died between the first and its note of it. How we know:
 *
 *   the ring .... when it reached the stand-in, on our clock; ntfy's replacing in place counts as a ring too
 *   the death ... from our SIGKILL until the launcher told of the next workerd: what arrives in between is the dead
 *                 one's, for a new one takes longer to start than a socket to be read
 *   the note .... the run's own story, asked at the end: when the ledger stored that the bell was rung. One machine,
 *                 one clock. A note that was never made durable is not in the story, or only that of a later ring.
 *
 * So of two rings that follow each other the second is excused if a death lies between them and the ledger's first
 * note is not older than it. Each further ring needs a death of its own.
 */
export interface Ring {
  notifier: "slack" | "ntfy";
  text: string;
  at: number;
}

export class Bells {
  readonly rings: Ring[] = [];
  /** When each killed workerd was surely gone. */
  readonly deaths: number[] = [];

  /** The rings that told of the end of an issue's run. */
  of(notifier: Ring["notifier"], issue: string): number[] {
    const about = this.rings.filter((one) => one.notifier === notifier && one.text.startsWith(`${issue} `));
    return about.map(({ at }) => at);
  }
}

/** How many rings no death excuses. `notedAt`: the ledger's note that it rang; null: there is none. */
export function unexcused(rings: number[], deaths: number[], notedAt: number | null): number {
  return rings.filter((at, index) => {
    const before = rings[index - 1];
    if (before === undefined) return false;
    const died = deaths.some((death) => before <= death && death <= at);
    return !died || (notedAt !== null && notedAt < at);
  }).length;
}
