/**
 * Starts what is ready: lists the candidates, asks the gates, claims the first that may start. One run a repo, so one
 * claim a look. It performs nothing: the claim is a transaction that stores the run with its acts.
 */

import { blockersInBody } from "../core/blocked-by.ts";
import { claimed } from "../core/claim.ts";
import { isEnrolled, tighter } from "../core/config.ts";
import { mayStart, OWN_GATES, REPO_GATES, WISH_GATES } from "../core/dispatch-policy.ts";
import { GATES, isRepairOrder } from "../core/gate-table.ts";
import { runId } from "../core/ids.ts";
import { type Landing, newProposal } from "../core/proposal.ts";
import { evidenceFor, landingUnder, type RepoRules } from "../core/repo-rules.ts";
import type { Run } from "../core/run.ts";
import { type Candidate, type RepoFacts, repoKey } from "../core/types.ts";
import { fits, REQUESTS } from "./allowance.ts";
import { beginTurns, hadTurns, ofThisLook, withoutRunning, withoutTurns } from "./candidates.ts";
import { gather } from "./gate-facts.ts";
import { type Gathered, noFacts, rulesOf } from "./gathered.ts";
import { type Loop, notifierNames, reservationOf } from "./loop.ts";
import { forgetMended, forgetUnlabelled, noteReads, refuse, refuseAll, sayToEach } from "./refusals.ts";
import { issueRecord, saveRun } from "./save.ts";
import { noteSeen, noteSights, seeWaiting } from "./sightings.ts";
import { dateFreeze, type Thawed, thaw } from "./thaw.ts";
import type { Troubles } from "./troubles.ts";

/**
 * `later`: something could not be read, or waits for what no webhook tells; look again. `on`: the rest is for another
 * invocation, at once.
 */
export type Polled = "claimed" | "nothing" | "later" | "on" | "stale";

export async function startReady(loop: Loop, troubles: Troubles): Promise<Polled> {
  const { config } = loop.settings;
  const askedBefore = loop.requests();
  const gathered = await noFacts(loop);
  if (!isEnrolled(config, repoKey(loop.repo))) return "nothing";
  const own = mayStart(gathered.facts, config, OWN_GATES);
  if (own.type === "refused") {
    if (own.refusal.code === "repo_busy") await seeWaiting(loop, troubles);
    return "nothing";
  }
  const isFrozen = gathered.facts.ledger.freeze !== null;
  const thawed = await thaw(loop, gathered, troubles);
  if (isFrozen && thawed === "free") beginTurns(loop);
  if (thawed === "free") gathered.facts.ledger = { ...gathered.facts.ledger, freeze: null };
  const listed = await loop.tracker.candidates(config.labels.ready);
  troubles.note("forge", listed);
  if (!listed.known) return untilReadable(loop);
  forgetUnlabelled(loop, listed.value);
  noteSights(loop, listed.value);
  const candidates = withoutRunning(loop, listed.value);
  const [first] = candidates;
  if (first === undefined) return "nothing";
  await dateFreeze(loop, first.number);
  gathered.facts.waiting = candidates.map((candidate) => candidate.number).sort((one, other) => one - other);
  const repoWide = await gather(loop, gathered, 0, REPO_GATES);
  noteReads(gathered, troubles);
  if (gathered.facts.config?.known && gathered.facts.config.value.type !== "invalid") forgetMended(loop);
  // No webhook tells when a page goes live, or that a read would succeed: whoever waits for that looks again.
  const waits: Polled = thawed === "later" || thawed === "unread" ? "later" : "nothing";
  if (repoWide.type === "refused") {
    const { refusal } = repoWide;
    const said =
      refusal.code === "repo_config"
        ? await sayToEach(loop, candidates, gathered, refusal, troubles)
        : refuseAll(loop, candidates, refusal, troubles);
    return said === "nothing" ? waits : said;
  }
  if (repoWide.type === "unknown") return "later";
  let answer = waits;
  let trunk: "read" | "unsure" = "read";
  let ended: "in full" | "cut off" = "in full";
  const had: number[] = [];
  for (const [place, candidate] of ofThisLook(loop, candidates).entries()) {
    const isFirst = place === 0;
    if (!isFirst && !fits(loop.requests(), REQUESTS.candidate)) ended = "cut off";
    if (ended === "cut off") break;
    // One that an invocation of its own has no room for is judged there all the same, or it never would be.
    const hasRoom = (cost: number) => (isFirst && askedBefore === 0) || fits(loop.requests(), cost);
    const judged = await judge(loop, candidate, gathered, { thawed, hasRoom }, troubles);
    if (judged === "claimed" || judged === "stale") return judged;
    if (judged === "cut off") ended = judged;
    // Of the whole repo: no other is surer, and the most urgent stays first.
    else if (judged === "trunk unsure") trunk = "unsure";
    else had.push(candidate.number);
    if (judged === "later" || judged === "unsure") answer = "later";
  }
  const left = hadTurns(loop, candidates, had, ended);
  if (trunk === "unsure") return "later";
  return left === "nothing" ? answer : left;
}

/**
 * Once a human was told the sweep alone asks on, a few repos a minute: of many that cannot be read for one reason, a
 * revoked token say, each would ask twice a minute for days.
 */
function untilReadable(loop: Loop): Polled {
  return loop.store.repo().troubles.forge?.told ? "nothing" : "later";
}

/** Asks every gate of one candidate and claims it if all hold. Cut off, nothing is decided of it: there is no room for what it names. */
async function judge(
  loop: Loop,
  candidate: Candidate,
  repoWide: Gathered,
  { thawed, hasRoom }: { thawed: Thawed; hasRoom: (cost: number) => boolean },
  troubles: Troubles,
): Promise<"claimed" | "stale" | "nothing" | "later" | "unsure" | "trunk unsure" | "cut off"> {
  const { version } = loop.store.repo();
  const gathered: Gathered = { ...repoWide, facts: { ...repoWide.facts } };
  const wished = await gather(loop, gathered, candidate.number, WISH_GATES);
  const named = blockersInBody(gathered.facts.wish?.known ? (gathered.facts.wish.value.issue?.body ?? "") : "");
  if (wished.type === "start" && !hasRoom(REQUESTS.candidateOnceRead + named.length)) return "cut off";
  const ruling = await gather(loop, gathered, candidate.number, GATES);
  noteReads(gathered, troubles);
  const issue = gathered.facts.wish?.known ? gathered.facts.wish.value.issue : null;
  if (issue && loop.tracker.pin.type === "sightings") loop.store.transaction(() => noteSeen(loop, issue.number, issue));
  switch (ruling.type) {
    case "start":
      return claim(loop, gathered, version, troubles);
    case "refused":
      // Whether it is still frozen could not be read: that holds all but the order to repair, and refuses none.
      if (thawed === "unread" && ruling.refusal.code === "repo_frozen") return "later";
      refuse(loop, candidate, ruling.refusal, gathered);
      return "nothing";
    case "unknown":
      return ruling.gate === "trunk_red" ? "trunk unsure" : "unsure";
    default:
      return ruling satisfies never;
  }
}

async function claim(
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
