/**
 * A token that ends, or a forge that is down, is one trouble, however many repos of an owner are enrolled: one of them tells
 * it. The others are found again by the sweep once they can be read. What names the repo in its words is that repo's alone.
 */
import { withoutRoute } from "../core/text.ts";
import { parseRepoKey, type RepoName, repoKey } from "../core/types.ts";
import type { LedgerStanding } from "./fleet.ts";

/** What the ledgers said last. */
export interface LedgersTold {
  standings: Record<string, Pick<LedgerStanding, "troubled" | "paused">>;
  /** Why a repo's records cannot be read: then it reads nothing. */
  held?: Record<string, string>;
}

export class SharedTroubles {
  private readonly told: LedgersTold;
  /** Who tells it, by owner and reason. */
  private readonly tellers = new Map<string, string>();

  /** Those that tell already come first. One that is enrolled no more tells nobody. */
  constructor(enrolled: string[], told: LedgersTold) {
    this.told = told;
    for (const key of enrolled) {
      const repo = parseRepoKey(key);
      const why = told.standings[key]?.troubled;
      // Older code said no reason.
      if (repo !== null && typeof why === "string") this.elect(repo, why);
    }
  }

  /** Whether this repo tells it: the first that can does, and one that cannot is left to itself. */
  elect(repo: RepoName, why: string): boolean {
    const key = repoKey(repo);
    if (!this.canTell(key, why)) return true;
    const cause = `${repo.forge}:${repo.owner} ${withoutRoute(why)}`;
    const teller = this.tellers.get(cause) ?? key;
    this.tellers.set(cause, teller);
    return teller === key;
  }

  /** Held or paused it reads nothing; and of a repo that was told to be in trouble no other trouble is told. */
  private canTell(key: string, why: string): boolean {
    const { troubled, paused } = this.told.standings[key] ?? {};
    if (paused || key in (this.told.held ?? {})) return false;
    return typeof troubled !== "string" || withoutRoute(troubled) === withoutRoute(why);
  }
}
