/**
 * The Executor's deeds, as commands to T3.
 * A turn that may have been sent before is looked for first: an earlier try may have gone on to a later id, and a 500 that
 * left no receipt under the first one is a yes the next time.
 */
import { type ActResult, type AgentRequest, done, known, type Reading, retryUnread } from "../core/types.ts";
import type { NewThread, NewTurn } from "./executor.ts";
import {
  answerQuestion,
  createProject,
  createThread,
  declineApproval,
  deleteThread,
  interruptTurn,
  type ModelSelection,
  messageIdsOf,
  parseModel,
  SUFFIXES,
  startTurn,
  TEXT_CHARS_MAX,
} from "./t3-commands.ts";
import { dispatch, nowIso, underThreeIds } from "./t3-dispatch.ts";
import type { T3Settings } from "./t3-http.ts";
import { withRoot } from "./t3-project.ts";
import { detail, projects, threads } from "./t3-reads.ts";
import { GONE, hasMessage, pendingRequests, type T3Request, threadView, wasAnswered } from "./t3-thread.ts";

export async function ensureProject(
  t3: T3Settings,
  wish: {
    projectId: string;
    title: string;
    workspace: string;
  },
): Promise<ActResult<string>> {
  const before = await projects(t3);
  if (!before.known) return retryUnread(before);
  const there = withRoot(before.value, wish.workspace);
  if (there) return done(there.id);
  const made = await underThreeIds<string>(async (suffix) => {
    const projectId = `${wish.projectId}${suffix}`;
    const sent = await dispatch(t3, createProject(projectId, wish.title, wish.workspace, nowIso(t3)));
    if (sent.type === "retry" || sent.type === "refused") return sent;
    // Read even after a yes: the yes may be an old receipt, of a project that a person has deleted since.
    const after = await projects(t3);
    if (!after.known) return retryUnread(after);
    const now = withRoot(after.value, wish.workspace);
    if (now) return done(now.id);
    return {
      type: "rejected",
      why: sent.type === "rejected" ? sent.why : `no project at ${wish.workspace} after it`,
    };
  });
  // T3 does not say which of the command's values it minds; of ours only the folder depends on its machine.
  const where = `${wish.workspace} must be a folder that T3 can make: T3_WORKSPACE_BASE`;
  return made.type === "refused" ? { ...made, why: `${made.why}; ${where}` } : made;
}

export async function newThread(t3: T3Settings, wish: NewThread): Promise<ActResult<string>> {
  // An earlier try may have made it under any of the three ids, and its answer been lost: then nothing more is refused.
  const list = await threads(t3);
  if (!list.known) return retryUnread(list);
  const there = SUFFIXES.map((suffix) => `${wish.threadId}${suffix}`).find((id) =>
    list.value.some((thread) => thread.id === id),
  );
  if (there !== undefined) return done(there);
  const selection = await modelFor(t3, wish.projectId);
  if (!selection.known) return retryUnread(selection);
  const { value } = selection;
  if (value === null) return { type: "refused", why: "no model set" };
  return underThreeIds(async (suffix) => {
    const threadId = `${wish.threadId}${suffix}`;
    const sent = await dispatch(t3, createThread({ ...wish, threadId }, value, nowIso(t3)));
    if (sent.type === "done") return done(threadId);
    if (sent.type !== "rejected") return sent;
    const read = await detail(t3, threadId, "last turn");
    if (!read.known) return retryUnread(read);
    return read.value === null ? sent : done(threadId);
  });
}

async function modelFor(t3: T3Settings, projectId: string): Promise<Reading<ModelSelection | null>> {
  if (t3.model !== null) return known(parseModel(t3.model));
  const list = await projects(t3);
  if (!list.known) return list;
  return known(list.value.find((project) => project.id === projectId)?.defaultModelSelection ?? null);
}

export async function newTurn(t3: T3Settings, turn: NewTurn): Promise<ActResult> {
  if (turn.text.length > TEXT_CHARS_MAX)
    return { type: "refused", why: `the text has ${turn.text.length} characters, T3 takes ${TEXT_CHARS_MAX}` };
  const messageIds = messageIdsOf(turn.key);
  const taken = async (): Promise<ActResult | null> => {
    const read = await detail(t3, turn.threadId, "whole");
    if (!read.known) return retryUnread(read);
    if (read.value === null) return { type: "refused", why: GONE };
    return hasMessage(read.value, messageIds) ? done(null) : null;
  };
  const before = turn.sent === "maybe" ? await taken() : null;
  if (before !== null) return before;
  return underThreeIds(async (suffix) => {
    const sent = await dispatch(t3, startTurn({ ...turn, key: `${turn.key}${suffix}` }, nowIso(t3)));
    // A refusal is asked about too: an earlier try may have been taken, and an agent be at work on it.
    const isNo = sent.type === "rejected" || sent.type === "refused";
    return isNo ? ((await taken()) ?? sent) : sent;
  });
}

export async function interrupt(
  t3: T3Settings,
  threadId: string,
  turnId: string | null,
  key: string,
): Promise<ActResult> {
  return underThreeIds(async (suffix) => {
    const sent = await dispatch(t3, interruptTurn(threadId, turnId, `${key}${suffix}`, nowIso(t3)));
    if (sent.type !== "rejected") return sent;
    const read = await detail(t3, threadId, "last turn");
    if (!read.known) return retryUnread(read);
    // Gone by another's hand, or at rest already: there is nothing left to interrupt.
    const state = read.value === null ? "done" : threadView(read.value).state;
    return state === "done" || state === "failed" ? done(null) : sent;
  });
}

export async function answer(t3: T3Settings, threadId: string, asked: AgentRequest, text: string): Promise<ActResult> {
  return underThreeIds(async (suffix) => {
    const read = await detail(t3, threadId, "whole");
    if (!read.known) return retryUnread(read);
    if (read.value === null) return { type: "refused", why: GONE };
    if (wasAnswered(read.value, asked.id)) return done(null);
    const key = `${threadId}:${asked.id}${suffix}`;
    if (asked.kind === "approval") return dispatch(t3, declineApproval(threadId, asked.id, key, nowIso(t3)));
    const shown = pendingRequests(read.value)?.find((pending) => pending.id === asked.id);
    return dispatch(t3, answerQuestion(threadId, asked.id, answersOf(asked, shown, text), key, nowIso(t3)));
  });
}

export async function removeThread(t3: T3Settings, threadId: string): Promise<ActResult> {
  return underThreeIds(async (suffix) => {
    const sent = await dispatch(t3, deleteThread(threadId, suffix, nowIso(t3)));
    if (sent.type !== "rejected") return sent;
    const read = await detail(t3, threadId, "last turn");
    if (!read.known) return retryUnread(read);
    return read.value === null ? done(null) : sent;
  });
}

/** Every question gets the same text; agents take free text where they offer options. */
function answersOf(asked: AgentRequest, shown: T3Request | undefined, text: string): Record<string, string> {
  const keys = shown?.answerKeys ?? asked.questions.map(({ question }) => question);
  return Object.fromEntries(keys.map((key) => [key, text]));
}
