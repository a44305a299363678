/**
 * Acts on the forge. Each first asks whether it is still wanted and, on every try after the first, whether it is done
 * already.
 */
import type { Act, DeedOf } from "../core/acts.ts";
import { closedByLanding } from "../core/closed-by-landing.ts";
import { after, carries, concerns, latestLabelling, second } from "../core/issue-record.ts";
import { handOverMarker, type MarkedRun, markedRuns, markerPrefix } from "../core/markers.ts";
import { handOver } from "../core/messages.ts";
import { redTrunkWords } from "../core/red-trunk.ts";
import type { Run } from "../core/run.ts";
import { redact } from "../core/text.ts";
import { done, type IssueEvent, type IssueFacts, known, type Reading, retry, retryUnread } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import type { Performed } from "./performed.ts";
import type { IssueRecord } from "./records.ts";
import { commentText, issueRecord, saveIssue } from "./save.ts";

/** So long a forge's record of an issue may be behind the issue. */
const RECORD_BEHIND_MS = 20_000;
/** For so long after an ending its trunk is asked who closed the issue. */
const TRUNK_TRIES_MS = 3_600_000;

export async function stamp(loop: Loop, run: Run, one: Act): Promise<Performed> {
  return addLabel(loop, run, run.labels.inProgress, one);
}

export async function removeHandLabel(loop: Loop, run: Run): Promise<Performed> {
  return loop.tracker.removeLabel(run.issue.number, run.labels.readyForHuman);
}

/**
 * An in-progress labelling after our ready label event by another account is another loop's: adding a label that is on
 * makes no event, so the first one shows who holds the issue, until it is taken off again. Where the forge does not tell
 * who we are, a lone labelling is taken for ours.
 */
export async function readBack(loop: Loop, run: Run, one: Act): Promise<Performed> {
  const events = await loop.tracker.events(run.issue.number);
  if (!events.known) return retryUnread(events);
  const marks = after(events.value, run.labelEvent.id).filter((event) => concerns(event, run.labels.inProgress));
  const stamps = marks.slice(marks.findLastIndex(({ type }) => type === "unlabeled") + 1);
  const first = stamps[0];
  // Taken off since: nobody holds it, and ours is as good as never put.
  if (!first && marks.length > 0) {
    const put = await loop.tracker.addLabel(run.issue.number, run.labels.inProgress);
    if (put.type !== "done") return put;
  }
  if (!first?.actor)
    return { type: "again", afterMs: loop.settings.config.retryBaseMs, why: "our stamp is not in the record yet" };
  const ours = await loop.tracker.isSelf(first.actor);
  if (!ours.known) return retryUnread(ours);
  if (ours.value ?? stamps.length === 1) return done(null);
  // It may be one that was taken off just before, and neither that nor our own stamp in the record yet.
  const leftMs = one.createdAt + RECORD_BEHIND_MS - loop.now();
  if (leftMs > 0) return { type: "again", afterMs: leftMs, why: "another loop's stamp is looked at once more" };
  return done({ type: "held_elsewhere" });
}

/** Names the label event it ends: a newer labelling is a new wish and stays. */
export async function removeReady(loop: Loop, run: Run): Promise<Performed> {
  const events = await loop.tracker.events(run.issue.number);
  if (!events.known) return unlessGone(loop, run.issue.number, retryUnread(events));
  const latest = latestLabelling(events.value, run.labels.ready);
  if (latest !== null && latest.id !== run.labelEvent.id) return { type: "dropped", why: "labelled again: a new wish" };
  return loop.tracker.removeLabel(run.issue.number, run.labels.ready);
}

export async function removeInProgress(loop: Loop, run: Run): Promise<Performed> {
  return loop.tracker.removeLabel(run.issue.number, run.labels.inProgress);
}

export async function handLabel(loop: Loop, run: Run, one: Act): Promise<Performed> {
  return refusedUnlessGone(loop, run.issue.number, await addLabel(loop, run, run.labels.readyForHuman, one));
}

/** Dropped if a person reopened the issue since the decision; done if it is closed already. */
export async function close(loop: Loop, run: Run): Promise<Performed> {
  const issue = await present(loop, run);
  if (!issue.known) return retryUnread(issue);
  if (issue.value === null || issue.value.state === "closed") return done(null);
  const events = await loop.tracker.events(run.issue.number);
  if (!events.known) return retryUnread(events);
  if (reopenedSince(events.value, run)) return { type: "dropped", why: "a person reopened the issue" };
  return loop.tracker.close(run.issue.number);
}

/** Where the issue could not be read at the decision, since the labelling: that of a person who tried once more comes before it. */
function reopenedSince(events: IssueEvent[], run: Run): boolean {
  const decidedIso = run.outcome?.forgeIso ?? null;
  const asked = decidedIso === null ? after(events, run.labelEvent.id) : events;
  const latest = asked.findLast((event) => event.type === "closed" || event.type === "reopened");
  if (latest?.type !== "reopened") return false;
  return decidedIso === null || second(latest.atIso) >= second(decidedIso);
}

/** Only what our own landing closed is opened again for the human. */
export async function reopen(loop: Loop, run: Run): Promise<Performed> {
  const issue = await present(loop, run);
  if (!issue.known) return retryUnread(issue);
  if (issue.value?.state !== "closed") return done(null);
  const events = await loop.tracker.events(run.issue.number);
  if (!events.known) return retryUnread(events);
  const closing = events.value.findLast((event) => event.type === "closed");
  const ours = closing ? await isOurs(loop, run, closing) : known(false);
  if (!ours.known) return retryUnread(ours);
  return ours.value ? loop.tracker.reopen(run.issue.number) : done(null);
}

/** The trunk is read only where it tells. What it does not tell for so long is not ours: its base may be there no more. */
async function isOurs(loop: Loop, run: Run, closing: IssueEvent): Promise<Reading<boolean>> {
  const told = closedByLanding(run, closing, null);
  if (told !== null) return known(told);
  const trunk = await loop.tracker.compare(run.base, run.trunk);
  const since = run.outcome?.decidedAt ?? 0;
  if (!trunk.known && !trunk.tooLong && loop.now() - since < TRUNK_TRIES_MS) return trunk;
  return known(closedByLanding(run, closing, trunk) === true);
}

/**
 * The new short comment; found again by its marker after an answer that never came. It is looked for on the first try
 * too: had we died in an earlier one, the ledger would not know of it.
 */
export async function writeHandOver(loop: Loop, run: Run): Promise<Performed> {
  const comments = await loop.tracker.comments(run.issue.number);
  if (!comments.known) return unlessGone(loop, run.issue.number, retryUnread(comments));
  if (comments.value.some((comment) => comment.ours && comment.body.includes(handOverMarker(run)))) return done(null);
  const red = await leftRed(loop, run);
  if (!red.known) return retryUnread(red);
  const created = await loop.tracker.createComment(run.issue.number, redact(handOver(run, red.value), loop.held));
  return created.type === "done" ? done(null) : refusedUnlessGone(loop, run.issue.number, created);
}

/**
 * What it leaves the trunk with, and who waits for that; where the list cannot be read the rest is said all the same. With a
 * token that is refused nothing is written either: that is told.
 */
async function leftRed(loop: Loop, run: Run): Promise<Reading<string | null>> {
  const { freeze } = loop.store.repo();
  if (run.outcome?.type !== "frozen" || freeze?.run !== run.id) return known(null);
  const listed = await loop.tracker.candidates(loop.settings.config.labels.ready);
  if (!listed.known && listed.auth) return listed;
  const waiting = listed.known ? listed.value.map((candidate) => candidate.number) : [];
  const { sha, checks = [], attempts = 0, undo = null, standing } = freeze;
  const others = waiting.filter((number) => number !== run.issue.number);
  return known(redTrunkWords({ sha, checks, attempts, undo, standing }, others));
}

/**
 * Brings the issue's one comment to the text it should have. Where its id is not known, after a failed try and at the
 * end of a run the comments are listed: the oldest of ours is kept, the others go.
 */
export async function writeComment(loop: Loop, number: number, one: Act): Promise<Performed> {
  const repo = loop.store.repo();
  const record = issueRecord(loop, number);
  const text = commentText(loop, record, repo);
  if (text === null) return { type: "dropped", why: "nothing to say" };
  const written = loop.digest(text);
  const lastRun = record.runs.at(-1);
  const ending = lastRun !== undefined && loop.store.run(lastRun)?.settledAt != null;
  let id = record.commentId;
  if (id === null || one.tries > 0 || ending) {
    const comments = await loop.tracker.comments(number);
    if (!comments.known) return unlessGone(loop, number, retryUnread(comments));
    const prefix = markerPrefix(repo.facts?.id ?? "", number);
    const [kept, ...others] = comments.value.filter((comment) => comment.ours && comment.body.startsWith(prefix));
    for (const other of others) {
      const deleted = await loop.tracker.deleteComment(other.id);
      if (deleted.type !== "done") return deleted;
    }
    if (kept?.body === text) return done({ type: "commented", commentId: kept.id, written });
    if (kept && keepNamed(loop, record, markedRuns(kept.body, repo.facts?.id ?? "", number)))
      return { type: "again", afterMs: 0, why: "the comment names runs that are to be kept" };
    id = kept?.id ?? null;
  }
  if (id === null) {
    const created = await loop.tracker.createComment(number, text);
    if (created.type !== "done") return refusedUnlessGone(loop, number, created);
    return done({ type: "commented", commentId: created.value, written });
  }
  const updated = await loop.tracker.updateComment(id, text);
  // Somebody deleted it, or the whole issue: nobody's trouble. The next try finds none and writes it anew.
  if (updated.type === "refused" && updated.gone) return unlessGone(loop, number, retry(updated.why));
  return updated.type === "done" ? done({ type: "commented", commentId: id, written }) : updated;
}

/**
 * Our comment may be all that is left of runs: whatever is written over it goes on naming them, or their label events could
 * run again. Whether there was one that is not kept yet.
 */
function keepNamed(loop: Loop, record: IssueRecord, named: MarkedRun[]): boolean {
  const known = record.elsewhere ?? [];
  const isKept = ({ run }: MarkedRun) => record.runs.includes(run) || known.some((one) => one.run === run);
  const lost = named.filter((one) => !isKept(one));
  if (lost.length > 0)
    loop.store.transaction(() => {
      const fresh = loop.store.issue(record.number) ?? record;
      saveIssue(loop, { ...fresh, elsewhere: [...(fresh.elsewhere ?? []), ...lost] });
    });
  return lost.length > 0;
}

/** Twice is once, there. Where it may not be, or there is no comment any more, nobody is the worse for it. */
export async function react(loop: Loop, deed: DeedOf<"react">): Promise<Performed> {
  const reacted = await loop.tracker.react(deed.comment, deed.content);
  return reacted.type === "refused" ? { type: "dropped", why: reacted.why } : reacted;
}

async function addLabel(loop: Loop, run: Run, label: string, one: Act): Promise<Performed> {
  if (one.tries > 0) {
    const issue = await present(loop, run);
    if (!issue.known) return retryUnread(issue);
    if (carries(issue.value?.labels ?? [], label)) return done(null);
  }
  return loop.tracker.addLabel(run.issue.number, label);
}

/** The issue, null when it is gone, or one of another repo by the name of ours. */
async function present(loop: Loop, run: Run): Promise<Reading<IssueFacts | null>> {
  const issue = await loop.tracker.issue(run.issue.number);
  if (!issue.known) return issue;
  const { value } = issue;
  return known(value.type === "present" && value.issue.id === run.issue.id ? value.issue : null);
}

/** What cannot be done on an issue that is gone need not be, and is nobody's trouble. */
async function unlessGone(loop: Loop, number: number, otherwise: Performed): Promise<Performed> {
  const issue = await loop.tracker.issue(number);
  return issue.known && issue.value.type === "gone" ? { type: "dropped", why: "the issue is gone" } : otherwise;
}

function refusedUnlessGone(loop: Loop, number: number, result: Performed): Promise<Performed> | Performed {
  return result.type === "refused" ? unlessGone(loop, number, result) : result;
}
