/**
 * A token that ends, or a forge that is down, is one trouble, however many repos of an owner are enrolled: one of them tells
 * it. The others are found again by the sweep once they can be read.
 */
import { parseRepoKey, type RepoName, repoKey } from "../lib/core/types.ts";
import { withoutRoute } from "../lib/forge/results.ts";
import type { Standing } from "../lib/loop/fleet.ts";

export class SharedTroubles {
  /** Who tells it, by owner and reason. */
  private readonly teller = new Map<string, string>();

  /** Those that tell already, as their ledgers said last. One that is enrolled no more tells nobody. */
  constructor(enrolled: string[], standings: Record<string, Pick<Standing, "troubled">>) {
    for (const key of enrolled) {
      const repo = parseRepoKey(key);
      const why = standings[key]?.troubled;
      // Older code said no reason.
      if (repo !== null && typeof why === "string") this.isFirst(repo, why);
    }
  }

  isFirst(repo: RepoName, why: string): boolean {
    const cause = `${repo.forge}:${repo.owner} ${withoutRoute(why)}`;
    const teller = this.teller.get(cause) ?? repoKey(repo);
    this.teller.set(cause, teller);
    return teller === repoKey(repo);
  }
}
