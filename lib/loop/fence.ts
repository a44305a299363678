/** The act that ends an agent's work, before anything else may start in the repo. */
import { type Act, EXECUTOR } from "../core/acts.ts";
import { tighter } from "../core/config.ts";
import { turnKey } from "../core/ids.ts";
import { currentThread, type Run, type Turn } from "../core/run.ts";
import { type ActResult, done, retryUnread, type ThreadView } from "../core/types.ts";
import { type Executor, NOT_UNDERSTOOD, RELEASE } from "../executor/executor.ts";
import { elsewhere, NOT_SET, unreadYet } from "./deeds-executor.ts";
import type { Loop } from "./loop.ts";
import type { Performed } from "./performed.ts";
import { saveRun } from "./save.ts";

/**
 * Brings the thread to rest. A turn accepted but not seen to start: delete; while an agent may be coming up, only after the
 * start deadline. Working or asking: interrupt, again each start deadline until it is seen at rest; a thread seen working is
 * never deleted, it would only vanish from sight.
 */
export async function fence(loop: Loop, run: Run, one: Act): Promise<Performed> {
  const thread = currentThread(run);
  const { executor } = loop;
  if (thread === null || run.released) return done({ type: "fenced" });
  if (!executor) return NOT_SET;
  const view = await executor.thread(thread);
  if (!view.known) return retryUnread(view);
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
    case "failed":
      return mayStart ? remove(loop, run, one, executor, view.value) : done({ type: "fenced" });
    default:
      return view.value.state satisfies never;
  }
}

async function remove(loop: Loop, run: Run, one: Act, executor: Executor, view: ThreadView): Promise<Performed> {
  const { config } = loop.settings;
  const sent = run.turns.filter((turn) => turn.sentAt !== null && turn.cancelledAt === null);
  // One whose answer was lost may have been taken until the fence was decided, and never later.
  const acceptedAt = Math.max(...sent.map((turn) => turn.acceptedAt ?? one.createdAt));
  if (view.isStarting && loop.now() - acceptedAt < tighter(run.limits, config.limits).startMs)
    return { type: "again", afterMs: config.pollMs, why: "its agent may be coming up" };
  const deleted = await executor.deleteThread(view.id);
  return deleted.type === "done" ? done({ type: "fenced" }) : notYet(loop, deleted);
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
