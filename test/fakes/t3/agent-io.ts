/** One turn's way to tell the stand-in what its agent does. Deaf once the turn has ended or its server has died. */
import { openTool, showApproval, showQuestions, showUsage } from "./activities.ts";
import type { AgentIo } from "./agent-runner.ts";
import type { Thread } from "./state.ts";
import { begin, couldNotStart, type Ending, end, threadOfLive } from "./turns.ts";
import { tick, type World } from "./world.ts";

/** `begun` is called when `runner.start` has come back: a turn that could start has appeared by then. */
export function agentIo(
  world: World,
  threadId: string,
  turnId: string,
  messageId: string,
): { io: AgentIo; begun: () => void } {
  let hasBegun = false;

  function begun(): void {
    const thread = threadOfLive(world, turnId);
    if (hasBegun || thread === undefined) return;
    hasBegun = true;
    begin(world, thread, turnId, messageId);
  }

  function tell(telling: (thread: Thread) => void): void {
    begun();
    const thread = threadOfLive(world, turnId);
    if (thread !== undefined) telling(thread);
  }

  /** A thread that has let go of the turn shows nothing more of it. */
  function shown(telling: (thread: Thread) => void): void {
    tell((thread) => {
      if (thread.runningTurnId === turnId) telling(thread);
    });
  }

  function request(kind: "question" | "approval", showing: (thread: Thread, requestId: string) => void): string {
    const requestId = world.uuid();
    shown((thread) => {
      thread.pending.push({ requestId, kind, turnId });
      showing(thread, requestId);
    });
    return requestId;
  }

  function ended(ending: Ending): void {
    tell((thread) => end(world, thread, turnId, ending));
    // Its thread was forgotten meanwhile: nobody is told, and it works no more all the same.
    world.live.delete(turnId);
  }

  const io: AgentIo = {
    activity: (detail) => shown((thread) => openTool(world, thread, turnId, "Bash", detail)),
    usage: (usage) => shown((thread) => showUsage(world, thread, turnId, usage)),
    background: (liveness) =>
      shown((thread) => {
        thread.backgroundLiveness = liveness;
        thread.updatedAt = tick(world);
      }),
    touch: () =>
      shown((thread) => {
        thread.updatedAt = tick(world);
      }),
    ask: (questions) =>
      request("question", (thread, requestId) => {
        openTool(world, thread, turnId, "AskUserQuestion", JSON.stringify({ questions }));
        showQuestions(world, thread, turnId, requestId, questions);
      }),
    requestApproval: (detail) =>
      request("approval", (thread, requestId) => {
        openTool(world, thread, turnId, "Bash", detail);
        showApproval(world, thread, turnId, requestId, detail);
      }),
    complete: (said) => ended({ type: "complete", said }),
    fail: (error, said) => ended({ type: "fail", error, said }),
    crash: () => ended({ type: "crash" }),
    couldNotStart: () => {
      const thread = threadOfLive(world, turnId);
      if (hasBegun) throw new Error(`turn ${turnId} of ${threadId} has begun: it can no longer fail to start`);
      if (thread !== undefined) couldNotStart(world, thread, turnId);
    },
  };
  return { io, begun };
}
