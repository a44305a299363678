/**
 * Drives one run: looks, folds the look into its memory, asks the state machine, stores what was decided. It performs
 * nothing; the acts it stores are performed after the transaction.
 */
import type { Verdict } from "../core/ci-verdict.ts";
import { tighter } from "../core/config.ts";
import { currentThread, landed, type Run } from "../core/run.ts";
import { apply, settle } from "../core/run-evolve.ts";
import { factsOf, type Look, observe, type ThreadLook } from "../core/run-facts.ts";
import { type Action, nextAction } from "../core/run-state-machine.ts";
import { redact } from "../core/text.ts";
import type { Comparison, IssueReading, Reading, ThreadView, Unread } from "../core/types.ts";
import { type Loop, notifierNames } from "./loop.ts";
import { saveRun } from "./save.ts";
import { noteSeen } from "./sightings.ts";
import type { Troubles } from "./troubles.ts";
import { readTrunkVerdict } from "./verdict.ts";

/** Looks at different runs share one read of the executor that is no older than this. */
const SNAPSHOT_AGE_MAX_MS = 2000;

/** `stale`: the ledger changed while we looked, so nothing was decided; look again. */
export type Watched = "acted" | "waiting" | "stale";

export async function watch(loop: Loop, id: string, wake: "woken" | "due", troubles: Troubles): Promise<Watched> {
  const { version } = loop.store.repo();
  const before = loop.store.run(id);
  if (!before || before.settledAt !== null) return "waiting";
  if (before.outcome !== null) return finish(loop, id);
  const look = await withBranch(loop, before, await lookAt(loop, before, wake, troubles));
  const now = loop.now();
  return loop.store.transaction(() => {
    const repo = loop.store.repo();
    const run = loop.store.run(id);
    if (repo.version !== version || !run) return "stale";
    const { observed, action } = decide(loop, run, look, now);
    const next = apply(observed, action, { now, forgeIso: forgeIso(look), notifiers: notifierNames(loop) });
    const freeze = action.type === "end" && action.freeze ? freezeOf(next, look, now) : repo.freeze;
    if (action.type === "end" && action.givenBack) giveBack(loop, next);
    saveRun(loop, next, { ...repo, freeze });
    tell(loop, next, action);
    return action.type === "wait" ? "waiting" : "acted";
  });
}

function decide(loop: Loop, run: Run, look: Look, now: number): { observed: Run; action: Action } {
  const { config } = loop.settings;
  const observed = observe(run, look, now);
  const facts = factsOf(observed, look, config, now);
  const pace = { limits: tighter(run.limits, config.limits), pollMs: config.pollMs };
  return { observed, action: nextAction(observed, facts, pace, now) };
}

/**
 * A look that would end the run reads the agent's branch, so that the last word on each phase does not depend on which
 * pushes we were told of. Where it cannot be read the run ends all the same.
 */
async function withBranch(loop: Loop, run: Run, look: Look): Promise<Look> {
  const began = run.turns.some((turn) => turn.startedTurnId !== null);
  if (look.branch !== null || !began || decide(loop, run, look, loop.now()).action.type !== "end") return look;
  return { ...look, branch: await loop.tracker.compare(run.base, run.branch) };
}

/** The wish stands: the same label event may be claimed again, under another run id. */
function giveBack(loop: Loop, run: Run): void {
  loop.store.putEvent(run.labelEvent.id, { v: 1, runId: run.id, claim: run.claim + 1, consumed: false });
}

function finish(loop: Loop, id: string): Watched {
  return loop.store.transaction(() => {
    const run = loop.store.run(id);
    if (!run) return "waiting";
    const next = settle(run, loop.now(), notifierNames(loop));
    if (next === run) return "waiting";
    // A free repo has room for the next issue: look at once.
    const repo = loop.store.repo();
    saveRun(loop, next, next.settledAt === null ? repo : { ...repo, dirty: repo.dirty + 1, dirtyAt: 0 });
    return "acted";
  });
}

async function lookAt(loop: Loop, run: Run, wake: "woken" | "due", troubles: Troubles): Promise<Look> {
  const { tracker } = loop;
  const [issue, thread] = await Promise.all([tracker.issue(run.issue.number), lookAtThread(loop, run)]);
  noteLabelled(loop, run, issue);
  troubles.note("forge", issue);
  if (thread.type === "unread") troubles.note("executor", { known: false, why: thread.why, auth: thread.auth });
  else if (thread.type !== "none") troubles.readable("executor");
  const events = looksAsTaken(run, issue) ? null : await tracker.events(run.issue.number);
  const asking = thread.type === "view" && thread.view.state === "asking" ? loop.executor : null;
  const request = asking === null ? null : await asking.request(currentThread(run) ?? "");
  const follows = wake === "woken" && landed(run) === null && run.turns.some((turn) => turn.startedTurnId !== null);
  const branch = follows ? await tracker.compare(run.base, run.branch) : null;
  const trunk = await tracker.compare(run.base, run.trunk);
  troubles.note("forge", trunk);
  const verdict = await lookAtVerdict(loop, run, trunk, (failure) => troubles.note("forge", failure));
  const words = await lookAtWords(loop, run, thread, trunk);
  return {
    issue,
    events,
    thread,
    request,
    words,
    trunk,
    branch,
    verdict,
    deploy: "not_asked",
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

function looksAsTaken(run: Run, issue: Reading<IssueReading>): boolean {
  if (!issue.known || issue.value.type === "gone") return true;
  const { state, labels } = issue.value.issue;
  return state === "open" && labels.some((label) => label.toLowerCase() === run.labels.ready.toLowerCase());
}

async function lookAtThread(loop: Loop, run: Run): Promise<ThreadLook> {
  const id = currentThread(run);
  if (id === null || loop.executor === null) return { type: "none" };
  const maxAgeMs = Math.min(SNAPSHOT_AGE_MAX_MS, loop.settings.config.pollMs / 2);
  const snapshot = await loop.fleet.snapshot(maxAgeMs);
  if (!snapshot.known) return { type: "unread", why: snapshot.why, auth: snapshot.auth };
  const environment = snapshot.value.environment.id;
  const view = snapshot.value.threads.find((thread) => thread.id === id);
  if (view) return { type: "view", view: withoutSecrets(loop, view), environment };
  // Not among the live threads: archived, deleted, or the list is behind. Its own page tells.
  const own = await loop.executor.thread(id);
  if (!own.known) return { type: "unread", why: own.why, auth: own.auth };
  if (own.value === null) return { type: "missing", environment };
  return { type: "view", view: withoutSecrets(loop, own.value), environment };
}

/** An agent's error may quote what it was given; it is kept, shown and sent on. */
function withoutSecrets(loop: Loop, view: ThreadView): ThreadView {
  return view.error === null ? view : { ...view, error: redact(view.error, loop.held) };
}

async function lookAtVerdict(
  loop: Loop,
  run: Run,
  trunk: Reading<Comparison>,
  unread: (failure: Unread) => void,
): Promise<Verdict | null> {
  const now = loop.now();
  const seen = trunk.known ? observe(run, trunkOnly(trunk), now) : run;
  const ours = landed(seen);
  if (ours === null) return null;
  const commits = trunk.known ? trunk.value.commits.map((commit) => commit.sha) : [];
  const at = commits.lastIndexOf(ours);
  const later = at < 0 ? [] : commits.slice(at + 1);
  const ageMs = seen.seen.commit === null ? 0 : now - seen.seen.commit.at;
  const grace = ageMs >= tighter(run.limits, loop.settings.config.limits).ciGraceMs ? "over" : "running";
  return readTrunkVerdict(loop.ci, ours, later, { trunk: run.trunk, awaited: run.baseChecks, grace }, unread);
}

/** A look of nothing but the trunk, to know which commit of ours is the newest before its CI is read. */
function trunkOnly(trunk: Reading<Comparison>): Look {
  const nothing: Unread = { known: false, why: "not read", auth: false };
  const thread: ThreadLook = { type: "none" };
  return {
    issue: nothing,
    events: null,
    thread,
    request: null,
    trunk,
    branch: null,
    verdict: null,
    deploy: "not_asked",
    canRerun: false,
  };
}

function forgeIso(look: Look): string | null {
  return look.issue.known && look.issue.value.type === "present" ? look.issue.value.forgeIso : null;
}

function freezeOf(run: Run, look: Look, now: number) {
  return { at: now, run: run.id, issue: run.issue.number, sha: landed(run) ?? run.base, forgeIso: forgeIso(look) };
}

function tell(loop: Loop, run: Run, action: Action): void {
  if (action.type === "wait" || action.type === "none" || action.type === "finish") return;
  const code = action.type === "end" ? action.decision : action.type;
  const msg = action.type === "end" ? `${action.decision}: ${action.reason.code}` : action.type;
  loop.log({ level: "info", msg: `row ${action.row}: ${msg}`, issue: run.issue.number, run: run.id, code });
}
