/** Acts on the executor. An act that starts a turn is decided anew at every try, from facts read at that try. */
import { type Act, type DeedOf, TRIES_BEFORE_TELLING } from "../core/acts.ts";
import { projectId, threadId, turnKey } from "../core/ids.ts";
import { NO_ONE_IS_HERE } from "../core/issue-implementer-prompt.ts";
import { beganElsewhere, currentThread, type Run, type Turn, withoutTurn, withTurn } from "../core/run.ts";
import { done, retry, retryUnread } from "../core/types.ts";
import { anotherServer, type Executor, NO_EXECUTOR } from "../executor/executor.ts";
import { type Loop, NO_WORKSPACE, workspace } from "./loop.ts";
import type { Performed } from "./performed.ts";
import { saveRun } from "./save.ts";
import { whyStopped } from "./stopped.ts";
import type { Later } from "./turn-text.ts";
import { turnText } from "./turn-texts.ts";

export const NOT_SET: Performed = retry(NO_EXECUTOR);

export async function createThread(loop: Loop, run: Run): Promise<Performed> {
  const { executor } = loop;
  if (!executor) return NOT_SET;
  const where = workspace(loop, run.repo);
  if (where === null) return retry(NO_WORKSPACE);
  const environment = await executor.environment();
  if (!environment.known) return retryUnread(environment);
  const title = `${run.repo.owner}/${run.repo.name}`;
  const id = projectId(loop.digest, run.id, where);
  const project = await executor.ensureProject({ projectId: id, title, workspace: where });
  if (project.type !== "done") return project;
  const name = `#${run.issue.number} ${run.issue.title}`.slice(0, 200);
  const created = await executor.createThread({ threadId: threadId(run.id), projectId: project.value, title: name });
  if (created.type !== "done") return created;
  return done({ type: "thread", threadId: created.value, environment: environment.value.id });
}

export async function startTurn(loop: Loop, run: Run, deed: DeedOf<"start_turn">, one: Act): Promise<Performed> {
  const turn = run.turns[deed.turn - 1];
  const thread = currentThread(run);
  const { executor } = loop;
  if (!executor) return NOT_SET;
  if (!turn || thread === null || turn.cancelledAt !== null) return { type: "dropped", why: "the turn was cancelled" };
  // A look has seen what the lost answer would have said.
  if (turn.startedTurnId !== null) return done({ type: "accepted" });
  const ready = await turnText(loop, run, turn);
  if (ready.type === "refused") return refusedAtStart(loop, run, turn, ready.why);
  if (ready.type === "moot") return mootAtStart(loop, executor, run, turn, ready.why);
  if (ready.type === "later") return notReadyYet(loop, one, ready);
  // The reads above take seconds, and a pause holds at once.
  const stopped = await whyStopped(loop);
  if (stopped !== null) return { type: "again", afterMs: loop.settings.config.pollMs, why: stopped };
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
export function unreadYet(
  loop: Loop,
  one: Act,
  why: string,
  { system, auth }: NonNullable<Later["unread"]>,
): Performed {
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
    saveRun(loop, { ...withoutTurn(fresh, turn, loop.now()), nextLookAt: loop.now() });
  });
  return { type: "dropped", why };
}

/**
 * Before each try leaves: a turn sent without an answer counts as sent, and may arrive as late as its last try. False: it
 * must not leave any more.
 */
function markSent(loop: Loop, id: string, number: number): boolean {
  return loop.store.transaction(() => {
    const run = loop.store.run(id);
    const turn = run?.turns[number - 1];
    if (!run || !turn || turn.cancelledAt !== null) return false;
    if (run.outcome !== null || run.fenceBeforeWithdraw || run.stop || run.released) return false;
    saveRun(loop, withTurn(run, { ...turn, sentAt: loop.now() }));
    return true;
  });
}

export async function answer(loop: Loop, run: Run, deed: DeedOf<"answer">): Promise<Performed> {
  const thread = currentThread(run);
  const { executor } = loop;
  if (!executor) return NOT_SET;
  if (thread === null) return { type: "dropped", why: "no thread" };
  const stopped = await whyStopped(loop);
  // The question stands, and is never answered anew: once nothing stops us it is answered, unless the run has ended.
  if (stopped !== null) return { type: "again", afterMs: loop.settings.config.pollMs, why: stopped };
  const request = await executor.request(thread);
  if (!request.known) return retryUnread(request);
  if (request.value === null || request.value.id !== deed.requestId) return { type: "dropped", why: "no longer asked" };
  return executor.answer(thread, request.value, NO_ONE_IS_HERE);
}

/** Null: what was said of its thread was said by the server it began on. Of any other its agent may be at work all the same. */
export async function elsewhere(executor: Executor, run: Run): Promise<Performed | null> {
  const environment = await executor.environment();
  if (!environment.known) return retryUnread(environment);
  return beganElsewhere(run, environment.value.id) ? retryUnread(anotherServer(run.issue.number)) : null;
}
