/** Acts on a run's pull request. Each first asks what is there, so that a lost answer makes no second one. */
import type { DeedOf } from "../core/acts.ts";
import { passes } from "../core/ci-verdict.ts";
import { mayMerge, withoutMerge } from "../core/merge-wish.ts";
import { mergeMessage, proposalText } from "../core/proposal-prompts.ts";
import { isGiven } from "../core/proposal-rows.ts";
import { currentThread, type Run } from "../core/run.ts";
import { done, retryUnread } from "../core/types.ts";
import { looksAsTaken } from "./look.ts";
import { readHead } from "./look-proposal.ts";
import type { Loop } from "./loop.ts";
import type { Performed } from "./performed.ts";
import { saveRun } from "./save.ts";
import { whyStopped } from "./stopped.ts";

const ANOTHER_HEAD: Performed = { type: "dropped", why: "it is another head by now" };

/** One that the agent opened meanwhile is the one. */
export async function propose(loop: Loop, run: Run): Promise<Performed> {
  const found = await loop.proposals.find(run.branch, run.trunk);
  if (!found.known) return retryUnread(found);
  if (found.value?.state === "open") return done({ type: "look" });
  const thread = currentThread(run);
  const words = thread === null || loop.executor === null ? null : await loop.executor.lastWords(thread);
  const text = proposalText(run, words?.known ? words.value : null, loop.held);
  const opened = await loop.proposals.open({ branch: run.branch, trunk: run.trunk, ...text });
  return opened.type === "done" ? done({ type: "look" }) : opened;
}

/** Decided anew at every try: a person may have changed his mind, CI its word, and the loop may be disarmed. */
export async function merge(loop: Loop, run: Run, { head }: DeedOf<"merge">): Promise<Performed> {
  const memory = run.proposal;
  if (!memory) return { type: "dropped", why: "there is nothing proposed" };
  if (loop.settings.config.merge === "never") return { type: "dropped", why: "the loop may not merge any more" };
  const stopped = await whyStopped(loop);
  if (stopped !== null) return notMerged(loop, run, stopped);
  const found = await loop.proposals.find(run.branch, run.trunk);
  if (!found.known) return retryUnread(found);
  const { value } = found;
  if (value?.state !== "open" || value.head !== head) return ANOTHER_HEAD;
  if (value.draft || !isGiven(value)) return notMerged(loop, run, "people want it otherwise by now");
  const issue = await loop.tracker.issue(run.issue.number);
  if (!issue.known) return retryUnread(issue);
  if (!looksAsTaken(run, issue)) return notMerged(loop, run, "its issue is not as it was taken");
  const judged = await readHead(loop, run, memory, head);
  if (!judged.known) return retryUnread(judged);
  const { verdict } = judged.value;
  if (!passes(verdict, run.rules)) return notMerged(loop, run, `CI of ${head.slice(0, 12)} is ${verdict.word} by now`);
  // The reads above take seconds, and a pause holds at once.
  const since = await whyStopped(loop);
  if (since !== null) return notMerged(loop, run, since);
  const fresh = loop.store.run(run.id);
  if (!fresh || !mayMerge(fresh, head)) return { type: "dropped", why: "it was decided otherwise meanwhile" };
  const merged = await loop.proposals.merge(value.number, head, mergeMessage(run));
  if (merged.type === "done") return done({ type: "look" });
  return merged.type === "refused" && (await isAnother(loop, run, head)) ? ANOTHER_HEAD : merged;
}

/** Somebody pushed as the merge left: nothing that a person must hear. */
async function isAnother(loop: Loop, run: Run, head: string): Promise<boolean> {
  const found = await loop.proposals.find(run.branch, run.trunk);
  return found.known && found.value?.head !== head;
}

/** Nothing left: where it may be merged again, it is decided anew. Not at once, for a look may not see yet what speaks against it. */
function notMerged(loop: Loop, run: Run, why: string): Performed {
  loop.store.transaction(() => {
    const fresh = loop.store.run(run.id);
    const nextLookAt = loop.now() + loop.settings.config.pollMs;
    if (fresh?.outcome === null) saveRun(loop, { ...withoutMerge(fresh), nextLookAt });
  });
  return { type: "dropped", why };
}

export async function deleteBranch(loop: Loop, run: Run, deed: DeedOf<"delete_branch">): Promise<Performed> {
  const deleted = await loop.proposals.deleteBranch(run.branch, deed.head);
  // Somebody pushed to it since: it is theirs, and nothing anybody must be told.
  return deleted.type === "refused" ? { type: "dropped", why: deleted.why } : deleted;
}
