/** One look at a run: everything its next step is decided on, read in the order that keeps a conclusion safe. */
import { UNREAD, type Verdict } from "../core/ci-verdict.ts";
import { isAsTaken } from "../core/issue-record.ts";
import { NOT_LOOKED } from "../core/proposal.ts";
import { beganElsewhere, currentThread, landed, type Run } from "../core/run.ts";
import { type Look, observe, type ThreadLook } from "../core/run-facts.ts";
import { redact } from "../core/text.ts";
import { onTopOf } from "../core/trunk-line.ts";
import {
  type Comparison,
  type IssueReading,
  type Reading,
  type ThreadView,
  type Unread,
  unread,
} from "../core/types.ts";
import { anotherServer, NO_EXECUTOR, NOT_UNDERSTOOD } from "../executor/executor.ts";
import { lookAtDeploy } from "./look-deploy.ts";
import { lookAtProposal } from "./look-proposal.ts";
import { lookAtUsage } from "./look-usage.ts";
import type { Loop } from "./loop.ts";
import { noteSeen } from "./sightings.ts";
import type { Troubles } from "./troubles.ts";
import { awaitedOf, graceOf, readQueueVerdict, readTrunkVerdict } from "./verdict.ts";

/** Looks at different runs share one read of the executor that is no older than this. */
const SNAPSHOT_AGE_MAX_MS = 2000;

export async function lookAt(loop: Loop, run: Run, wake: "woken" | "due", troubles: Troubles): Promise<Look> {
  const { tracker } = loop;
  const [issue, thread] = await Promise.all([tracker.issue(run.issue.number), lookAtThread(loop, run)]);
  noteLabelled(loop, run, issue);
  troubles.note("forge", issue);
  noteThread(run, thread, troubles);
  const events = looksAsTaken(run, issue) ? null : await tracker.events(run.issue.number);
  const asking = thread.type === "view" && thread.view.state === "asking" ? loop.executor : null;
  const request = asking === null ? null : await asking.request(currentThread(run) ?? "");
  if (events !== null) troubles.note("forge", events);
  const follows = wake === "woken" && landed(run) === null && run.turns.some((turn) => turn.startedTurnId !== null);
  const branch = follows ? await tracker.compare(run.base, run.branch) : null;
  if (branch !== null) troubles.noteRefusal("forge", branch);
  const proposal = await lookAtProposal(loop, run, thread, troubles);
  const trunk = await tracker.compare(run.base, run.trunk);
  // Nobody can mend that it is too long, and a pull request tells enough.
  const isEnough = !trunk.known && trunk.tooLong && proposal.found?.known && proposal.found.value !== null;
  if (!isEnough) troubles.note("forge", trunk);
  const partly = { ...NOTHING, proposal, trunk };
  const onUnread = (failure: Unread) => troubles.note("forge", failure);
  const newest = newestOf(loop, run, partly);
  const verdict = newest === null ? null : await lookAtVerdict(loop, run, newest, onUnread);
  const { deploy, live } = await lookAtDeploy(loop, run, newest, verdict, onUnread);
  const words = await lookAtWords(loop, run, thread, trunk);
  const usage = await lookAtUsage(loop, run, thread, troubles);
  return {
    issue,
    events,
    thread,
    request,
    words,
    usage,
    proposal,
    trunk,
    branch,
    verdict,
    deploy,
    ...(live ? { live } : {}),
    canRerun: loop.ci.canRerun,
  };
}

/** It may have been labelled anew while this run is under way: before we write to it again, what was labelled is noted. */
function noteLabelled(loop: Loop, run: Run, issue: Reading<IssueReading>): void {
  if (loop.tracker.pin.type !== "sightings" || !issue.known || issue.value.type === "gone") return;
  const seen = issue.value.issue;
  loop.store.transaction(() => noteSeen(loop, run.issue.number, seen));
}

/** Why the agent stopped without landing, for the hand-over: asked once, when that is about to be concluded. */
async function lookAtWords(
  loop: Loop,
  run: Run,
  thread: ThreadLook,
  trunk: Reading<Comparison>,
): Promise<string | null> {
  const ended = thread.type === "view" && (thread.view.state === "done" || thread.view.state === "failed");
  if (!loop.executor || !ended || run.looks.atRest === null || !trunk.known || landed(run) !== null) return null;
  const words = await loop.executor.lastWords(thread.view.id);
  return words.known && words.value !== null ? redact(words.value, loop.held) : null;
}

export function looksAsTaken(run: Run, issue: Reading<IssueReading>): boolean {
  if (!issue.known || issue.value.type === "gone") return true;
  return isAsTaken(issue.value.issue, run.labels.ready);
}

/** Of a state that is not understood nothing is decided, and that may last: it counts as unread. */
function noteThread(run: Run, thread: ThreadLook, troubles: Troubles): void {
  if (thread.type === "unread") troubles.note("executor", { known: false, why: thread.why, auth: thread.auth });
  else if (thread.type === "view" && thread.view.state === "unknown")
    troubles.note("executor", unread(`#${run.issue.number}: ${NOT_UNDERSTOOD}`));
  else if (thread.type !== "none" && !run.released) troubles.readable("executor");
}

async function lookAtThread(loop: Loop, run: Run): Promise<ThreadLook> {
  const id = currentThread(run);
  if (id === null) return { type: "none" };
  if (run.released) return { type: "missing" };
  if (loop.executor === null) return { type: "unread", why: NO_EXECUTOR, auth: false };
  const maxAgeMs = Math.min(SNAPSHOT_AGE_MAX_MS, loop.settings.config.pollMs / 2);
  const snapshot = await loop.fleet.snapshot(maxAgeMs);
  if (!snapshot.known) return { type: "unread", why: snapshot.why, auth: snapshot.auth };
  const view = snapshot.value.threads.find((thread) => thread.id === id);
  if (view) return { type: "view", view: withoutSecrets(loop, view) };
  // Not among the live threads: archived, deleted, or the list is behind. Its own page tells.
  const own = await loop.executor.thread(id);
  if (!own.known) return { type: "unread", why: own.why, auth: own.auth };
  if (own.value !== null) return { type: "view", view: withoutSecrets(loop, own.value) };
  const { id: environment } = snapshot.value.environment;
  if (!beganElsewhere(run, environment)) return { type: "missing" };
  const { why, auth } = anotherServer(run.issue.number);
  return { type: "unread", why, auth };
}

/** An agent's error may quote what it was given; it is kept, shown and sent on. */
function withoutSecrets(loop: Loop, view: ThreadView): ThreadView {
  return view.error === null ? view : { ...view, error: redact(view.error, loop.held) };
}

/** The newest commit of ours that this look knows of, and the trunk's commits after it, oldest first. */
export interface Newest {
  seen: Run;
  ours: string;
  later: string[];
}

export function newestOf(loop: Loop, run: Run, partly: Look): Newest | null {
  const seen = observe(run, partly, loop.now());
  const ours = landed(seen);
  if (ours === null) return null;
  return { seen, ours, later: partly.trunk.known ? onTopOf(partly.trunk.value, ours) : [] };
}

export async function lookAtVerdict(
  loop: Loop,
  run: Run,
  { seen, ours, later }: Newest,
  unread: (failure: Unread) => void,
): Promise<Verdict> {
  const grace = graceOf(loop, run, seen.seen.commit, loop.now());
  const expected = { trunk: run.trunk, awaited: awaitedOf(seen), grace, rules: run.rules };
  const verdict = await readTrunkVerdict(loop.ci, ours, later, expected, unread);
  // The queue merges the very commit it has tested: where nothing runs on the trunk after all, that is its CI.
  if (verdict.word !== "none" || grace === "running" || seen.proposal?.queued?.commit !== ours) return verdict;
  const tested = await readQueueVerdict(loop.ci, ours, run.trunk, run.rules);
  if (!tested.known) unread(tested);
  return tested.known ? tested.value : UNREAD;
}

/** A look of which only a part is there yet. */
export const NOTHING: Look = {
  issue: { known: false, why: "not read", auth: false },
  events: null,
  thread: { type: "none" },
  request: null,
  proposal: NOT_LOOKED,
  trunk: { known: false, why: "not read", auth: false },
  branch: null,
  verdict: null,
  deploy: "not_asked",
  canRerun: false,
};
