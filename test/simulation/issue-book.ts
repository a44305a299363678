/** What became of issues and texts, as no issue shows it afterwards. Kept for the rules; each issue by `repo#number`. */
export class IssueBook {
  /** Issues that were moved to another repo: where to. */
  readonly moved = new Map<string, { repo: string; number: number }>();
  /** Issues whose comment of ours a person deleted. */
  readonly commentsTaken = new Set<string>();
  /** Texts with their labels on that the loop took from a delivery, by issue and second. */
  readonly sights = new Set<string>();
}
