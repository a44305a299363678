/**
 * `/afk retry`: the order is noted in the issue's record, and the ready label is put on for it. What starts a run is the
 * forge's own record of that labelling, and only the one that was read back here counts as ordered.
 * docs/adr/0014-a-label-put-on-by-us-is-the-wish-of-whoever-ordered-it.md
 */
import { act, type DeedOf } from "../core/acts.ts";
import type { Said } from "../core/commands.ts";
import { carries } from "../core/issue-record.ts";
import { pinProblem, renamedSince } from "../core/pin.ts";
import { type RetryAnswer, type RetryOrder, type RetryStep, retryStep } from "../core/retry.ts";
import { sameName } from "../core/same-name.ts";
import { type Account, type CommandComment, done, known, type Reading, retryUnread } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import type { Performed } from "./performed.ts";
import { issueRecord, saveIssue } from "./save.ts";
import { pinOf } from "./sightings.ts";

export type RetryDeed = DeedOf<"retry">;

/** What the comment orders, or why it orders nothing. Null: it is not answered. */
export type Weighed = RetryOrder | Exclude<RetryAnswer, "ordered"> | null;

/** `text`: the digest of the issue's text, as the comment's own delivery showed it; null: it did not. */
export async function weighRetry(
  loop: Loop,
  comment: CommandComment,
  by: Account,
  text: string | null,
): Promise<Reading<Weighed>> {
  const self = await loop.tracker.isSelf(by);
  if (!self.known) return self;
  if (self.value === null) return known("nameless");
  const issue = await loop.tracker.issue(comment.issue);
  if (!issue.known) return issue;
  if (issue.value.type === "gone") return known(null);
  if (issue.value.issue.state === "closed") return known("closed");
  const pin = await pinOf(loop, issue.value.issue, []);
  if (!pin.known) return pin;
  if (pin.value.type === "sightings" && text === null) return known("unproven");
  const events = await loop.tracker.events(comment.issue);
  if (!events.known) return events;
  const ordered = { comment: comment.id, atIso: comment.createdIso, text };
  // As the gates will ask it of the labelling.
  const wish = { id: "", actor: by, atIso: comment.createdIso, ordered };
  const { ready } = loop.settings.config.labels;
  const edited = renamedSince(wish, events.value) || pinProblem(pin.value, wish, events.value, ready) !== null;
  return known(edited ? "edited" : { ...ordered, by, event: null });
}

/** In a transaction. A newer order takes an older one's place: its text is the one that was read last. */
export function takeOrder(loop: Loop, issue: number, weighed: Exclude<Weighed, null>): RetryAnswer {
  const running = loop.store.activeRuns().some((run) => run.issue.number === issue && run.outcome === null);
  if (running) return "running";
  if (typeof weighed === "string") return weighed;
  const record = issueRecord(loop, issue);
  saveIssue(loop, { ...record, retry: weighed });
  const { comment } = weighed;
  const one = act(`retry-${comment}`, { type: "retry", comment, issue }, loop.now());
  const repo = loop.store.repo();
  loop.store.putRepo({ ...repo, acts: [...repo.acts, one] });
  return "ordered";
}

export async function putOnAgain(loop: Loop, deed: RetryDeed): Promise<Performed> {
  const order = loop.store.issue(deed.issue)?.retry;
  if (order?.comment !== deed.comment || order.event !== null)
    return { type: "dropped", why: "ordered again meanwhile" };
  const step = await readStep(loop, order, deed.issue);
  if (!step.known) return retryUnread(step);
  if (step.value.type !== "put") return answered(loop, step.value);
  const { ready } = loop.settings.config.labels;
  if (step.value.first === "take off") {
    const off = await loop.tracker.removeLabel(deed.issue, ready);
    if (off.type !== "done") return off;
  }
  const on = await loop.tracker.addLabel(deed.issue, ready);
  if (on.type !== "done") return on;
  const after = await readStep(loop, order, deed.issue);
  if (!after.known) return retryUnread(after);
  return answered(
    loop,
    after.value.type === "put" ? { type: "wait", why: "our label is not in the record yet" } : after.value,
  );
}

function answered(loop: Loop, step: Exclude<RetryStep, { type: "put" }>): Performed {
  switch (step.type) {
    case "done":
      return done({ type: "labelled", event: step.event });
    case "wait":
      return { type: "again", afterMs: loop.settings.config.retryBaseMs, why: step.why };
    case "dropped":
      return step;
    default:
      return step satisfies never;
  }
}

async function readStep(loop: Loop, order: RetryOrder, number: number): Promise<Reading<RetryStep>> {
  const read = await loop.tracker.issue(number);
  if (!read.known) return read;
  if (read.value.type === "gone") return known({ type: "dropped", why: "the issue is gone" });
  const events = await loop.tracker.events(number);
  if (!events.known) return events;
  const { ready } = loop.settings.config.labels;
  const entries = [];
  for (const event of events.value) {
    if (!sameName(event.label ?? "", ready)) continue;
    const ours = event.actor === null ? known(false) : await loop.tracker.isSelf(event.actor);
    if (!ours.known) return ours;
    entries.push({ event, ours: ours.value === true });
  }
  const { state, labels } = read.value.issue;
  return known(retryStep(order, { state, isReady: carries(labels, ready) }, entries));
}

/** In a transaction, once its act is over: which labelling counts as ordered from now on, or that none does. */
export function settleOrder(loop: Loop, deed: RetryDeed, result: Performed): void {
  const record = loop.store.issue(deed.issue);
  if (record?.retry?.comment !== deed.comment || record.retry.event !== null) return;
  const { retry: order, ...rest } = record;
  const effect = result.type === "done" ? result.value : null;
  if (effect?.type === "labelled") saveIssue(loop, { ...record, retry: { ...order, event: effect.event } });
  else saveIssue(loop, { ...rest, ...takenBack(record.said) });
  // No webhook has to tell of it.
  loop.store.putRepo({ ...loop.store.repo(), nextLookAt: loop.now() });
}

/** "Retrying" does not stay there: the label is another's by now, or the forge refused it. */
function takenBack(said: Said | undefined): { said?: Said } {
  if (said === undefined) return {};
  return { said: said.command === "retry" && said.answer === "ordered" ? { ...said, answer: "undone" } : said };
}
