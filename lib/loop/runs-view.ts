/** The runs of one repo as the API shows them. */

import { iso } from "../core/iso.ts";
import { checklist } from "../core/phase-checklist.ts";
import { reasonText } from "../core/reasons.ts";
import type { Run } from "../core/run.ts";
import { redact } from "../core/text.ts";
import { repoKey } from "../core/types.ts";
import { type Loop, threadUrl } from "./loop.ts";

export type RunState = "in_flight" | "settling" | "settled";

export interface RunPage {
  limit: number;
  state: RunState | null;
  /** Only runs that began before this one. */
  before: { startedAt: number; id: string } | null;
}

export type RunView = ReturnType<typeof viewOf>;

/** Runs are few a repo and day; a page looks no further back than this. */
const LOOKED_AT_MAX = 2000;

export function listRuns(loop: Loop, page: RunPage): RunView[] {
  const runs = loop.store.newestRuns(LOOKED_AT_MAX).filter((run) => page.state === null || stateOf(run) === page.state);
  const older = runs.filter((run) => page.before === null || comesAfter(run, page.before));
  return older.slice(0, page.limit).map((run) => viewOf(loop, run));
}

/** Newest first; by id where two began at once. */
export function comesAfter(run: { startedAt: number; id: string }, other: { startedAt: number; id: string }): boolean {
  return run.startedAt < other.startedAt || (run.startedAt === other.startedAt && run.id > other.id);
}

export function stateOf(run: Run): RunState {
  if (run.settledAt !== null) return "settled";
  return run.outcome === null ? "in_flight" : "settling";
}

function viewOf(loop: Loop, run: Run) {
  return {
    id: run.id,
    repo: repoKey(run.repo),
    issue: run.issue.number,
    state: stateOf(run),
    outcome: run.outcome?.type ?? null,
    reason: run.outcome === null ? null : redact(reasonText(run.outcome.reason), loop.held),
    threads: run.threads,
    turns: run.turns.filter((turn) => turn.sentAt !== null).length,
    attempts: run.attempts,
    attempts_max: run.limits.fixAttempts,
    spend: run.spend,
    commits: run.commits,
    verdict: run.seen.verdict,
    phases: checklist(run).map(({ phase, evidence, commit, at }) => ({ phase, evidence, commit, at: iso(at) })),
    started_at: iso(run.startedAt),
    settled_at: iso(run.settledAt),
    next_look_at: run.settledAt === null ? iso(run.nextLookAt) : null,
    links: {
      issue: run.issue.url,
      ...(run.proposal?.last ? { pull: run.proposal.last.url } : {}),
      thread: threadUrl(loop, run, "operator"),
    },
    startedAt: run.startedAt,
  };
}
