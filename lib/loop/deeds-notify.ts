/** Acts on the notifiers: the run's message, brought to the text it should have, and the bell. */
import type { Bell, DeedOf } from "../core/acts.ts";
import type { Run } from "../core/run.ts";
import { endNotice, type NoticeText, reviewNotice, troubleNotice } from "../core/run-notices.ts";
import { done, repoKey } from "../core/types.ts";
import { type Loop, threadUrl } from "./loop.ts";
import type { Performed } from "./performed.ts";
import { redacted, showText } from "./save.ts";

const GONE: Performed = { type: "dropped", why: "this notifier is not set any more" };

export async function show(loop: Loop, run: Run, deed: DeedOf<"show">): Promise<Performed> {
  const notifier = loop.notifiers.find(({ name }) => name === deed.notifier);
  if (!notifier) return GONE;
  const notice = showText(loop, run);
  const written = loop.digest(JSON.stringify(notice));
  const shown = await notifier.show(run.messages[notifier.name] ?? null, notice, `afk-${run.id}-show`);
  if (shown.type !== "done") return shown;
  return done({ type: "shown", notifier: notifier.name, id: shown.value, written });
}

/** `run` null: about the repo as a whole. */
export async function ring(loop: Loop, run: Run | null, deed: DeedOf<"ring">, key: string): Promise<Performed> {
  const notifier = loop.notifiers.find(({ name }) => name === deed.notifier);
  if (!notifier) return GONE;
  // A bell is a reply under the run's message; where that is not written yet, it waits for it.
  const board = run?.acts.find((other) => other.deed.type === "show" && other.deed.notifier === notifier.name);
  if (board?.state === "pending" && board.written === null)
    return { type: "again", afterMs: Math.max(0, board.dueAt - loop.now()) + 1, why: "its message is not written yet" };
  const notice = noticeOf(loop, run, deed.bell);
  if (notice === null) return { type: "dropped", why: "nothing to ring for" };
  const quiet = run?.outcome?.type === "closed" || run?.outcome?.type === "withdrawn";
  const urgency = deed.bell.type === "ended" && quiet ? "done" : "needs_human";
  const under = run?.messages[notifier.name] ?? null;
  return notifier.ring(redacted(notice, loop.held), urgency, under, `afk-${run?.id ?? repoKey(loop.repo)}-${key}`);
}

function noticeOf(loop: Loop, run: Run | null, bell: Bell): NoticeText | null {
  switch (bell.type) {
    case "ended":
      return run === null ? null : endNotice(run, threadUrl(loop, run, "operator"));
    case "review":
      return run === null ? null : reviewNotice(run, threadUrl(loop, run, "operator"));
    case "trouble":
      return troubleNotice(repoKey(loop.repo), bell);
    default:
      return bell satisfies never;
  }
}
