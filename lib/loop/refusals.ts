/**
 * Who is told that an issue does not start, and of what. One that is the issue's own stands in its record, and from there in its
 * comment where a person can mend it; one of the whole repo only where people of the repo can mend it.
 */
import { byUrgency, isFinal, WISH_GATES } from "../core/dispatch-policy.ts";
import { type Refusal, readingsOf } from "../core/gates.ts";
import { type Candidate, unread } from "../core/types.ts";
import { fits, REQUESTS } from "./allowance.ts";
import { CANDIDATES_A_LOOK, hadTurns, inTurn } from "./candidates.ts";
import { gather } from "./gate-facts.ts";
import type { Gathered } from "./gathered.ts";
import type { Loop } from "./loop.ts";
import { issueRecord, saveIssue } from "./save.ts";
import type { Troubles } from "./troubles.ts";

export function refuse(loop: Loop, candidate: Candidate, refusal: Refusal, gathered: Gathered): void {
  const labelEventId = gathered.facts.wish?.known ? (gathered.facts.wish.value.labelEvent?.id ?? null) : null;
  loop.store.transaction(() => {
    const before = issueRecord(loop, candidate.number, candidate.id);
    const same = isSameRefusal(before.refusal, refusal);
    const repo = loop.store.repo();
    const known = { ...repo, facts: repo.facts ?? gathered.repoFacts };
    const refused = { ...refusal, labelEventId };
    const lasting = isFinal(refusal.code) ? { lasting: refused } : {};
    saveIssue(loop, { ...before, ...lasting, refusal: refused, judgedAt: loop.now() }, known);
    if (same) return;
    loop.count({ type: "refused", code: refusal.code });
    const { number: issue } = candidate;
    loop.log({ level: "info", msg: `refused: ${refusal.reason}`, issue, run: null, code: refusal.code });
  });
}

/**
 * A refusal of the whole repo is nobody's in particular, and whose label it was is not known yet: it is said on no
 * issue. An executor that takes no thread, or a name on the list that is no longer the repo's, is the operator's to
 * mend: the bell tells.
 */
export function refuseAll(
  loop: Loop,
  candidates: Candidate[],
  refusal: Refusal,
  troubles: Troubles,
): "nothing" | "later" {
  const { code, reason } = refusal;
  loop.count({ type: "refused", code });
  if (code === "executor") troubles.note("executor", unread(reason, "auth"));
  if (code === "not_enrolled") troubles.note("forge", unread(reason, "auth"));
  const issue = [...candidates].sort(byUrgency)[0]?.number ?? null;
  loop.log({ level: "info", msg: `not now: ${reason}`, issue, run: null, code });
  return code === "limits" || code === "quota" || code === "executor" ? "later" : "nothing";
}

/**
 * What people of the repo can mend is said on the issues, to whoever may start something there. An issue on which it
 * stands already is not read again.
 */
export async function sayToEach(
  loop: Loop,
  candidates: Candidate[],
  repoWide: Gathered,
  refusal: Refusal,
  troubles: Troubles,
): Promise<"nothing" | "later" | "on"> {
  const unsaid = inTurn(loop, candidates).filter(
    ({ number }) => !isSameRefusal(loop.store.issue(number)?.refusal, refusal),
  );
  let answer: "nothing" | "later" = "nothing";
  let ended: "in full" | "cut off" = "in full";
  const had: number[] = [];
  for (const candidate of unsaid.slice(0, CANDIDATES_A_LOOK)) {
    if (had.length > 0 && !fits(loop.requests(), REQUESTS.wish)) ended = "cut off";
    if (ended === "cut off") break;
    had.push(candidate.number);
    const gathered: Gathered = { ...repoWide, facts: { ...repoWide.facts } };
    const ruling = await gather(loop, gathered, candidate.number, WISH_GATES);
    noteReads(gathered, troubles);
    if (ruling.type === "start") refuse(loop, candidate, refusal, gathered);
    else if (ruling.type === "refused") refuse(loop, candidate, ruling.refusal, gathered);
    else answer = "later";
  }
  const left = hadTurns(loop, unsaid, had, ended);
  return left === "nothing" ? answer : left;
}

/** The file is understood again, whatever else is in the way of the issues it was said on. */
export function forgetMended(loop: Loop): void {
  for (const number of loop.store.repo().refused) {
    const record = loop.store.issue(number);
    if (record?.refusal?.code === "repo_config")
      loop.store.transaction(() => saveIssue(loop, { ...record, refusal: null }));
  }
}

/** Issues that are no candidates any more lose the refusal said on them. */
export function forgetUnlabelled(loop: Loop, candidates: Candidate[]): void {
  const labelled = new Set(candidates.map((candidate) => candidate.number));
  for (const number of loop.store.repo().refused) {
    const record = labelled.has(number) ? null : loop.store.issue(number);
    if (record) loop.store.transaction(() => saveIssue(loop, { ...record, refusal: null }));
  }
}

function isSameRefusal(one: Refusal | null | undefined, other: Refusal): boolean {
  return one?.code === other.code && one.reason === other.reason;
}

/** What could not be read is told to whoever can mend that. */
export function noteReads(gathered: Gathered, troubles: Troubles): void {
  for (const [system, reading] of readingsOf(gathered.facts)) troubles.note(system, reading);
}
