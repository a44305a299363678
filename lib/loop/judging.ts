/** One look's candidates, one after another, as far as this invocation has room: the first whose gates all hold is claimed. */
import { blockersInBody } from "../core/blocked-by.ts";
import { WISH_GATES } from "../core/dispatch-policy.ts";
import { GATES } from "../core/gate-table.ts";
import type { Candidate } from "../core/types.ts";
import { fits, REQUESTS } from "./allowance.ts";
import { hadTurns, ofThisLook } from "./candidates.ts";
import { claim } from "./claiming.ts";
import { gather } from "./gate-facts.ts";
import type { Gathered } from "./gathered.ts";
import type { Loop } from "./loop.ts";
import { noteReads, refuse } from "./refusals.ts";
import { noteSeen } from "./sightings.ts";
import type { Thawed } from "./thaw.ts";
import type { Troubles } from "./troubles.ts";

/**
 * `later`: something could not be read, or waits for what no webhook tells; look again. `on`: the rest is for another
 * invocation, at once.
 */
export type Polled = "claimed" | "nothing" | "later" | "on" | "stale";

/** `askedBefore`: what this invocation had asked before the repo was looked at. */
export async function judgeInTurn(
  loop: Loop,
  candidates: Candidate[],
  gathered: Gathered,
  { thawed, askedBefore }: { thawed: Thawed; askedBefore: number },
  troubles: Troubles,
): Promise<Polled> {
  let answer: Polled = "nothing";
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
