/** A wish whose gates all hold becomes a run: a place is taken for it, and it is stored with its acts in one transaction. */
import { claimed } from "../core/claim.ts";
import { tighter } from "../core/config.ts";
import { isRepairOrder } from "../core/gate-table.ts";
import { runId } from "../core/ids.ts";
import { type Landing, newProposal } from "../core/proposal.ts";
import { evidenceFor, landingUnder, type RepoRules } from "../core/repo-rules.ts";
import type { Run } from "../core/run.ts";
import type { RepoFacts } from "../core/types.ts";
import { withoutTurns } from "./candidates.ts";
import { type Gathered, rulesOf } from "./gathered.ts";
import { type Loop, notifierNames, reservationOf } from "./loop.ts";
import { issueRecord, saveRun } from "./save.ts";
import type { Troubles } from "./troubles.ts";

export async function claim(
  loop: Loop,
  gathered: Gathered,
  version: number,
  troubles: Troubles,
): Promise<"claimed" | "stale" | "later"> {
  const { facts, repoFacts } = gathered;
  const wish = facts.wish?.known ? facts.wish.value : null;
  const base = facts.trunk?.known ? facts.trunk.value.sha : await headOf(loop, gathered, troubles);
  if (!wish?.issue || !wish.labelEvent || !repoFacts || base === null) return "later";
  const { issue, labelEvent } = wish;
  const { config } = loop.settings;
  const count = loop.store.event(labelEvent.id)?.claim ?? 0;
  const forgeIds = { forge: loop.repo.forge, repoId: repoFacts.id, issueId: issue.id, labelEventId: labelEvent.id };
  const id = runId(loop.digest, { ...forgeIds, claim: count });
  const rules = rulesOf(gathered);
  const lands = await landing(loop, repoFacts.defaultBranch, rules, troubles);
  if (lands === null) return "later";
  const reserved = await loop.fleet.reserve(reservationOf(loop, id, repoFacts.id), config);
  if (!reserved.granted) return "later";
  const run = claimed(
    {
      id,
      claim: count,
      repo: { ...repoFacts, forge: loop.repo.forge },
      issue,
      labelEvent,
      labels: config.labels,
      limits: tighter(config.limits, rules.limits),
      rules,
      evidence: evidenceFor(rules, issue.labels),
      repairs: isRepairOrder(labelEvent, facts.ledger.freeze) ? "the trunk" : "nothing",
      base,
      baseChecks: gathered.trunkChecks,
      proposal: lands === "pull-request" ? newProposal(config.merge) : null,
      notifiers: notifierNames(loop),
      pollMs: config.pollMs,
    },
    loop.now(),
  );
  const stored = storeClaim(loop, run, repoFacts, version);
  if (stored === "stale") await loop.fleet.release(id, "unused");
  return stored;
}

/** On the very ledger that was looked at, or not at all. */
function storeClaim(loop: Loop, run: Run, facts: RepoFacts, version: number): "claimed" | "stale" {
  const { store } = loop;
  const { issue, labelEvent } = run;
  const stored = store.transaction(() => {
    // Its end may unblock whom it came before.
    const repo = withoutTurns(store.repo());
    if (repo.version !== version || store.run(run.id)) return "stale";
    store.putEvent(labelEvent.id, { v: 1, runId: run.id, claim: run.claim, consumed: true });
    const withRun = store.addRun(run, { ...repo, facts: repo.facts ?? facts, claimedAt: run.startedAt });
    store.putIssue({ ...issueRecord(loop, issue.number, issue.id), refusal: null });
    saveRun(loop, run, withRun);
    return "claimed";
  });
  if (stored === "stale") return stored;
  const msg = `claimed: ${labelEvent.actor.login} ${labelEvent.ordered ? "ordered a retry" : "labelled it"}`;
  loop.log({ level: "info", msg, issue: issue.number, run: run.id, code: "claimed" });
  return stored;
}

/** Null: it depends on the trunk's rules, and these cannot be read. */
async function landing(loop: Loop, trunk: string, rules: RepoRules, troubles: Troubles): Promise<Landing | null> {
  const wanted = landingUnder(loop.settings.config.landing, rules);
  if (wanted !== "auto") return wanted;
  const takesPush = await loop.proposals.takesPush(trunk);
  troubles.note("forge", takesPush);
  if (!takesPush.known) return null;
  return takesPush.value ? "push" : "pull-request";
}

/** An order to repair is claimed without the trunk's verdict having been read. */
async function headOf(loop: Loop, { repoFacts }: Gathered, troubles: Troubles): Promise<string | null> {
  if (!repoFacts) return null;
  const head = await loop.tracker.head(repoFacts.defaultBranch);
  troubles.note("forge", head);
  return head.known ? head.value : null;
}
