/**
 * A person lets go of a run's agent: where the executor that had it is lost, or it will not rest, nobody else can know
 * that nothing is at work there. Pure.
 */
import { type Act, asksTheAgent, cancelled, isPendingFence } from "./acts.ts";
import { withoutUnsent } from "./endings.ts";
import { logged, type Run, withoutUnstarted } from "./run.ts";

/** One whose agent can be asked and is not being brought to rest is ended in the ordinary ways. */
export function mayRelease(run: Run): boolean {
  return run.seen.unreadAt !== undefined || run.acts.some(isPendingFence);
}

/** Nothing more is sent to its thread, and what waits for the agent's rest goes on at once. */
export function released(run: Run, by: string, now: number): Run {
  const left = withoutUnstarted(withoutUnsent(run, now), now);
  const acts = left.acts.map((one): Act => {
    if (isPendingFence(one)) return { ...one, dueAt: now };
    return asksTheAgent(one.deed) && one.state === "pending" ? cancelled(one) : one;
  });
  const next = { ...left, acts, released: { by }, nextLookAt: now };
  return logged(next, { at: now, kind: "seen", text: releasedWords(by), act: null });
}

export function releasedWords(by: string): string {
  return `${by} says that no agent is at work on it`;
}
