/**
 * Folds one look at the outside world into a run's memory, and memory and look into the facts the state machine
 * decides on. Pure. A look reads issue and thread first and the trunk last, so "at rest and nothing pushed" is never
 * concluded from a trunk older than the rest.
 */
import { afterAbsence, ageOf, away } from "./absence.ts";
import { passes, UNREAD, type Verdict } from "./ci-verdict.ts";
import { closedByLanding } from "./closed-by-landing.ts";
import type { Config } from "./config.ts";
import { evidenceFact, observeProof, type ProofLook } from "./evidence.ts";
import type { DeployFact, Facts, IssueFact, ThreadFact } from "./facts.ts";
import { faultFact, observeRed } from "./fault.ts";
import { carriesTrailer } from "./ids.ts";
import { isAsTaken, removedAfter } from "./issue-record.ts";
import { type LiveMemory, withLive } from "./live.ts";
import type { Stop } from "./pause.ts";
import { ownCommits, withPhases } from "./phase-claims.ts";
import { isUnmerged, observeProposal, type ProposalLook, proposalFact, resumed } from "./proposal.ts";
import type { Landed } from "./red-trunk.ts";
import { releasedWords } from "./release.ts";
import { landed, latestTurn, logged, owedTurn, type RedBefore, type Run, type Since, withTurn } from "./run.ts";
import { type Prices, spent } from "./spend.ts";
import type { AgentRequest, Comparison, IssueEvent, IssueReading, Reading, ThreadView, TurnUsage } from "./types.ts";

export interface Look {
  issue: Reading<IssueReading>;
  /** Read only when the issue looks closed or unlabelled. */
  events: Reading<IssueEvent[]> | null;
  thread: ThreadLook;
  request: Reading<AgentRequest | null> | null;
  /** The agent's last message, read where it ended without landing anything. */
  words?: string | null;
  /** Read where the thread showed life since it was last read. */
  usage?: Reading<TurnUsage> | null;
  proposal: ProposalLook;
  trunk: Reading<Comparison>;
  /** The agent's branch, when it was read at all. */
  branch: Reading<Comparison> | null;
  /** Of the run's newest commit, others' on top considered; null before there is one. */
  verdict: Verdict | null;
  deploy: DeployFact;
  /** CI of the phases' commits, when it was read. */
  proof?: ProofLook;
  /** Protected paths that commits touch, when they were read. */
  touched?: Record<string, string[]>;
  /** Checks that were red before the change, when they were read. */
  redBefore?: RedBefore;
  /** The run's commits on the trunk, newest first, where they may have to be taken back. */
  landed?: Landed[];
  /** What is known of the deploy from now on; absent: nothing new. */
  live?: LiveMemory;
  /** Whether the forge can be asked to run CI again. */
  canRerun: boolean;
}

/** `missing`: the server the run began on answered, and does not know the thread; or a person has let go of it. */
export type ThreadLook =
  | { type: "none" }
  | { type: "view"; view: ThreadView }
  | { type: "missing" }
  | { type: "unread"; why: string; auth: boolean };

/** The run's memory after this look. */
export function observe(run: Run, look: Look, now: number, prices: Prices = {}): Run {
  let next = observeThread(afterAbsence(run, now), look.thread, now);
  next = spent(next, look.usage, look.thread.type === "view" ? look.thread.view.pulse : null, prices);
  next = observeProposal(next, look.proposal, now);
  if (look.trunk.known) next = observeTrunk(next, look.trunk.value, now);
  if (look.branch?.known) next = withPhases(next, ownCommits(next, look.branch.value, look.trunk), "branch", now);
  if (look.proof) next = observeProof(next, look.proof, next.limits.ciGraceMs, now);
  if (look.touched) next = { ...next, touched: { ...next.touched, ...look.touched } };
  if (look.redBefore) next = { ...next, redBefore: look.redBefore };
  next = observeVerdict(next, look, now);
  if (isTakenBack(next, look)) next = resumed(next, now);
  next = observeOutage(next, look, now);
  return look.live ? withLive(next, look.live, now) : next;
}

export function factsOf(run: Run, look: Look, config: Config, now: number, stopped: Stop | null): Facts {
  const sha = landed(run);
  const proposal = proposalFact(run, look.proposal, now);
  const verdict = look.verdict ?? UNREAD;
  return {
    issue: issueFact(run, look),
    thread: threadFact(run, look, now),
    pushed: pushedFact(run, look),
    ...(proposal ? { proposal } : {}),
    verdict,
    sha,
    commitAgeMs: ageOf(run.seen.commit, now),
    deploy: look.deploy,
    passedMs: ageOf(run.seen.passed, now),
    stopped,
    ci: run.rules?.ci ?? "required",
    canRerun: look.canRerun,
    infraMs: ageOf(run.seen.infra ?? null, now),
    budgetOver: run.spend.usd !== null && run.spend.usd > Math.min(run.limits.budgetUsd, config.limits.budgetUsd),
    evidence: evidenceFact(run),
    fault: faultFact(run, sha, verdict),
    touched: touchedByLanding(run),
    threadError: run.released
      ? releasedWords(run.released.by)
      : ((look.thread.type === "view" ? look.thread.view.error : null) ?? look.words ?? null),
  };
}

/**
 * A trunk with more new commits than are listed does not get shorter while people take their time, and what they order must
 * be obeyed all the same. What is proposed and unmerged has not landed, by the forge's own word. Whatever an agent pushed
 * beside it, against its orders, is not seen then: nothing starts on it all the same, for the trunk's head is judged first.
 * A read that merely failed hides as much and is waited for, since the next one may tell.
 */
function pushedFact(run: Run, look: Look): Facts["pushed"] {
  if (run.commits.length > 0) return "yes";
  if (look.trunk.known) return "no";
  return look.trunk.tooLong && isUnmerged(look.proposal) ? "no" : "unknown";
}

/** No more is left to people where they have done their part: what cannot be read then ends with the run's own time. */
function isTakenBack(run: Run, look: Look): boolean {
  if (pushedFact(run, look) !== "unknown") return false;
  const { found, elsewhere } = look.proposal;
  const isOpen = elsewhere || !found?.known || found.value?.state === "open";
  return !isOpen || run.stop !== undefined || !["as_taken", "unknown"].includes(issueFact(run, look));
}

function observeThread(before: Run, thread: ThreadLook, now: number): Run {
  if (thread.type === "none") return before;
  const { unreadAt, ...read } = before.seen;
  if (thread.type === "unread") return { ...before, seen: { ...read, owedAt: null, unreadAt: unreadAt ?? now } };
  const run = { ...before, seen: read };
  if (thread.type === "missing")
    return { ...run, seen: { ...run.seen, owedAt: null, threadMissing: run.seen.threadMissing + 1 } };
  const { view } = thread;
  const { runtimeMode: __, ...rest } = read;
  const mode = view.runtimeMode === undefined ? {} : { runtimeMode: view.runtimeMode };
  // What its agent did while the executor could not be read is not known: that time is no silence of his.
  const pulse = since(away(read.pulse, unreadAt === undefined ? 0 : now - unreadAt), view.pulse, now);
  const seen = { ...rest, ...mode, turnId: view.turnId, threadMissing: 0, pulse };
  const owed = owedTurn(run);
  if (!owed || owed.sentAt === null) return { ...run, seen: { ...seen, owedMs: 0, owedAt: null } };
  if (view.turnId !== null && view.turnId !== owed.turnIdBefore) {
    const started = withTurn(run, { ...owed, startedTurnId: view.turnId, acceptedAt: owed.acceptedAt ?? now });
    const text = `the agent started turn ${owed.number}`;
    return logged(
      { ...started, seen: { ...seen, owedMs: 0, owedAt: null } },
      { at: now, kind: "seen", text, act: null },
    );
  }
  if (owed.acceptedAt === null) return { ...run, seen };
  const owedMs = run.seen.owedMs + (run.seen.owedAt === null ? 0 : now - run.seen.owedAt);
  return { ...run, seen: { ...seen, owedMs, owedAt: now } };
}

function observeTrunk(run: Run, trunk: Comparison, now: number): Run {
  const fresh = trunk.commits.filter(
    (commit) => carriesTrailer(commit.message, run.id) && !run.commits.includes(commit.sha),
  );
  if (fresh.length === 0) return run;
  // Landed, nothing is left to people: its own time goes on, whatever told of the landing first.
  let next: Run = resumed({ ...run, commits: [...run.commits, ...fresh.map((commit) => commit.sha)] }, now);
  // Beside a run that lands by pull request there may be others', whose phases the trunk holds as well.
  if (!run.proposal) next = withPhases(next, trunk.commits, "trunk", now);
  const newest = next.commits.at(-1) ?? "";
  next = { ...next, seen: { ...next.seen, commit: since(next.seen.commit, newest, now), verdict: null } };
  return logged(next, { at: now, kind: "seen", text: `landed on ${run.trunk} as ${newest.slice(0, 12)}`, act: null });
}

/** What people merged they have seen. */
function touchedByLanding(run: Run): string[] | null {
  if (run.proposal) return [];
  const read = run.commits.map((commit) => run.touched?.[commit]);
  return read.includes(undefined) ? null : [...new Set(read.flatMap((paths) => paths ?? []))];
}

function observeVerdict(run: Run, look: Look, now: number): Run {
  const sha = landed(run);
  if (!look.verdict || sha === null || look.verdict.word === "unknown") return run;
  const { word } = look.verdict;
  const passed = passes(look.verdict, run.rules) ? since(run.seen.passed, sha, now) : null;
  const infra = word === "infra" ? since(run.seen.infra ?? null, sha, now) : null;
  const firstRedAt = word === "red" ? (run.firstRedAt ?? now) : run.firstRedAt;
  const told = observeRed(run, sha, look.verdict, now);
  const next = { ...told, firstRedAt, seen: { ...told.seen, passed, infra, verdict: word } };
  if (run.seen.verdict === word) return next;
  return logged(next, { at: now, kind: "seen", text: `CI of ${sha.slice(0, 12)} is ${word}`, act: null });
}

/** Before anything landed or is proposed, nothing is waited for from CI. */
function observeOutage(run: Run, { proposal, verdict }: Look, now: number): Run {
  const { unjudgedAt: _, ...seen } = run.seen;
  const judged = landed(run) === null ? proposal.verdict : (verdict ?? UNREAD);
  const isUnread = judged?.word === "unknown" || proposal.found?.known === false;
  return { ...run, seen: isUnread ? { ...seen, unjudgedAt: now } : seen };
}

/** Hangs on the issue, its record and the trunk; under a trunk too long to be listed on the proposal as well. */
export function issueFact(run: Run, look: Look): IssueFact {
  if (!look.issue.known) return "unknown";
  if (look.issue.value.type === "gone") return "gone";
  const { issue } = look.issue.value;
  // Another repo by the name of ours has issues of the same numbers.
  if (issue.id !== run.issue.id) return "gone";
  if (isAsTaken(issue, run.labels.ready)) return "as_taken";
  if (!look.events?.known) return "unknown";
  const events = look.events.value;
  if (issue.state === "closed") return closedFact(run, look, events);
  return removedAfter(events, run.labels.ready, run.labelEvent.id) ? "unlabelled" : "as_taken";
}

/** What our own landing closed is not a person's "stop". */
function closedFact(run: Run, look: Look, events: IssueEvent[]): IssueFact {
  const closing = events.findLast((event) => event.type === "closed");
  // The record may be behind the issue: who closed it, and how, is not told yet.
  if (!closing) return "unknown";
  const ours = closedByLanding(run, closing, look.trunk);
  if (ours !== null) return ours ? "closed_by_run" : "closed_by_person";
  // Where nothing of ours has landed, none of ours closed it.
  return pushedFact(run, look) === "no" ? "closed_by_person" : "unknown";
}

function threadFact(run: Run, look: Look, now: number): ThreadFact {
  const owed = owedTurn(run);
  const { thread } = look;
  if (run.released) return { type: "at_rest", how: "gone" };
  if (thread.type === "missing" && run.seen.threadMissing >= 2) return { type: "at_rest", how: "gone" };
  if (thread.type === "unread" || thread.type === "missing")
    return owed && owed.sentAt === null ? { type: "owed", waitedMs: null } : { type: "unknown" };
  if (owed) return { type: "owed", waitedMs: owed.acceptedAt === null ? null : run.seen.owedMs };
  if (thread.type === "none") return latestTurn(run) ? { type: "unknown" } : { type: "owed", waitedMs: null };
  const silentMs = ageOf(run.seen.pulse, now);
  switch (thread.view.state) {
    case "working":
      return { type: "working", silentMs };
    case "asking":
      return { type: "asking", request: look.request?.known ? look.request.value : null, silentMs };
    case "done":
    case "failed":
      return { type: "at_rest", how: thread.view.state };
    case "never_started":
      return run.turns.some((turn) => turn.sentAt !== null && turn.cancelledAt === null)
        ? { type: "unknown" }
        : { type: "at_rest", how: "done" };
    case "unknown":
      return { type: "unknown" };
    default:
      return thread.view.state satisfies never;
  }
}

function since<T>(held: Since<T> | null, value: T, now: number): Since<T> {
  return held !== null && held.value === value ? held : { value, at: now };
}
