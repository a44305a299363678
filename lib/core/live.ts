/** Whether a commit is live: what the deploy rule's reads say, remembered over looks. Pure. */

export interface LiveMemory {
  /** The commit that is asked about: of our newest that passed. */
  commit: string;
  /** How often in a row the page said so, each a poll after the one before. */
  hits: number;
  hitAt: number | null;
  /** What was last seen, in words, for the story and a hand-over. */
  seen: string | null;
}
