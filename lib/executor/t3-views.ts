/** The Executor's reads, over what T3 tells. */
import { type AgentRequest, known, type Reading, type ThreadView, type TurnUsage, unread } from "../core/types.ts";
import type { ExecutorSnapshot } from "./executor.ts";
import { messageIdsOf } from "./t3-commands.ts";
import type { T3Settings } from "./t3-http.ts";
import { withRoot } from "./t3-project.ts";
import { detail, environment, projects, threads } from "./t3-reads.ts";
import { GONE, hasMessage, lastSaid, pendingRequests, tellsBackground, threadView } from "./t3-thread.ts";
import { usageOf } from "./t3-usage.ts";

export async function snapshot(t3: T3Settings): Promise<Reading<ExecutorSnapshot>> {
  const [place, list] = await Promise.all([environment(t3), threads(t3)]);
  if (!place.known) return place;
  if (!list.known) return list;
  return known({ environment: place.value, threads: list.value.map(threadView) });
}

/**
 * Rest is taken from the shell where the thread's own read does not tell what goes on in the background. A request
 * left open by an earlier turn is outside this read: then it says working, where the snapshot says asking.
 */
export async function thread(t3: T3Settings, threadId: string): Promise<Reading<ThreadView | null>> {
  const read = await detail(t3, threadId, "last turn");
  if (!read.known || read.value === null) return read.known ? known(null) : read;
  const view = threadView(read.value);
  if (tellsBackground(read.value) || (view.state !== "done" && view.state !== "failed")) return known(view);
  const list = await threads(t3);
  if (!list.known) return list;
  const listed = list.value.find((candidate) => candidate.id === threadId);
  return known(listed ? threadView(listed) : { ...view, state: "unknown" });
}

export async function lastWords(t3: T3Settings, threadId: string): Promise<Reading<string | null>> {
  const read = await detail(t3, threadId, "last turn");
  if (!read.known) return read;
  return known(read.value === null ? null : lastSaid(read.value));
}

export async function request(t3: T3Settings, threadId: string): Promise<Reading<AgentRequest | null>> {
  const read = await detail(t3, threadId, "whole");
  if (!read.known) return read;
  if (read.value === null) return known(null);
  const pending = pendingRequests(read.value);
  if (pending === null) return unread("T3's account of what the agent asks could not be understood");
  const [first] = pending;
  return known(first ? { id: first.id, kind: first.kind, questions: first.questions } : null);
}

export async function usage(t3: T3Settings, threadId: string): Promise<Reading<TurnUsage>> {
  const read = await detail(t3, threadId, "last turn");
  if (!read.known) return read;
  return read.value === null ? unread(GONE) : known(usageOf(read.value));
}

export async function hasTurn(t3: T3Settings, threadId: string, key: string): Promise<Reading<boolean>> {
  const read = await detail(t3, threadId, "whole");
  if (!read.known) return read;
  return known(read.value !== null && hasMessage(read.value, messageIdsOf(key)));
}

export async function model(t3: T3Settings, workspace: string): Promise<Reading<string | null>> {
  if (t3.model !== null) return known(t3.model);
  const list = await projects(t3);
  if (!list.known) return list;
  const selection = withRoot(list.value, workspace)?.defaultModelSelection;
  return known(selection ? `${selection.instanceId}/${selection.model}` : null);
}
