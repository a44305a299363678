/** What came to each trunk, and what CI once said: a forge forgets both. Kept for the rules. */
export class CommitBook {
  /** Commits that CI called red at some time. */
  readonly reds = new Set<string>();
  /** Commits of which a run of the trunk failed at some time: one that is run again forgets it. */
  readonly failed = new Set<string>();
  private readonly trunks = new Map<string, string[]>();

  landed(repo: string, sha: string): void {
    this.trunks.set(repo, [...this.trunk(repo), sha]);
  }

  /** All that ever came to it, oldest first. */
  trunk(repo: string): string[] {
    return this.trunks.get(repo) ?? [];
  }

  /** Whether this commit, or any that came after it on its trunk, was red at some time. */
  wasRedSince(sha: string): boolean {
    const commits = [...this.trunks.values()].find((one) => one.includes(sha)) ?? [sha];
    return commits.slice(commits.indexOf(sha)).some((one) => this.reds.has(one));
  }
}
