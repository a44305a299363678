/** The run a claim stores, with its acts in the order of the claim. Pure. */
import { act } from "./acts.ts";
import type { Labels, Limits } from "./config.ts";
import { branchName } from "./ids.ts";
import type { ProposalMemory } from "./proposal.ts";
import type { EvidenceWish, RepoRules } from "./repo-rules.ts";
import { logged, newTurn, type Run } from "./run.ts";
import type { IssueFacts, LabelEvent, RepoFacts, RepoName } from "./types.ts";

export interface Claim {
  id: string;
  claim: number;
  repo: RepoName & RepoFacts;
  issue: IssueFacts;
  labelEvent: LabelEvent;
  labels: Labels;
  limits: Limits;
  rules: RepoRules;
  evidence: EvidenceWish;
  repairs: "the trunk" | "nothing";
  base: string;
  baseChecks: string[];
  /** Null: it lands by push. */
  proposal: ProposalMemory | null;
  notifiers: string[];
  pollMs: number;
}

export function claimed(claim: Claim, now: number): Run {
  const { repo, issue } = claim;
  const first = newTurn(1, "first", null, null, now);
  const run: Run = {
    v: 1,
    id: claim.id,
    repo: {
      forge: repo.forge,
      owner: repo.owner,
      name: repo.name,
      id: repo.id,
      url: repo.url,
      cloneUrl: repo.cloneUrl,
    },
    issue: { id: issue.id, number: issue.number, title: issue.title, url: issue.url },
    labelEvent: claim.labelEvent,
    claim: claim.claim,
    labels: claim.labels,
    limits: claim.limits,
    rules: claim.rules,
    evidence: claim.evidence,
    ...(claim.repairs === "the trunk" ? { repairs: true as const } : {}),
    branch: branchName(issue.number, claim.id),
    trunk: repo.defaultBranch,
    ...(claim.proposal ? { proposal: claim.proposal } : {}),
    base: claim.base,
    baseChecks: claim.baseChecks,
    startedAt: now,
    environment: null,
    threads: [],
    turns: [first],
    attempts: 0,
    firstRedAt: null,
    answered: [],
    commits: [],
    requests: [],
    reruns: {},
    claimed: {},
    seen: {
      turnId: null,
      pulse: null,
      commit: null,
      passed: null,
      infra: null,
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
    nextLookAt: now + claim.pollMs,
    acts: [
      act("stamp", { type: "stamp" }, now),
      act("unstamp", { type: "unstamp" }, now),
      act("read-back", { type: "read_back" }, now, { after: ["stamp"] }),
      act("thread", { type: "create_thread" }, now, { after: ["read-back"] }),
      act("turn-1", { type: "start_turn", turn: 1 }, now, { after: ["thread"] }),
      ...claim.notifiers.map((notifier) =>
        act(`show-${notifier}`, { type: "show", notifier }, now, { after: ["read-back"] }),
      ),
    ],
    log: [],
    messages: {},
  };
  return logged(run, { at: now, kind: "decided", text: `claimed #${issue.number} as run ${claim.id}`, act: null });
}
