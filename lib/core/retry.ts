/**
 * A retry ordered in a comment. The loop puts the ready label on, and what starts is that labelling, by the ordinary
 * path; whose wish it is and which text was meant are the comment's. Pure; all times are the forge's own.
 *
 * What is to be done for an order, by what the issue's record shows of the ready label since it was given:
 *
 *   we put it on, and that is the newest ........ done: it is this labelling
 *   we put it on, and it was taken off since .... nothing: an order is good for one labelling, whoever lost count
 *   somebody else put it on ..................... nothing: that is a wish of its own
 *   somebody else took it off ................... nothing: the wish was taken back
 *   the issue is closed ......................... nothing
 *   the label is on, the record says it is off .. wait: the record is behind
 *   the label is on ............................. take it off and put it on
 *   it is off ................................... put it on
 */
import { second } from "./issue-record.ts";
import type { Account, IssueEvent, LabelEvent, Ordered } from "./types.ts";

export interface RetryOrder extends Ordered {
  by: Account;
  /** Our labelling that answers it; null: it is not known to be on yet. */
  event: string | null;
}

/** What came of the command. `undone`: ordered, and no label of ours was put on for it. `nameless`: the forge does not tell us who we are, so no labelling can be known as ours. */
export type RetryAnswer = "ordered" | "undone" | "running" | "closed" | "edited" | "unproven" | "nameless";

export type RetryStep =
  | { type: "put"; first: "take off" | "nothing" }
  | { type: "wait"; why: string }
  | { type: "done"; event: string }
  | { type: "dropped"; why: string };

/** An entry about the ready label, and whether it is ours. */
export interface LabelEntry {
  event: IssueEvent;
  ours: boolean;
}

export function retryStep(
  order: Pick<Ordered, "atIso">,
  issue: { state: "open" | "closed"; isReady: boolean },
  entries: LabelEntry[],
): RetryStep {
  const newest = entries.at(-1);
  const ordered = second(order.atIso);
  const labelled = entries.filter(({ event }) => event.type === "labeled" && second(event.atIso) >= ordered);
  if (newest && labelled.includes(newest))
    return newest.ours
      ? { type: "done", event: newest.event.id }
      : { type: "dropped", why: "labelled since by somebody else: a wish of its own" };
  if (labelled.some(({ ours }) => ours)) return { type: "dropped", why: "it was put on, and taken off since" };
  // In the comment's own second it was taken off to be ordered anew.
  if (newest?.event.type === "unlabeled" && !newest.ours && second(newest.event.atIso) > ordered)
    return { type: "dropped", why: "a person took the label off since" };
  if (issue.state === "closed") return { type: "dropped", why: "the issue is closed" };
  if (!issue.isReady) return { type: "put", first: "nothing" };
  if (newest?.event.type === "unlabeled") return { type: "wait", why: "the label is not in the record yet" };
  return { type: "put", first: "take off" };
}

/** The labelling as a wish. Null while an order is being carried out: what is on is not what it will be. */
export function wishOf(labelling: LabelEvent | null, order: RetryOrder | undefined): LabelEvent | null {
  if (labelling === null || order === undefined) return labelling;
  if (order.event === null) return null;
  if (order.event !== labelling.id) return labelling;
  const { comment, atIso, text, by } = order;
  return { ...labelling, actor: by, ordered: { comment, atIso, text } };
}

/** Since when the wish stands. */
export function wishedIso(labelEvent: LabelEvent): string {
  return labelEvent.ordered?.atIso ?? labelEvent.atIso;
}
