/**
 * A person lets go of a run's agent: where the executor that had it is lost, or it will not rest, nobody else can know
 * that nothing is at work there. Pure.
 */
import { logged, type Run } from "./run.ts";

/** One whose agent can be read and is not being brought to rest is ended in the ordinary ways. */
export function mayRelease(run: Run, executorUnread: boolean): boolean {
  return executorUnread || run.acts.some(isPendingFence);
}

/** What waits for the agent's rest goes on at once. */
export function released(run: Run, by: string, now: number): Run {
  const acts = run.acts.map((one) => (isPendingFence(one) ? { ...one, dueAt: now } : one));
  const next = { ...run, released: { by }, acts, nextLookAt: now };
  return logged(next, { at: now, kind: "seen", text: `${by} says that no agent is at work on it`, act: null });
}

function isPendingFence({ deed, state }: Run["acts"][number]): boolean {
  return deed.type === "fence" && state === "pending";
}
