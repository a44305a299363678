/**
 * Starts what is ready: lists the candidates, asks the gates, claims the first that may start. One run a repo, so one
 * claim a look. It performs nothing: the claim is a transaction that stores the run with its acts.
 */

import { claimed } from "../core/claim.ts";
import { isEnrolled } from "../core/config.ts";
import {
  byUrgency,
  GATES,
  isRepairOrder,
  mayStart,
  OWN_GATES,
  REPO_GATES,
  WISH_GATES,
} from "../core/dispatch-policy.ts";
import type { Refusal } from "../core/gates.ts";
import { runId } from "../core/ids.ts";
import { type Landing, newProposal } from "../core/proposal.ts";
import { evidenceFor, landingUnder, limitsUnder, type RepoRules } from "../core/repo-rules.ts";
import { type Candidate, type LabelEvent, repoKey, unread } from "../core/types.ts";
import { type Gathered, gather, noFacts, rulesOf } from "./gate-facts.ts";
import { type Loop, notifierNames } from "./loop.ts";
import { freshIssue, saveIssue, saveRun } from "./save.ts";
import { noteSeen } from "./sightings.ts";
import { thaw } from "./thaw.ts";
import type { Troubles } from "./troubles.ts";

/** Two hundred issues from a template cost no more than these a look. */
const CANDIDATES_A_LOOK = 10;

/** `later`: something could not be read, or waits for what no webhook tells; look again. */
export type Polled = "claimed" | "nothing" | "later" | "stale";

export async function startReady(loop: Loop, troubles: Troubles): Promise<Polled> {
  const { config } = loop.settings;
  const gathered = await noFacts(loop);
  const own = mayStart(gathered.facts, config, OWN_GATES);
  if (own.type === "refused" || !isEnrolled(config, repoKey(loop.repo))) return "nothing";
  const thawed = await thaw(loop, gathered, troubles);
  if (thawed === "unread") return "later";
  if (thawed === "free") gathered.facts.ledger = { ...gathered.facts.ledger, freeze: null };
  const listed = await loop.tracker.candidates(config.labels.ready);
  troubles.note("forge", listed);
  if (!listed.known) return "later";
  forgetUnlabelled(loop, listed.value);
  noteSights(loop, listed.value);
  const candidates = withoutRunning(loop, listed.value);
  if (candidates.length === 0) return "nothing";
  gathered.facts.waiting = candidates.map((candidate) => candidate.number).sort((one, other) => one - other);
  const repoWide = await gather(loop, gathered, 0, REPO_GATES);
  noteReads(gathered, troubles);
  if (gathered.facts.config?.known && gathered.facts.config.value.type !== "invalid") forgetMended(loop);
  // No webhook tells when a page goes live: whoever waits for that looks again.
  const waits: Polled = thawed === "later" ? "later" : "nothing";
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
  for (const candidate of inTurn(loop, candidates).slice(0, CANDIDATES_A_LOOK)) {
    const judged = await judge(loop, candidate, gathered, troubles);
    if (judged === "claimed" || judged === "stale") return judged;
    if (judged === "later") answer = "later";
  }
  const more = candidates.length > CANDIDATES_A_LOOK && unjudged(loop, candidates).length > 0;
  return more ? "later" : answer;
}

/** Asks every gate of one candidate and claims it if all hold. */
async function judge(loop: Loop, candidate: Candidate, repoWide: Gathered, troubles: Troubles): Promise<Polled> {
  const { version } = loop.store.repo();
  const gathered: Gathered = { ...repoWide, facts: { ...repoWide.facts } };
  const verdict = await gather(loop, gathered, candidate.number, GATES);
  noteReads(gathered, troubles);
  const issue = gathered.facts.wish?.known ? gathered.facts.wish.value.issue : null;
  if (issue && loop.tracker.pin.type === "sightings") loop.store.transaction(() => noteSeen(loop, issue.number, issue));
  switch (verdict.type) {
    case "start":
      return claim(loop, gathered, version);
    case "refused":
      refuse(loop, candidate, verdict.refusal, gathered);
      return "nothing";
    case "unknown":
    case "read":
      return "later";
    default:
      return verdict satisfies never;
  }
}

async function claim(loop: Loop, gathered: Gathered, version: number): Promise<Polled> {
  const { facts, repoFacts } = gathered;
  const wish = facts.wish?.known ? facts.wish.value : null;
  const base = facts.trunk?.known ? facts.trunk.value.sha : await headOf(loop, gathered);
  if (!wish?.issue || !wish.labelEvent || !repoFacts || base === null) return "later";
  const { issue, labelEvent } = wish;
  const { config } = loop.settings;
  const event = loop.store.event(labelEvent.id);
  const count = event ? event.claim : 0;
  const identity = {
    forge: loop.repo.forge,
    repoId: repoFacts.id,
    issueId: issue.id,
    labelEventId: labelEvent.id,
    claim: count,
  };
  const id = runId(loop.digest, identity);
  const rules = rulesOf(gathered);
  const lands = await landing(loop, repoFacts.defaultBranch, rules);
  if (lands === null) return "later";
  const reservation = { runId: id, repo: repoKey(loop.repo), identity: `${loop.repo.forge}:${repoFacts.id}` };
  const reserved = await loop.fleet.reserve(reservation, config);
  if (!reserved.granted) return "later";
  const stored = loop.store.transaction((): Polled => {
    const repo = loop.store.repo();
    if (repo.version !== version || loop.store.run(id)) return "stale";
    const run = claimed(
      {
        id,
        claim: count,
        repo: { ...repoFacts, forge: loop.repo.forge },
        issue,
        labelEvent,
        labels: config.labels,
        limits: limitsUnder(config.limits, rules),
        rules,
        evidence: evidenceFor(rules, issue.labels),
        repairs: repairs(gathered, labelEvent) ? "the trunk" : "nothing",
        base,
        baseChecks: gathered.trunkChecks,
        proposal: lands === "pull-request" ? newProposal(config.merge) : null,
        notifiers: notifierNames(loop),
        pollMs: config.pollMs,
      },
      loop.now(),
    );
    loop.store.putEvent(labelEvent.id, { v: 1, runId: id, claim: count, consumed: true });
    const withRun = loop.store.addRun(run, { ...repo, facts: repo.facts ?? repoFacts, claimedAt: run.startedAt });
    const record = loop.store.issue(issue.number) ?? freshIssue(issue.number, issue.id);
    loop.store.putIssue({ ...record, refusal: null });
    saveRun(loop, run, withRun);
    return "claimed";
  });
  if (stored !== "claimed") {
    await loop.fleet.release(id, "unused");
    return stored;
  }
  loop.log({
    level: "info",
    msg: `claimed: ${labelEvent.actor.login} ${labelEvent.ordered ? "ordered a retry" : "labelled it"}`,
    issue: issue.number,
    run: id,
    code: "claimed",
  });
  return "claimed";
}

/** Null: it depends on the trunk's rules, and these cannot be read. */
async function landing(loop: Loop, trunk: string, rules: RepoRules): Promise<Landing | null> {
  const wanted = landingUnder(loop.settings.config.landing, rules);
  if (wanted !== "auto") return wanted;
  const takesPush = await loop.proposals.takesPush(trunk);
  if (!takesPush.known) return null;
  return takesPush.value ? "push" : "pull-request";
}

/** It starts on a frozen trunk: only the order to repair it does. */
function repairs({ facts }: Gathered, labelEvent: LabelEvent): boolean {
  const { freeze } = facts.ledger;
  return freeze !== null && isRepairOrder(labelEvent, freeze);
}

/** An order to repair is claimed without the trunk's verdict having been read. */
async function headOf(loop: Loop, gathered: Gathered): Promise<string | null> {
  const branch = gathered.repoFacts?.defaultBranch;
  const head = branch === undefined ? null : await loop.tracker.head(branch);
  return head?.known ? head.value : null;
}

function refuse(loop: Loop, candidate: Candidate, refusal: Refusal, gathered: Gathered): void {
  const labelEventId = gathered.facts.wish?.known ? (gathered.facts.wish.value.labelEvent?.id ?? null) : null;
  loop.store.transaction(() => {
    const before = loop.store.issue(candidate.number) ?? freshIssue(candidate.number, candidate.id);
    const same = isSame(before.refusal, refusal);
    const repo = loop.store.repo();
    const known = { ...repo, facts: repo.facts ?? gathered.repoFacts };
    saveIssue(loop, { ...before, refusal: { ...refusal, labelEventId }, judgedAt: loop.now() }, known);
    if (same) return;
    loop.count({ type: "refused", code: refusal.code });
    const { number: issue } = candidate;
    loop.log({ level: "info", msg: `refused: ${refusal.reason}`, issue, run: null, code: refusal.code });
  });
}

/**
 * A refusal of the whole repo is nobody's in particular, and whose label it was is not known yet: it is said on no
 * issue. An executor that takes no thread is the operator's to mend: the bell tells.
 */
function refuseAll(loop: Loop, candidates: Candidate[], refusal: Refusal, troubles: Troubles): Polled {
  const { code, reason } = refusal;
  loop.count({ type: "refused", code });
  if (code === "executor") troubles.note("executor", unread(reason, "auth"));
  const issue = [...candidates].sort(byUrgency)[0]?.number ?? null;
  loop.log({ level: "info", msg: `not now: ${reason}`, issue, run: null, code });
  return code === "limits" || code === "quota" || code === "executor" ? "later" : "nothing";
}

/**
 * What people of the repo can mend is said on the issues, to whoever may start something there. An issue on which it
 * stands already is not read again.
 */
async function sayToEach(
  loop: Loop,
  candidates: Candidate[],
  repoWide: Gathered,
  refusal: Refusal,
  troubles: Troubles,
): Promise<Polled> {
  const unsaid = inTurn(loop, candidates).filter(({ number }) => !isSame(loop.store.issue(number)?.refusal, refusal));
  let answer: Polled = "nothing";
  for (const candidate of unsaid.slice(0, CANDIDATES_A_LOOK)) {
    const gathered: Gathered = { ...repoWide, facts: { ...repoWide.facts } };
    const verdict = await gather(loop, gathered, candidate.number, WISH_GATES);
    noteReads(gathered, troubles);
    if (verdict.type === "start") refuse(loop, candidate, refusal, gathered);
    else if (verdict.type === "refused") refuse(loop, candidate, verdict.refusal, gathered);
    else answer = "later";
  }
  return unsaid.length > CANDIDATES_A_LOOK && unjudged(loop, unsaid).length > 0 ? "later" : answer;
}

/** The file is understood again, whatever else is in the way of the issues it was said on. */
function forgetMended(loop: Loop): void {
  for (const number of loop.store.repo().refused) {
    const record = loop.store.issue(number);
    if (record?.refusal?.code === "repo_config")
      loop.store.transaction(() => saveIssue(loop, { ...record, refusal: null }));
  }
}

function isSame(one: Refusal | null | undefined, other: Refusal): boolean {
  return one?.code === other.code && one.reason === other.reason;
}

/** Before anything of ours is written to any of them. */
function noteSights(loop: Loop, candidates: Candidate[]): void {
  const shown = candidates.filter((candidate) => candidate.seen);
  if (shown.length === 0) return;
  loop.store.transaction(() => {
    for (const { number, seen } of shown) if (seen) noteSeen(loop, number, seen);
  });
}

/** One whose run waits for people carries the label still. */
function withoutRunning(loop: Loop, candidates: Candidate[]): Candidate[] {
  const running = loop.store.activeRuns().flatMap((run) => (run.settledAt === null ? [run.issue.number] : []));
  return candidates.filter((candidate) => !running.includes(candidate.number));
}

/** Issues that are no candidates any more lose the refusal said on them. */
function forgetUnlabelled(loop: Loop, candidates: Candidate[]): void {
  const labelled = new Set(candidates.map((candidate) => candidate.number));
  for (const number of loop.store.repo().refused) {
    const record = labelled.has(number) ? null : loop.store.issue(number);
    if (record) loop.store.transaction(() => saveIssue(loop, { ...record, refusal: null }));
  }
}

/**
 * Most urgent first. Where there are more than a look takes, those that stand refused wait behind the others, the
 * longest unjudged of them first, so that every one is judged in the end.
 */
function inTurn(loop: Loop, candidates: Candidate[]): Candidate[] {
  const urgent = [...candidates].sort(byUrgency);
  if (urgent.length <= CANDIDATES_A_LOOK) return urgent;
  const fresh = unjudged(loop, urgent);
  const refused = urgent.filter((candidate) => !fresh.includes(candidate));
  const judgedAt = new Map(refused.map((one) => [one.number, loop.store.issue(one.number)?.judgedAt ?? 0]));
  refused.sort((one, other) => (judgedAt.get(one.number) ?? 0) - (judgedAt.get(other.number) ?? 0));
  return [...fresh, ...refused];
}

function unjudged(loop: Loop, candidates: Candidate[]): Candidate[] {
  const refused = new Set(loop.store.repo().refused);
  return candidates.filter((candidate) => !refused.has(candidate.number));
}

function noteReads(gathered: Gathered, troubles: Troubles): void {
  const { identity, config, wish, permission, pin, blockers, traces, trunk, executor } = gathered.facts;
  for (const reading of [identity, config, wish, permission, pin, blockers, traces, trunk])
    if (reading) troubles.note("forge", reading);
  if (executor) troubles.note("executor", executor);
}
