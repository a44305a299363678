/**
 * What a run that lands by pull request keeps of it, and the folds over that. Pure. A run that lands by push has none of
 * this. While it waits for people it holds neither the repo nor its own time.
 */
import { ageOf } from "./absence.ts";
import { isPendingFence } from "./acts.ts";
import { passes, UNREAD, type Verdict, type VerdictWord } from "./ci-verdict.ts";
import type { ProposalFact } from "./facts.ts";
import { faultFact, observeRed } from "./fault.ts";
import { logged, type Run, type Since } from "./run.ts";
import type { Merged, Proposal, Reading, Remark } from "./types.ts";

export type Landing = "push" | "pull-request";
/** Who merges: a person, or the forge once everything its rules require is given. */
export const MERGES = ["never", "when-green"] as const;
export type MergeWish = (typeof MERGES)[number];

export interface Queued {
  head: string;
  commit: string;
}

export interface ProposalMemory {
  merge: MergeWish;
  /** As last read; null before there is one. */
  last: Proposal | null;
  /** Who merged those before it, and when. Absent in records of older code, and where there was none. */
  mergedBefore?: Merged[];
  /** The head that is judged, and what CI said of it. */
  head: Since<string> | null;
  verdict: VerdictWord | null;
  infra: Since<string> | null;
  /** Remarks that were answered with a turn, by id. */
  answered: string[];
  /** Remarks by accounts that are not to be obeyed, by id. */
  ignored: string[];
  /** Turns that answered remarks. */
  rounds: number;
  /** Since when there is something unanswered. */
  remarkedAt: number | null;
  /** Since when nothing is left to do but by people; null: something is. */
  waitingSince: number | null;
  /** How long it waited for people before that. */
  waitedMs: number;
  /** One run of a repo has an agent at work. */
  holdsRepo: boolean;
  /** It has a turn to start and waits for the repo: it comes before a new issue. */
  wantsRepo: boolean;
  reminded: boolean;
  /** What the merge queue tests, or tested last, of this head. */
  queued: Queued | null;
  /** Put out of the queue by its CI. */
  dropped: Queued | null;
  /** The head we asked the forge to merge. */
  mergeAsked: string | null;
}

export function newProposal(merge: MergeWish): ProposalMemory {
  return {
    merge,
    last: null,
    head: null,
    verdict: null,
    infra: null,
    answered: [],
    ignored: [],
    rounds: 0,
    remarkedAt: null,
    waitingSince: null,
    waitedMs: 0,
    holdsRepo: true,
    wantsRepo: false,
    reminded: false,
    queued: null,
    dropped: null,
    mergeAsked: null,
  };
}

/** A look at the pull request. Both null: not looked at. `remarks` are those of people who may write, oldest first. */
export interface ProposalLook {
  found: Reading<Proposal | null> | null;
  /** Nothing is found on its way to the trunk, for a person has turned what was there to another branch. */
  elsewhere?: true;
  remarks: Reading<Remark[]> | null;
  /** Seen for the first time, by accounts that are not to be obeyed. */
  strangers: Remark[];
  /** Of its head; null: not read. */
  verdict: Verdict | null;
  /** Of what the merge queue tested, once it is out of it; null: not read. */
  queue: Verdict | null;
}

export const NOT_LOOKED: ProposalLook = { found: null, remarks: null, strangers: [], verdict: null, queue: null };

/** Whether no other run of the repo may have an agent at work. */
export function holdsRepo(run: Run): boolean {
  return run.settledAt === null && (run.proposal === undefined || run.proposal.holdsRepo);
}

/**
 * Whether it is one of the runs that are allowed in all. One that has ended gives that up once no agent of its can be at
 * work: a forge that does not take what it is owed must not keep the other repos waiting.
 */
export function countsInAll(run: Run): boolean {
  if (!holdsRepo(run)) return false;
  return run.outcome === null || run.acts.some(isPendingFence);
}

export function wantsRepo(run: Run): boolean {
  return run.settledAt === null && run.proposal?.wantsRepo === true;
}

/** The run's age, without the time it waited for people. */
export function ownTimeMs(run: Run, now: number): number {
  const { waitingSince = null, waitedMs = 0 } = run.proposal ?? {};
  return (waitingSince ?? now) - run.startedAt - waitedMs;
}

/** The pull request that is open now, as last read. */
export function proposed(run: Run): Proposal | null {
  return run.proposal?.last?.state === "open" ? run.proposal.last : null;
}

export function observeProposal(run: Run, look: ProposalLook, now: number): Run {
  const memory = run.proposal;
  if (!memory) return run;
  const found = look.found?.known ? look.found.value : null;
  if (found === null) return run;
  const left = look.remarks?.known ? unanswered(memory, look.remarks.value).length > 0 : memory.remarkedAt !== null;
  const remarkedAt = left ? (memory.remarkedAt ?? now) : null;
  const ignored = [...memory.ignored, ...look.strangers.map((stranger) => stranger.id)];
  const seen = { ...succeeded(memory, found), remarkedAt, ignored, ...queueOf(memory, found, look.queue) };
  const next = told({ ...run, proposal: seen }, look.strangers, now);
  if (found.state === "open") return observeHead(next, found.head, look.verdict, now);
  if (found.state !== "merged" || found.mergeCommit === null || run.commits.includes(found.mergeCommit)) return next;
  return merged(next, found.mergeCommit, now);
}

/** A head that is not fit is no people's: its time runs again. One that has passed ends the time of its reds. */
function observeHead(run: Run, head: string, verdict: Verdict | null, now: number): Run {
  const { proposal } = run;
  if (!proposal) return run;
  const next = { ...run, proposal: judged(proposal, head, verdict, now) };
  if (verdict === null || verdict.word === "unknown") return next;
  const told = observeRed(next, head, verdict, now);
  if (verdict.word === "red" || proposal.dropped?.head === head)
    return resumed({ ...told, firstRedAt: run.firstRedAt ?? now }, now);
  if (passes(verdict, run.rules)) return { ...told, firstRedAt: null };
  return verdict.word === "human" ? told : resumed(told, now);
}

/** What mends a landing is proposed anew; who merged the one before is not forgotten. */
function succeeded(memory: ProposalMemory, found: Proposal): ProposalMemory {
  const { last, mergedBefore = [] } = memory;
  if (!last?.merged || last.number === found.number) return { ...memory, last: found };
  return { ...memory, last: found, mergedBefore: [...mergedBefore, last.merged] };
}

function judged(memory: ProposalMemory, sha: string, verdict: Verdict | null, now: number): ProposalMemory {
  const same = memory.head?.value === sha;
  const fresh = same ? memory : { ...memory, head: { value: sha, at: now }, verdict: null, infra: null };
  if (verdict === null || verdict.word === "unknown") return fresh;
  const infra = verdict.word === "infra" ? (fresh.infra ?? { value: sha, at: now }) : null;
  return { ...fresh, verdict: verdict.word, infra };
}

/** From here on exactly as after a push; its time runs again. */
function merged(run: Run, sha: string, now: number): Run {
  const landed = { ...run, commits: [...run.commits, sha], seen: { ...run.seen, commit: { value: sha, at: now } } };
  const text = `pull request merged on ${run.trunk} as ${sha.slice(0, 12)}`;
  return logged(
    { ...resumed(landed, now), seen: { ...landed.seen, verdict: null, passed: null } },
    { at: now, kind: "seen", text, act: null },
  );
}

/** People wait for it no longer, or it no longer for them. */
export function resumed(run: Run, now: number): Run {
  const memory = run.proposal;
  if (!memory || memory.waitingSince === null) return run;
  const waitedMs = memory.waitedMs + now - memory.waitingSince;
  return { ...run, proposal: { ...memory, waitingSince: null, waitedMs, reminded: false } };
}

/** What it waits for is people's to do: the repo is free, and a red after it is one of another day. */
export function waiting(run: Run, now: number): Run {
  const memory = run.proposal;
  if (!memory) return run;
  const proposal = { ...memory, waitingSince: memory.waitingSince ?? now, holdsRepo: false, wantsRepo: false };
  return { ...run, firstRedAt: null, proposal };
}

/** A stranger's review is shown in the story, and nowhere obeyed. */
function told(run: Run, strangers: Remark[], now: number): Run {
  const last = run.proposal?.last;
  if (!last) return run;
  const texts = strangers.map(({ author }) => `a review by ${author.login} is not heeded`);
  const state = `pull request #${last.number} is ${last.state}, its head ${last.head.slice(0, 12)}`;
  const known = run.log.findLast((entry) => entry.kind === "seen" && entry.text.startsWith("pull request #"));
  return [...(known?.text === state ? [] : [state]), ...texts].reduce(
    (next, text) => logged(next, { at: now, kind: "seen", text, act: null }),
    run,
  );
}

/** An approval asks for nothing, whatever it says. */
function unanswered(memory: ProposalMemory, remarks: Remark[]): string[] {
  return remarks.flatMap(({ id, type }) => (type === "approval" || memory.answered.includes(id) ? [] : [id]));
}

/** What the queue had tested of this very head when it was put out; null: it is in it, or never was. */
export function leftQueue(memory: ProposalMemory, found: Proposal): Queued | null {
  const isOut = found.state === "open" && found.queued === null && memory.queued?.head === found.head;
  return isOut ? memory.queued : null;
}

/** Out of the queue and red there: dropped, until there is another head. Out for any other reason it is people's. */
function queueOf(
  memory: ProposalMemory,
  found: Proposal,
  verdict: Verdict | null,
): Pick<ProposalMemory, "queued" | "dropped"> {
  const dropped = memory.dropped?.head === found.head ? memory.dropped : null;
  const commit = found.queued?.commit ?? null;
  if (commit !== null) return { queued: { head: found.head, commit }, dropped: null };
  const left = leftQueue(memory, found);
  if (left === null) return { queued: memory.queued?.head === found.head ? memory.queued : null, dropped };
  if (verdict === null || verdict.word === "unknown") return { queued: left, dropped };
  return { queued: null, dropped: verdict.word === "red" ? left : dropped };
}

/** Whether it lies open or closed, and so has not landed. */
export function isUnmerged({ found, elsewhere }: ProposalLook): boolean {
  return elsewhere === true || (found?.known === true && found.value !== null && found.value.state !== "merged");
}

export function proposalFact(run: Run, look: ProposalLook, now: number): ProposalFact | undefined {
  const memory = run.proposal;
  if (!memory) return undefined;
  if (look.found === null || !look.found.known) return { type: "unknown" };
  const found = look.found.value;
  if (look.elsewhere) return { type: "elsewhere" };
  if (found === null) return { type: "none", opening: opening(run) };
  switch (found.state) {
    case "closed":
      return { type: "closed" };
    // Landed, once its commit is told.
    case "merged": {
      const landed = found.mergeCommit !== null && run.commits.includes(found.mergeCommit);
      return landed ? { type: "none", opening: opening(run) } : { type: "unknown" };
    }
    case "open": {
      const { draft, merges, review, head } = found;
      const remarks = look.remarks?.known ? unanswered(memory, look.remarks.value) : null;
      const verdict = look.verdict ?? UNREAD;
      const ages = { headAgeMs: ageOf(memory.head, now), infraMs: ageOf(memory.infra, now) };
      const whose = { fault: faultFact(run, head, verdict), touched: run.touched?.[head] ?? null };
      return { type: "open", head, verdict, ...ages, ...whose, draft, merges, review, remarks };
    }
    default:
      return found.state satisfies never;
  }
}

/** One try before the change lands, and one after each landing that has to be mended. */
export function proposeKey(run: Run): string {
  return `propose-${run.commits.length}`;
}

function opening(run: Run): Extract<ProposalFact, { type: "none" }>["opening"] {
  const act = run.acts.find((one) => one.key === proposeKey(run));
  if (!act) return "not asked";
  return act.state === "acked" ? "done" : act.state === "pending" ? "pending" : "refused";
}
