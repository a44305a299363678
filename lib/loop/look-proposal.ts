/** What became of a run's pull request, and who may say something of it. */
import { afterAbsence } from "../core/absence.ts";
import type { Verdict } from "../core/ci-verdict.ts";
import { leftQueue, NOT_LOOKED, type ProposalLook, type ProposalMemory, type Queued } from "../core/proposal.ts";
import { landed, type Run } from "../core/run.ts";
import type { ThreadLook } from "../core/run-facts.ts";
import { type Account, known, type Proposal, type Reading, type Remark, unread } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import type { Troubles } from "./troubles.ts";
import { isTrusted } from "./trusted.ts";
import { awaitedOf, graceOf, type JudgedCommit, readQueueVerdict, readVerdict } from "./verdict.ts";

/** Before the thread is at rest only whether it is there, merged or closed is of use. */
export async function lookAtProposal(
  loop: Loop,
  run: Run,
  thread: ThreadLook,
  troubles: Troubles,
): Promise<ProposalLook> {
  const memory = run.proposal;
  if (!memory || !mayBeOpen(run, memory)) return NOT_LOOKED;
  const found = await loop.proposals.find(run.branch, run.trunk);
  troubles.note("forge", found);
  if (found.known && found.value === null && memory.last) return turned(loop, run, memory.last, troubles);
  const open = found.known && found.value?.state === "open" ? found.value : null;
  if (open === null || !isAtRest(thread)) return { ...NOT_LOOKED, found };
  const verdict = await verdictOfHead(loop, run, memory, open, troubles);
  const queue = await lookAtQueue(loop, run, leftQueue(memory, open), troubles);
  const judged = await judgedRemarks(loop, memory, open);
  troubles.note("forge", judged);
  if (!judged.known) return { found, verdict, queue, remarks: judged, strangers: [] };
  return { found, verdict, queue, remarks: known(judged.value.heeded), strangers: judged.value.strangers };
}

/**
 * What was on its way to the trunk is so no more: a person has turned it to another branch. There it waits for people, and
 * what they do with it there lands nothing here.
 */
async function turned(loop: Loop, run: Run, last: Proposal, troubles: Troubles): Promise<ProposalLook> {
  if (last.state === "merged") return { ...NOT_LOOKED, found: known(null) };
  const target = await loop.proposals.target(last.number);
  troubles.note("forge", target);
  if (!target.known) return { ...NOT_LOOKED, found: target };
  if (target.value === null) return { ...NOT_LOOKED, found: known(null) };
  // Turned back since it was looked for.
  if (target.value.trunk === run.trunk) return { ...NOT_LOOKED, found: unread(`#${last.number} is not listed yet`) };
  if (target.value.state === "open") return { ...NOT_LOOKED, found: known(null), elsewhere: true };
  return { ...NOT_LOOKED, found: known({ ...last, state: "closed" }) };
}

/** Once it has landed there is no other, but where a red of what landed was answered. */
function mayBeOpen(run: Run, { last }: ProposalMemory): boolean {
  const sha = landed(run);
  return sha === null || run.answered.includes(sha) || last?.state === "open";
}

function isAtRest(thread: ThreadLook): boolean {
  return thread.type === "missing" || (thread.type === "view" && ["done", "failed"].includes(thread.view.state));
}

async function verdictOfHead(
  loop: Loop,
  run: Run,
  memory: ProposalMemory,
  open: Proposal,
  troubles: Troubles,
): Promise<Verdict | null> {
  const verdict = await readHead(loop, run, memory, open.head);
  troubles.note("forge", verdict);
  return verdict.known ? verdict.value.verdict : null;
}

/** What CI says of the head that is proposed. */
export function readHead(loop: Loop, run: Run, memory: ProposalMemory, head: string): Promise<Reading<JudgedCommit>> {
  const now = loop.now();
  const { proposal } = afterAbsence({ ...run, proposal: memory }, now);
  const grace = graceOf(loop, run, proposal?.head?.value === head ? proposal.head : null, now);
  const expected = { trunk: run.trunk, branch: run.branch, awaited: awaitedOf(run), grace, rules: run.rules };
  return readVerdict(loop.ci, head, expected);
}

async function lookAtQueue(loop: Loop, run: Run, left: Queued | null, troubles: Troubles): Promise<Verdict | null> {
  if (left === null) return null;
  const verdict = await readQueueVerdict(loop.ci, left.commit, run.trunk, run.rules);
  troubles.note("forge", verdict);
  return verdict.known ? verdict.value : null;
}

interface JudgedRemarks {
  heeded: Remark[];
  strangers: Remark[];
}

/**
 * Who may write is asked live, once for each remark; bots only by their id on the list. What the pull request's own author
 * says of it is no review of it.
 */
async function judgedRemarks(loop: Loop, memory: ProposalMemory, open: Proposal): Promise<Reading<JudgedRemarks>> {
  const remarks = await loop.proposals.remarks(open.number);
  if (!remarks.known) return remarks;
  const judged: JudgedRemarks = { heeded: [], strangers: [] };
  const may = new Map<string, boolean>();
  for (const remark of remarks.value) {
    if (memory.answered.includes(remark.id) || memory.ignored.includes(remark.id)) continue;
    const { id, login } = remark.author;
    if (!may.has(id)) {
      const trusted = login === open.author ? known(false) : await mayReview(loop, remark.author);
      if (!trusted.known) return trusted;
      may.set(id, trusted.value);
    }
    (may.get(id) ? judged.heeded : judged.strangers).push(remark);
  }
  return known(judged);
}

/** Whoever may order may review, save ourselves: what we say is no review. */
async function mayReview(loop: Loop, author: Account): Promise<Reading<boolean>> {
  const self = author.kind === "person" ? await loop.tracker.isSelf(author) : known(false);
  if (!self.known) return self;
  return self.value ? known(false) : isTrusted(loop, author);
}
