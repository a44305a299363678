/**
 * What a try leaves in the ledger: the act's state and next due time, its effect on the run, what a refusal ends, and
 * who is told that it fails. Called inside a transaction.
 */
import { type Decision, end } from "../core/actions.ts";
import { type Act, retryAt, withoutOrphans } from "../core/acts.ts";
import { logged, type Reason, type Run, type Turn, withoutTurn, withoutUnstarted, withTurn } from "../core/run.ts";
import { apply } from "../core/run-evolve.ts";
import { redact } from "../core/text.ts";
import { isToldByOthers, isTrouble, tellOthers } from "./act-troubles.ts";
import { type Loop, notifierNames } from "./loop.ts";
import type { Effect, Performed } from "./performed.ts";
import type { IssueRecord } from "./records.ts";
import { settleOrder } from "./retry.ts";
import { commentText, saveIssue, saveRun } from "./save.ts";

/** Whose acts they are. */
export type Holder = { type: "run"; id: string } | { type: "issue"; number: number } | { type: "repo" };

export function actsOf(loop: Loop, holder: Holder): Act[] {
  switch (holder.type) {
    case "run":
      return loop.store.run(holder.id)?.acts ?? [];
    case "issue":
      return [loop.store.issue(holder.number)?.comment ?? []].flat();
    case "repo":
      return loop.store.repo().acts;
    default:
      return holder satisfies never;
  }
}

export function acknowledge(loop: Loop, holder: Holder, key: string, result: Performed): void {
  const before = actsOf(loop, holder).find((one) => one.key === key);
  if (before?.state !== "pending") return;
  const after = outcomeOf(loop, before, result);
  const fails = isTrouble(before, after, result);
  const tell = fails && !isToldByOthers(loop, before, result);
  const told = { ...after, told: after.told || tell };
  if (tell) tellOthers(loop, before, result);
  switch (holder.type) {
    case "run": {
      const run = loop.store.run(holder.id);
      if (run) saveRun(loop, afterAct(loop, run, told, result));
      if (run && "notifier" in told.deed && result.type !== "again")
        noteDeaf(loop, run, told.deed.notifier, told.state !== "acked" && (told.told || fails));
      return;
    }
    case "issue": {
      const issue = loop.store.issue(holder.number);
      const effect = result.type === "done" ? result.value : null;
      const commentId =
        effect?.type === "commented" ? effect.commentId : result.type === "refused" ? null : issue?.commentId;
      if (issue)
        saveIssue(loop, givenUp(loop, { ...issue, comment: told, commentId: commentId ?? null }, issue, result));
      return;
    }
    case "repo": {
      const repo = loop.store.repo();
      loop.store.putRepo({ ...repo, acts: repo.acts.map((one) => (one.key === key ? told : one)) });
      if (told.deed.type === "retry" && told.state !== "pending") settleOrder(loop, told.deed, result);
      return;
    }
    default:
      holder satisfies never;
  }
}

/**
 * A comment that was dropped, or refused where no comment of ours was known, is not tried again for this text: only
 * another text makes it due. One refused under a known id is tried once more, without it.
 */
function givenUp(loop: Loop, issue: IssueRecord, before: IssueRecord, result: Performed): IssueRecord {
  const over = result.type === "dropped" || (result.type === "refused" && before.commentId === null);
  const text = over ? commentText(loop, issue, loop.store.repo()) : null;
  if (text === null || issue.comment === null) return issue;
  return { ...issue, comment: { ...issue.comment, written: loop.digest(text) } };
}

/** A notifier that cannot be reached is named on the issue until it can be. */
function noteDeaf(loop: Loop, run: Run, notifier: string, deaf: boolean): void {
  const issue = loop.store.issue(run.issue.number);
  if (!issue || issue.deaf.includes(notifier) === deaf) return;
  const others = issue.deaf.filter((name) => name !== notifier);
  saveIssue(loop, { ...issue, deaf: deaf ? [...others, notifier] : others });
}

/** The act after a try. */
function outcomeOf(loop: Loop, one: Act, result: Performed): Act {
  const now = loop.now();
  const { retryBaseMs } = loop.settings.config;
  switch (result.type) {
    case "done": {
      const effect = result.value;
      const written = effect?.type === "commented" || effect?.type === "shown" ? effect.written : one.written;
      return { ...one, state: "acked", tries: one.tries + 1, error: null, written, writtenAt: now };
    }
    case "dropped":
      return { ...one, state: "cancelled", error: result.why };
    case "again": {
      const { unreadSince = now, ...read } = one;
      const error = result.tell ? redact(result.why, loop.held) : null;
      return { ...read, ...(result.unread ? { unreadSince } : {}), dueAt: now + result.afterMs, error };
    }
    case "refused":
      return { ...one, state: "refused", tries: one.tries + 1, error: redact(result.why, loop.held) };
    case "retry": {
      const tries = one.tries + 1;
      const dueAt = retryAt(now, tries, retryBaseMs, loop.random(), result.afterMs);
      return { ...one, tries, dueAt, error: redact(result.why, loop.held) };
    }
    default:
      return result satisfies never;
  }
}

/** The run after one of its acts: the act's effect, what a refusal ends, and the story. */
function afterAct(loop: Loop, run: Run, one: Act, result: Performed): Run {
  const now = loop.now();
  const acts = withoutOrphans(run.acts.map((other) => (other.key === one.key ? one : other)));
  let next: Run = { ...run, acts };
  if (result.type === "done") next = withEffect(loop, next, one, result.value, now);
  if (result.type === "refused") next = afterRefusal(loop, next, one, now);
  if (one.deed.type === "show") return next;
  const failed = result.type === "retry" || result.type === "refused";
  if (result.type === "again") return next;
  const text = failed
    ? `${one.key}: ${one.error}`
    : result.type === "dropped"
      ? `${one.key}: not needed, ${result.why}`
      : one.key;
  return logged(next, { at: now, kind: failed ? "failed" : "done", text, act: one.key });
}

function withEffect(loop: Loop, run: Run, { deed }: Act, effect: Effect, now: number): Run {
  if (effect === null) return run;
  switch (effect.type) {
    case "held_elsewhere":
      return endNow(loop, run, "withdraw", { code: "held_elsewhere" }, now);
    case "thread":
      return { ...run, threads: [...run.threads, effect.threadId], environment: effect.environment };
    case "accepted": {
      const turn = deed.type === "start_turn" ? run.turns[deed.turn - 1] : undefined;
      const accepted = turn ? withTurn(run, { ...turn, acceptedAt: turn.acceptedAt ?? now }) : run;
      return { ...accepted, nextLookAt: Math.min(run.nextLookAt, now + loop.settings.config.pollMs) };
    }
    case "fenced":
      return { ...withoutUnstarted(run, now), nextLookAt: now };
    case "look":
      return { ...run, nextLookAt: now };
    case "shown":
      return effect.id === null ? run : { ...run, messages: { ...run.messages, [effect.notifier]: effect.id } };
    case "commented":
    case "labelled":
      return run;
    default:
      return effect satisfies never;
  }
}

/** A claim or a first turn refused for good ends the run; other refusals are the state machine's to see. */
function afterRefusal(loop: Loop, run: Run, one: Act, now: number): Run {
  if (run.outcome !== null) return run;
  const detail = one.error ?? "";
  switch (one.deed.type) {
    case "stamp":
    case "read_back":
      return endNow(loop, run, "escalate_prepush", { code: "label_refused", detail }, now);
    case "create_thread":
      return endNow(loop, run, "escalate_prepush", { code: "turn_refused", detail }, now);
    case "start_turn": {
      const turn = run.turns[one.deed.turn - 1];
      const cancelled = turn ? refusedForGood(run, turn, detail, now) : run;
      if (turn?.purpose !== "first") return { ...cancelled, nextLookAt: now };
      return endNow(loop, cancelled, "escalate_prepush", { code: "turn_refused", detail }, now);
    }
    case "propose":
      return { ...run, nextLookAt: now };
    default:
      return run;
  }
}

/** What a review asked is unanswered again; what a commit needs is answered with a turn that nobody took. */
function refusedForGood(run: Run, turn: Turn, detail: string, now: number): Run {
  const next = turn.purpose === "review" ? withoutTurn(run, turn, now) : run;
  return withTurn(next, { ...turn, cancelledAt: now, refused: detail });
}

/** Row 0: it is none of the table's. */
function endNow(loop: Loop, run: Run, decision: Decision, reason: Reason, now: number): Run {
  return apply(run, end(0, decision, reason), { now, forgeIso: null, notifiers: notifierNames(loop) });
}
