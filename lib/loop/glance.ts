/**
 * What a turn after the first hangs on, read anew at the try that sends it, by the rules of the look that decided it: by
 * others a look would decide it and its try take it back, again and again.
 */
import type { Verdict } from "../core/ci-verdict.ts";
import type { Run } from "../core/run.ts";
import { issueFact, type Look } from "../core/run-facts.ts";
import { known, type Proposal, type Reading, type Unread, unread } from "../core/types.ts";
import { lookAtVerdict, looksAsTaken, type Newest, NOTHING } from "./look.ts";
import { readHead } from "./look-proposal.ts";
import type { Loop } from "./loop.ts";
import { readQueueVerdict } from "./verdict.ts";

/** The issue and the trunk alone. */
export async function glanceAt({ tracker }: Loop, run: Run): Promise<Look> {
  const issue = await tracker.issue(run.issue.number);
  const events = looksAsTaken(run, issue) ? null : await tracker.events(run.issue.number);
  return { ...NOTHING, issue, events, trunk: await tracker.compare(run.base, run.trunk) };
}

/** Whether the issue is still the run's: nobody took it back. */
export function isStillOurs(run: Run, seen: Look): Reading<boolean> {
  const fact = issueFact(run, seen);
  if (fact !== "unknown") return known(fact === "as_taken" || fact === "closed_by_run");
  const failed = [seen.issue, seen.events, seen.trunk].find((one) => one?.known === false);
  return failed?.known === false ? failed : unread("the issue's record is behind");
}

/** Of a commit of ours that has landed, the newest by this glance, or that is proposed. Null: it is neither any more. */
export async function verdictNow(
  loop: Loop,
  run: Run,
  newest: Newest | null,
  sha: string,
): Promise<Reading<Verdict | null>> {
  if (run.commits.includes(sha)) return newest?.ours === sha ? verdictOnTrunk(loop, run, newest) : known(null);
  const open = await openNow(loop, run);
  if (!open.known) return open;
  if (!run.proposal || open.value?.head !== sha) return known(null);
  const { dropped } = run.proposal;
  // What the merge queue tested is another commit than the head it put out.
  if (dropped?.head === sha) return readQueueVerdict(loop.ci, dropped.commit, run.trunk, run.rules);
  const head = await readHead(loop, run, run.proposal, sha);
  return head.known ? known(head.value.verdict) : head;
}

async function verdictOnTrunk(loop: Loop, run: Run, newest: Newest): Promise<Reading<Verdict>> {
  const failures: Unread[] = [];
  const verdict = await lookAtVerdict(loop, run, newest, (failure) => failures.push(failure));
  const [failure] = failures;
  return failure && verdict.word === "unknown" ? failure : known(verdict);
}

/** Null: there is none, or it is merged or closed. */
export async function openNow({ proposals }: Loop, run: Run): Promise<Reading<Proposal | null>> {
  const found = await proposals.find(run.branch, run.trunk);
  if (!found.known) return found;
  return known(found.value?.state === "open" ? found.value : null);
}
