/**
 * Stores a changed run or issue, inside a transaction, with what follows from it: the texts that must be written
 * again, the list of active runs, the version that a deciding transaction compares.
 */
import { type Act, act } from "../core/acts.ts";
import type { Refusal } from "../core/gates.ts";
import { comment, isSaidOnIssue, noLongerWaiting } from "../core/messages.ts";
import type { Run } from "../core/run.ts";
import { countsOf } from "../core/run-counts.ts";
import { type NoticeText, runNotice } from "../core/run-notices.ts";
import { isSame } from "../core/same.ts";
import { redact } from "../core/text.ts";
import { type Desk, type Loop, notifierNames, threadUrl } from "./loop.ts";
import type { IssueRecord, RepoRecord } from "./records.ts";

/** At most one update of a notifier's message in this time. */
const SHOW_INTERVAL_MS = 1000;

export function saveRun(loop: Loop, run: Run, repo: RepoRecord = loop.store.repo()): RepoRecord {
  const now = loop.now();
  const before = loop.store.run(run.id);
  const told = before !== null && tellsTheSame(before, run);
  const shown = told && boardsStand(before, run) ? run : { ...run, acts: freshShows(loop, run, now) };
  loop.store.putRun(shown);
  for (const one of countsOf(before, shown)) loop.count(one);
  const pending = shown.settledAt === null || shown.acts.some((one) => one.state === "pending");
  const others = repo.active.filter((id) => id !== run.id);
  const active = pending ? (repo.active.includes(run.id) ? repo.active : [...others, run.id]) : others;
  const issue = issueRecord(loop, run.issue.number, run.issue.id);
  if (told && issue.runs.includes(run.id)) return putRepo(loop, { ...repo, active });
  const runs = issue.runs.includes(run.id) ? issue.runs : [...issue.runs, run.id];
  return saveIssue(loop, { ...issue, runs }, { ...repo, active });
}

/** Stores the issue's record; its comment is due again when its text is another than the one written. */
export function saveIssue(loop: Loop, issue: IssueRecord, repo: RepoRecord = loop.store.repo()): RepoRecord {
  const now = loop.now();
  const text = commentText(loop, issue, repo);
  let one = issue.comment;
  if (text !== null && loop.digest(text) !== one?.written)
    one = one?.state === "pending" ? one : dueAgain(one ?? act("comment", { type: "comment" }, now), now);
  loop.store.putIssue({ ...issue, comment: one });
  const others = repo.commenting.filter((number) => number !== issue.number);
  const commenting = one?.state === "pending" ? [...others, issue.number] : others;
  const unrefused = repo.refused.filter((number) => number !== issue.number);
  const refused = issue.refusal === null ? unrefused : [...unrefused, issue.number];
  return putRepo(loop, { ...repo, commenting, refused });
}

/** Another version with each decision and each act: whoever looked meanwhile looks again. */
function putRepo(loop: Loop, repo: RepoRecord): RepoRecord {
  const next = { ...repo, version: repo.version + 1 };
  loop.store.putRepo(next);
  return next;
}

/** The text the issue's comment should have; null: none. */
export function commentText(loop: Loop, issue: IssueRecord, repo: RepoRecord): string | null {
  const runs = issue.runs.flatMap((id) => loop.store.run(id) ?? []).filter(isPublic);
  const text = comment({
    repoId: repo.facts?.id ?? "",
    number: issue.number,
    runs,
    ...(issue.elsewhere ? { elsewhere: issue.elsewhere } : {}),
    refusal: saidRefusal(issue.refusal),
    ...(issue.said ? { said: issue.said } : {}),
    deaf: issue.deaf,
    notifiers: loop.notifiers.length,
    threadUrl: (run) => threadUrl(loop, run, "anyone"),
  });
  if (text === null && issue.commentId !== null)
    return noLongerWaiting(repo.facts?.id ?? "", issue.number, issue.elsewhere);
  return text === null ? null : redact(text, loop.held);
}

export function showText(loop: Loop, run: Run): NoticeText {
  return redacted(runNotice(run, threadUrl(loop, run, "operator")), loop.held);
}

export function redacted(notice: NoticeText, held: string[]): NoticeText {
  return {
    title: redact(notice.title, held),
    lines: notice.lines.map((line) => redact(line, held)),
    links: notice.links,
  };
}

/** As it is kept; else a fresh one. The id is empty where only its number is known. */
export function issueRecord({ store }: Desk, number: number, id = ""): IssueRecord {
  const kept = store.issue(number);
  return kept ?? { v: 1, number, id, runs: [], refusal: null, judgedAt: 0, comment: null, commentId: null, deaf: [] };
}

/** Before the label's record was read back the claim may be another loop's: it says nothing. */
function isPublic(run: Run): boolean {
  if (run.outcome?.reason.code === "held_elsewhere") return false;
  if (run.outcome !== null && !run.outcome.givenBack) return true;
  return run.acts.find((one) => one.deed.type === "read_back")?.state === "acked";
}

function saidRefusal(refusal: Refusal | null): Refusal | null {
  return refusal !== null && isSaidOnIssue(refusal) ? refusal : null;
}

/** No text tells of these: most of what is saved, an act that was done, changes nothing else. */
const UNTOLD = { acts: [], log: [], looks: null, messages: null, nextLookAt: 0 };

/** Whether comment and boards say of both the same: then none of them is made anew to be compared. */
function tellsTheSame(before: Run, run: Run): boolean {
  return isPublic(before) === isPublic(run) && isSame({ ...before, ...UNTOLD }, { ...run, ...UNTOLD });
}

/** None was written meanwhile, which may have been to an older text. */
function boardsStand(before: Run, run: Run): boolean {
  const boards = ({ acts }: Run) => acts.filter(({ deed }) => deed.type === "show");
  return isSame(boards(before), boards(run));
}

/** Boards that are written and not refused are due again when their text is another; it is the same for each. */
function freshShows(loop: Loop, run: Run, now: number): Act[] {
  const names = notifierNames(loop);
  const isWritten = ({ deed, state }: Act) =>
    deed.type === "show" && state !== "pending" && state !== "refused" && names.includes(deed.notifier);
  if (!isPublic(run) || !run.acts.some(isWritten)) return run.acts;
  const text = loop.digest(JSON.stringify(showText(loop, run)));
  const dueAt = ({ writtenAt }: Act) => Math.max(now, (writtenAt ?? 0) + SHOW_INTERVAL_MS);
  return run.acts.map((one) => (isWritten(one) && one.written !== text ? dueAgain(one, dueAt(one)) : one));
}

/** What it should write is another text: it is owed from then on, and its troubles are new ones. */
function dueAgain(one: Act, dueAt: number): Act {
  return { ...one, state: "pending", tries: 0, told: false, after: [], createdAt: dueAt, dueAt };
}
