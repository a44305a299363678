/** What is at hand of the facts the gates ask for; it begins with what our own records tell. */
import { disabledReasons } from "../core/config.ts";
import type { GateFacts, LedgerFact } from "../core/gates.ts";
import { holdsRepo, proposed, wantsRepo } from "../core/proposal.ts";
import { DEFAULT_RULES, type RepoRules, rulesHeld } from "../core/repo-rules.ts";
import { known, type Reading, type RepoFacts, unread } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import { pausedWhy } from "./stopped.ts";

/** The facts at hand, with what reading them brought along for a claim. */
export interface Gathered {
  facts: GateFacts;
  repoFacts: RepoFacts | null;
  trunkChecks: string[];
  /** The open issues in progress, read once for all candidates of a look. */
  shared: { inProgress: Reading<number[]> | null };
}

/** As far as they were read. */
export function rulesOf({ facts }: Gathered): RepoRules {
  return facts.config?.known ? rulesHeld(facts.config.value) : DEFAULT_RULES;
}

/** The default branch as far as it was read, else as it was called at first contact. */
export function branchOf(loop: Loop, { repoFacts }: Gathered): Reading<string> {
  const branch = repoFacts?.defaultBranch ?? loop.store.repo().facts?.defaultBranch;
  return branch === undefined ? unread("the default branch is not known") : known(branch);
}

export async function noFacts(loop: Loop): Promise<Gathered> {
  const paused = await pausedWhy(loop);
  const reasons = disabledReasons(loop.settings);
  const repo = loop.store.repo();
  return {
    facts: {
      killSwitch: { on: reasons.length > 0, why: reasons.join("; ") },
      paused,
      repo: loop.repo,
      ledger: {
        consumedBy: null,
        ownRun: false,
        ...occupation(loop, null),
        freeze: repo.freeze,
        remembered: null,
      },
    },
    repoFacts: null,
    trunkChecks: [],
    shared: { inProgress: null },
  };
}

/** What other runs than this one hold of the repo. */
export function occupation(loop: Loop, ownRun: string | null): Pick<LedgerFact, "busyWith" | "openPulls"> {
  const others = loop.store.activeRuns().filter((run) => run.id !== ownRun);
  const busy = others.find(holdsRepo) ?? others.find(wantsRepo);
  const openPulls = others.filter((run) => run.outcome === null && proposed(run) !== null).length;
  return { busyWith: busy?.issue.number ?? null, openPulls };
}
