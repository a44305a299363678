/** Acts on the executor. An act that starts a turn is decided anew at every try, from facts read at that try. */
import { type Act, EXECUTOR, TRIES_BEFORE_TELLING } from "../core/acts.ts";
import { tighter } from "../core/config.ts";
import { takenBack } from "../core/fault.ts";
import { projectId, threadId, turnKey } from "../core/ids.ts";
import { NO_ONE_IS_HERE } from "../core/issue-implementer-prompt.ts";
import { beganElsewhere, currentThread, type Run, type Turn, withoutTurn } from "../core/run.ts";
import { withTurn } from "../core/run-facts.ts";
import { type ActResult, done, type ThreadView } from "../core/types.ts";
import { anotherServer, type Executor, NOT_UNDERSTOOD, RELEASE } from "../executor/executor.ts";
import { type Performed, retry } from "./deeds-forge.ts";
import { type Loop, workspace } from "./loop.ts";
import { saveRun } from "./save.ts";
import { whyStopped } from "./stopped.ts";
import { type Later, turnText } from "./turn-texts.ts";

const NOT_SET: Performed = { type: "retry", why: "no executor is set", auth: false, afterMs: null };

export async function createThread(loop: Loop, run: Run): Promise<Performed> {
  const { executor } = loop;
  const where = workspace(loop, run.repo);
  if (!executor || where === null) return NOT_SET;
  const environment = await executor.environment();
  if (!environment.known) return retry(environment);
  const title = `${run.repo.owner}/${run.repo.name}`;
  const id = projectId(loop.digest, run.repo.forge, run.repo.id, where);
  const project = await executor.ensureProject({ projectId: id, title, workspace: where });
  if (project.type !== "done") return project;
  const name = `#${run.issue.number} ${run.issue.title}`.slice(0, 200);
  const created = await executor.createThread({ threadId: threadId(run.id), projectId: project.value, title: name });
  if (created.type !== "done") return created;
  return done({ type: "thread", threadId: created.value, environment: environment.value.id });
}

export async function startTurn(loop: Loop, run: Run, one: Act): Promise<Performed> {
  const turn = one.deed.type === "start_turn" ? run.turns[one.deed.turn - 1] : undefined;
  const thread = currentThread(run);
  const { executor } = loop;
  if (!executor) return NOT_SET;
  if (!turn || thread === null || turn.cancelledAt !== null) return { type: "dropped", why: "the turn was cancelled" };
  const ready = await turnText(loop, run, turn);
  if (ready.type === "refused") return refusedAtStart(loop, run, turn, ready.why);
  if (ready.type === "moot") return mootAtStart(loop, executor, run, turn, ready.why);
  if (ready.type === "later") return notReadyYet(loop, one, ready);
  if (!markSent(loop, run.id, turn.number)) return { type: "dropped", why: "the run was settled meanwhile" };
  const started = await executor.startTurn({
    threadId: thread,
    key: turnKey(run.id, turn.number),
    text: ready.text,
    ...(run.seen.runtimeMode === undefined ? {} : { runtimeMode: run.seen.runtimeMode }),
    sent: turn.sentAt === null ? "never" : "maybe",
  });
  if (started.type === "done") return done({ type: "accepted" });
  // Of what an earlier try may have sent, another server knows nothing.
  const isFinal = started.type === "refused" && turn.sentAt !== null;
  return isFinal ? ((await elsewhere(executor, run)) ?? started) : started;
}

/** Looks may read all of theirs meanwhile: of what is read for a turn alone, they tell nobody. */
function notReadyYet(loop: Loop, one: Act, { why, unread }: Later): Performed {
  if (unread !== null) return unreadYet(loop, one, why, unread);
  return { type: "again", afterMs: loop.settings.config.pollMs, why };
}

/** A token to mend is told at once, anything else once it has lasted. */
function unreadYet(loop: Loop, one: Act, why: string, { system, auth }: NonNullable<Later["unread"]>): Performed {
  const { pollMs } = loop.settings.config;
  const isLong = one.unreadSince !== undefined && loop.now() - one.unreadSince >= TRIES_BEFORE_TELLING * pollMs;
  return { type: "again", afterMs: pollMs, why, unread: true, ...(auth || isLong ? { tell: system } : {}) };
}

/** A turn that never left is cancelled; one that may have left is neither sent again nor forgotten. */
function refusedAtStart(loop: Loop, run: Run, turn: Turn, why: string): Performed {
  if (turn.sentAt !== null) return { type: "again", afterMs: loop.settings.config.pollMs, why };
  loop.store.transaction(() => {
    const fresh = loop.store.run(run.id);
    if (!fresh || fresh.outcome !== null) return;
    const refused = turn.purpose === "first" ? { ...fresh, gateRefusal: why } : withoutTurn(fresh, turn, loop.now());
    saveRun(loop, { ...refused, nextLookAt: loop.now() });
  });
  if (turn.purpose !== "first") return { type: "dropped", why };
  return { type: "again", afterMs: loop.settings.config.pollMs, why };
}

/**
 * Nothing left, and nothing is spent. Of one that may have left the executor is asked, once the call that sent it is surely over.
 */
async function mootAtStart(loop: Loop, executor: Executor, run: Run, turn: Turn, why: string): Promise<Performed> {
  const thread = currentThread(run);
  if (turn.sentAt !== null && thread !== null) {
    const { callMs, pollMs } = loop.settings.config;
    const leftMs = turn.sentAt + callMs - loop.now();
    if (leftMs > 0) return { type: "again", afterMs: leftMs, why };
    const taken = await executor.hasTurn(thread, turnKey(run.id, turn.number));
    if (!taken.known) return { type: "again", afterMs: pollMs, why };
    if (taken.value) return done({ type: "accepted" });
    const other = await elsewhere(executor, run);
    if (other !== null) return other;
  }
  loop.store.transaction(() => {
    const fresh = loop.store.run(run.id);
    if (fresh?.outcome !== null) return;
    saveRun(loop, { ...takenBack(fresh, turn, loop.now()), nextLookAt: loop.now() });
  });
  return { type: "dropped", why };
}

/** Before the first try leaves: a turn sent without an answer counts as sent. False: it must not leave any more. */
function markSent(loop: Loop, id: string, number: number): boolean {
  return loop.store.transaction(() => {
    const run = loop.store.run(id);
    const turn = run?.turns[number - 1];
    if (!run || !turn || turn.cancelledAt !== null) return false;
    if (run.outcome !== null || run.fenceBeforeWithdraw || run.stop || run.released) return false;
    if (turn.sentAt === null) saveRun(loop, withTurn(run, { ...turn, sentAt: loop.now() }));
    return true;
  });
}

export async function answer(loop: Loop, run: Run, one: Act): Promise<Performed> {
  const thread = currentThread(run);
  const { executor } = loop;
  if (!executor) return NOT_SET;
  if (one.deed.type !== "answer" || thread === null) return { type: "dropped", why: "no thread" };
  const stopped = await whyStopped(loop);
  if (stopped !== null) return { type: "dropped", why: stopped };
  const request = await executor.request(thread);
  if (!request.known) return retry(request);
  if (request.value === null || request.value.id !== one.deed.requestId)
    return { type: "dropped", why: "no longer asked" };
  return executor.answer(thread, request.value, NO_ONE_IS_HERE);
}

/**
 * Brings the thread to rest. A turn accepted but not seen to start: delete. Working or asking: interrupt, again each
 * start deadline until it is seen at rest; a thread seen working is never deleted, it would only vanish from sight.
 */
export async function fence(loop: Loop, run: Run, one: Act): Promise<Performed> {
  const thread = currentThread(run);
  const { executor } = loop;
  if (thread === null || run.released) return done({ type: "fenced" });
  if (!executor) return NOT_SET;
  const view = await executor.thread(thread);
  if (!view.known) return retry(view);
  if (view.value === null) return (await elsewhere(executor, run)) ?? done({ type: "fenced" });
  const mayStart = run.turns.some(
    (turn) => turn.sentAt !== null && turn.cancelledAt === null && !hasStarted(turn, view.value),
  );
  switch (view.value.state) {
    case "working":
    case "asking":
      return interrupt(loop, run, executor, view.value);
    case "unknown":
      return unreadYet(loop, one, `${NOT_UNDERSTOOD}; ${RELEASE}`, { system: EXECUTOR, auth: false });
    case "never_started":
    case "done":
    case "failed": {
      if (!mayStart) return done({ type: "fenced" });
      const deleted = await executor.deleteThread(thread);
      return deleted.type === "done" ? done({ type: "fenced" }) : notYet(loop, deleted);
    }
    default:
      return view.value.state satisfies never;
  }
}

/** Null: what was said of its thread was said by the server it began on. Of any other its agent may be at work all the same. */
async function elsewhere(executor: Executor, run: Run): Promise<Performed | null> {
  const environment = await executor.environment();
  if (!environment.known) return retry(environment);
  return beganElsewhere(run, environment.value.id) ? retry(anotherServer(run.issue.number)) : null;
}

async function interrupt(loop: Loop, run: Run, executor: Executor, view: ThreadView): Promise<Performed> {
  const { config } = loop.settings;
  const again: Performed = { type: "again", afterMs: config.pollMs, why: "interrupted; not at rest yet" };
  const now = loop.now();
  if (run.interruptedAt !== null && now - run.interruptedAt < tighter(run.limits, config.limits).startMs) return again;
  const sent = await executor.interrupt(view.id, view.turnId, `${turnKey(run.id, 0)}-interrupt-${now}`);
  if (sent.type !== "done") return notYet(loop, sent);
  loop.store.transaction(() => {
    const fresh = loop.store.run(run.id);
    if (fresh) saveRun(loop, { ...fresh, interruptedAt: now });
  });
  // One interrupt brings an agent to rest within seconds; one that needs a second is a person's to look at.
  return run.interruptedAt === null
    ? again
    : { ...again, why: `interrupted again: it does not come to rest; ${RELEASE}`, tell: EXECUTOR };
}

/** Refused, the thread is not at rest all the same: the fence goes on, and a person is told. */
function notYet(loop: Loop, sent: Exclude<ActResult, { type: "done" }>): Performed {
  if (sent.type !== "refused") return sent;
  return { type: "again", afterMs: loop.settings.config.pollMs, why: `refused: ${sent.why}`, tell: EXECUTOR };
}

function hasStarted(turn: Turn, view: ThreadView | null): boolean {
  return turn.startedTurnId !== null || (view !== null && view.turnId !== null && view.turnId !== turn.turnIdBefore);
}
