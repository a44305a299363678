/** Builders for the tests of the pure core: a plain, valid value of each kind, to be varied by what a test is about. */

import type { Pace } from "../../lib/core/actions.ts";
import type { Act, Deed } from "../../lib/core/acts.ts";
import type { Verdict, VerdictWord } from "../../lib/core/ci-verdict.ts";
import type { Config, Limits } from "../../lib/core/config.ts";
import type { Facts, ProposalFact } from "../../lib/core/facts.ts";
import type { GateFacts, Wish } from "../../lib/core/gates.ts";
import { NOT_LOOKED, newProposal, type ProposalMemory } from "../../lib/core/proposal.ts";
import type { Outcome, Reason, Run, Turn } from "../../lib/core/run.ts";
import type { Look } from "../../lib/core/run-facts.ts";
import type {
  Account,
  Check,
  Commit,
  IssueEvent,
  IssueFacts,
  LabelEvent,
  Proposal,
  Reading,
  Remark,
  ThreadView,
  Unread,
} from "../../lib/core/types.ts";

/** The moment the runs of these tests began. */
export const T0 = 1_800_000_000_000;
export const RUN_ID = "0123456789abcdef";
export const SHA = "a".repeat(40);
export const SHA2 = "b".repeat(40);

export const read = <T>(value: T): Reading<T> => ({ known: true, value });
export const UNREADABLE: Unread = { known: false, why: "the server did not answer", auth: false };

export const LIMITS: Limits = {
  fixAttempts: 5,
  fixMs: 3_600_000,
  budgetUsd: 100,
  startMs: 300_000,
  stallMs: 1_800_000,
  runMs: 14_400_000,
  deployMs: 1_800_000,
  ciGraceMs: 300_000,
};
export const PACE: Pace = { limits: LIMITS, pollMs: 30_000, reviewCollectMs: 60_000, reviewReminderMs: 86_400_000 };

export function aConfig(over: Partial<Config> = {}): Config {
  return {
    killSwitch: false,
    allowlist: ["github:acme/app"],
    labels: { ready: "ready-for-agent", inProgress: "agent-in-progress", readyForHuman: "ready-for-human" },
    limits: LIMITS,
    landing: "auto",
    merge: "never",
    maxOpenPulls: 3,
    reviewCollectMs: 60_000,
    reviewReminderMs: 86_400_000,
    prices: {},
    maxRuns: 3,
    threadsPerHour: 10,
    threadsPerDay: 50,
    pollMs: 30_000,
    coalesceMs: 200,
    callMs: 10_000,
    retryBaseMs: 5000,
    deployOrigins: [],
    trustedBots: [],
    model: null,
    threadUrlBase: null,
    publicThreadUrlBase: null,
    workspaceBase: null,
    ...over,
  };
}

export const PERSON: Account = { id: "100", login: "mona", kind: "person" };

export function aLabelEvent(over: Partial<LabelEvent> = {}): LabelEvent {
  return { id: "5001", actor: PERSON, atIso: "2027-01-15T08:00:10Z", ...over };
}

export function anEvent(over: Partial<IssueEvent> = {}): IssueEvent {
  return {
    id: "5001",
    type: "labeled",
    label: "ready-for-agent",
    actor: PERSON,
    atIso: "2027-01-15T08:00:10Z",
    commit: null,
    ...over,
  };
}

export function anIssue(over: Partial<IssueFacts> = {}): IssueFacts {
  return {
    id: "900",
    number: 7,
    title: "Add a greeting",
    body: "Say hello.",
    url: "https://github.com/acme/app/issues/7",
    state: "open",
    labels: ["ready-for-agent"],
    updatedIso: "2027-01-15T08:00:10Z",
    ...over,
  };
}

export function aWish(over: Partial<Wish> = {}): Wish {
  return { issue: anIssue(), labelEvent: aLabelEvent(), events: [anEvent()], ...over };
}

/** Facts under which every gate passes. */
export function openGates(over: Partial<GateFacts> = {}): GateFacts {
  return {
    killSwitch: { on: false, why: "" },
    paused: null,
    repo: { forge: "github", owner: "acme", name: "app" },
    identity: read({ now: "42", stored: "42", name: "github:acme/app" }),
    config: read({ type: "none" as const }),
    wish: read(aWish()),
    permission: read("write" as const),
    trustedBot: false,
    pin: read({ type: "last_edit", editedIso: null }),
    blockers: read([]),
    traces: read({ ranAs: null, inProgress: [] }),
    ledger: { consumedBy: null, ownRun: false, busyWith: null, openPulls: 0, freeze: null, remembered: null },
    trunk: read({ word: "green" as const, sha: SHA }),
    limits: read({ refusal: null }),
    executor: read({ refusal: null }),
    quota: read({ pausedUntil: null }),
    ...over,
  };
}

export function aCheck(name: string, word: string, over: Partial<Check> = {}): Check {
  return { app: "actions", workflow: "ci", name, word, order: 1, url: null, jobId: null, runId: null, ...over };
}

export function aVerdict(word: VerdictWord, over: Partial<Verdict> = {}): Verdict {
  return { word, because: [], missing: [], ...over };
}

export function aTurn(over: Partial<Turn> = {}): Turn {
  return {
    number: 1,
    purpose: "first",
    sha: null,
    decidedAt: T0,
    sentAt: null,
    acceptedAt: null,
    cancelledAt: null,
    turnIdBefore: null,
    startedTurnId: null,
    ...over,
  };
}

/** A first turn the agent took up. */
export const STARTED = aTurn({ sentAt: T0 + 1, acceptedAt: T0 + 2, startedTurnId: "t-1" });

export function aRun(over: Partial<Run> = {}): Run {
  return {
    v: 1,
    id: RUN_ID,
    repo: {
      forge: "github",
      owner: "acme",
      name: "app",
      id: "42",
      url: "https://github.com/acme/app",
      cloneUrl: "https://github.com/acme/app.git",
    },
    issue: { id: "900", number: 7, title: "Add a greeting", url: "https://github.com/acme/app/issues/7" },
    labelEvent: aLabelEvent(),
    claim: 0,
    labels: { ready: "ready-for-agent", inProgress: "agent-in-progress", readyForHuman: "ready-for-human" },
    limits: LIMITS,
    branch: `afk/7-${RUN_ID}`,
    trunk: "main",
    base: "0".repeat(40),
    baseChecks: [],
    startedAt: T0,
    environment: "env-1",
    threads: [`afk-${RUN_ID}`],
    turns: [STARTED],
    attempts: 0,
    firstRedAt: null,
    answered: [],
    commits: [],
    requests: [],
    reruns: {},
    claimed: {},
    seen: {
      turnId: "t-1",
      pulse: null,
      commit: null,
      passed: null,
      verdict: null,
      owedMs: 0,
      owedAt: null,
      threadMissing: 0,
    },
    looks: { withdraw: null, atRest: null, redAnswered: null },
    fenceBeforeWithdraw: false,
    gateRefusal: null,
    interruptedAt: null,
    spend: { tokens: null, usd: null },
    outcome: null,
    settledAt: null,
    nextLookAt: T0,
    acts: [],
    log: [],
    messages: {},
    ...over,
  };
}

export function anOutcome(over: Partial<Outcome> = {}): Outcome {
  return {
    type: "closed",
    reason: { code: "landed" },
    decidedAt: T0 + 1000,
    forgeIso: null,
    givenBack: false,
    ...over,
  };
}

/** What is true while an agent works on an issue as it was taken. */
export function someFacts(over: Partial<Facts> = {}): Facts {
  return {
    issue: "as_taken",
    thread: { type: "working", silentMs: 0 },
    pushed: "no",
    verdict: aVerdict("unknown"),
    sha: null,
    commitAgeMs: 0,
    deploy: "not_asked",
    passedMs: 0,
    stopped: null,
    ci: "required",
    canRerun: true,
    infraMs: 0,
    budgetOver: false,
    evidence: "not_asked",
    fault: "ours",
    touched: [],
    threadError: null,
    ...over,
  };
}

/** A run that landed one commit, its thread at rest. */
export const LANDED_RUN = aRun({ commits: [SHA] });
export function landedFacts(over: Partial<Facts> = {}): Facts {
  return someFacts({ pushed: "yes", sha: SHA, thread: { type: "at_rest", how: "done" }, ...over });
}

export function aProposal(over: Partial<Proposal> = {}): Proposal {
  return {
    number: 12,
    url: "https://github.com/acme/app/pull/12",
    state: "open",
    author: "afk-loop",
    head: SHA,
    draft: false,
    merges: "clean",
    review: "required",
    queued: null,
    scheduled: false,
    mergeCommit: null,
    merged: null,
    ...over,
  };
}

export function aRemark(over: Partial<Remark> = {}): Remark {
  return {
    id: "review:1",
    author: PERSON,
    type: "changes_requested",
    commit: SHA,
    path: null,
    line: null,
    text: "Say it louder.",
    url: null,
    atIso: "2027-01-15T09:00:00Z",
    ...over,
  };
}

/** A run that lands by pull request and has proposed its change. */
export function aProposing(over: Partial<ProposalMemory> = {}, run: Partial<Run> = {}): Run {
  const head = { value: SHA, at: T0 };
  return aRun({ proposal: { ...newProposal("never"), last: aProposal(), head, ...over }, ...run });
}

/** Its head green, its thread at rest. */
export function openFact(over: Partial<Extract<ProposalFact, { type: "open" }>> = {}): ProposalFact {
  return {
    type: "open",
    head: SHA,
    verdict: aVerdict("green"),
    headAgeMs: 0,
    infraMs: 0,
    fault: "ours",
    touched: [],
    draft: false,
    merges: "clean",
    review: "required",
    remarks: [],
    ...over,
  };
}

export function aView(over: Partial<ThreadView> = {}): ThreadView {
  return { id: `afk-${RUN_ID}`, state: "working", turnId: "t-1", pulse: "p1", error: null, ...over };
}

export function aCommit(sha: string, message: string): Commit {
  return { sha, message, parents: [] };
}

/** A look at a working agent that has pushed nothing. */
export function aLook(over: Partial<Look> = {}): Look {
  return {
    issue: read({ type: "present" as const, issue: anIssue(), forgeIso: null }),
    events: null,
    thread: { type: "view", view: aView() },
    request: null,
    proposal: NOT_LOOKED,
    trunk: read({ head: "0".repeat(40), commits: [] }),
    branch: null,
    verdict: null,
    deploy: "not_asked",
    canRerun: true,
    ...over,
  };
}

export function anAct(key: string, deed: Deed, over: Partial<Act> = {}): Act {
  return {
    key,
    deed,
    system: "forge",
    after: [],
    holds: false,
    state: "pending",
    tries: 0,
    createdAt: T0,
    dueAt: T0,
    error: null,
    told: false,
    written: null,
    writtenAt: null,
    ...over,
  };
}

/** One reason of every code. */
export const REASONS: { [Code in Reason["code"]]: Extract<Reason, { code: Code }> } = {
  landed: { code: "landed" },
  label_refused: { code: "label_refused", detail: "422" },
  turn_refused: { code: "turn_refused", detail: "no such model" },
  close_refused: { code: "close_refused", detail: "403" },
  kill_switch: { code: "kill_switch" },
  paused: { code: "paused", why: "paused by ada since 2027-01-15T08:00:00.000Z" },
  refused_at_start: { code: "refused_at_start", detail: "repo frozen" },
  held_elsewhere: { code: "held_elsewhere" },
  withdrawn_by_person: { code: "withdrawn_by_person", how: "unlabelled" },
  stopped_by_person: { code: "stopped_by_person", by: "ada" },
  issue_gone: { code: "issue_gone" },
  time_over: { code: "time_over" },
  budget: { code: "budget" },
  never_started: { code: "never_started" },
  asked_again: { code: "asked_again" },
  stalled: { code: "stalled" },
  nothing_pushed: { code: "nothing_pushed", detail: null },
  deploy_overdue: { code: "deploy_overdue" },
  deploy_failed: { code: "deploy_failed", seen: "the check deploy failed", why: "attempts" },
  infra: { code: "infra", checks: ["build"] },
  red: { code: "red", checks: ["build"], why: "attempts" },
  outdated: { code: "outdated", how: "conflict", why: "attempts" },
  review_rounds: { code: "review_rounds", rounds: 3 },
  review_unanswered: { code: "review_unanswered" },
  ci_waits_for_approval: { code: "ci_waits_for_approval", checks: ["deploy"] },
  no_ci: { code: "no_ci", missing: [] },
  red_before: { code: "red_before", checks: ["build"] },
  unproven: { code: "unproven" },
  protected_path: { code: "protected_path", paths: [".afk.yml"] },
};
