/**
 * The port Executor over T3 Code's HTTP interface. It translates and remembers nothing.
 *
 * How a command ends:
 *   accepted .............. done
 *   no answer ............. retry: the same command id again, T3's receipt makes that safe
 *   T3's own 500 or 404 ... some invariant is broken and T3 does not say which, so what is true is read: as wished
 *                           already is done; a thread that is gone is refused; else the next suffix, three in all
 *   another refusal ....... refused, with T3's words
 * A turn that may have been sent before is looked for first: an earlier try may have gone on to a later id, and a 500 that
 * left no receipt under the first one is a yes the next time.
 */
import * as z from "zod";
import {
  type ActResult,
  type AgentRequest,
  done,
  type Environment,
  known,
  type Reading,
  type ThreadView,
  type TurnUsage,
  unread,
} from "../core/types.ts";
import type { Executor, ExecutorSnapshot, NewTurn } from "./executor.ts";
import {
  answerQuestion,
  type Command,
  createProject,
  createThread,
  declineApproval,
  deleteThread,
  interruptTurn,
  type ModelSelection,
  messageId,
  parseModel,
  SUFFIXES,
  startTurn,
  TEXT_CHARS_MAX,
} from "./t3-commands.ts";
import { asResult, asUnread, get, post, retryUnread, type T3Connection } from "./t3-http.ts";
import { sessionEnd } from "./t3-session.ts";
import {
  hasMessage,
  lastSaid,
  parseThread,
  pendingRequests,
  type T3Request,
  type T3Thread,
  tellsBackground,
  threadView,
  wasAnswered,
} from "./t3-thread.ts";
import { usageOf } from "./t3-usage.ts";
import { isTooOld } from "./t3-version.ts";

export interface T3Settings extends T3Connection {
  /** `<instanceId>/<model>`; null: the T3 project's own default. */
  model: string | null;
  now: () => number;
}

const EnvironmentAnswer = z.object({
  environmentId: z.string().min(1),
  serverVersion: z.string().catch(""),
});

const ThreadAnswer = z.object({ thread: z.unknown() });
const ThreadsAnswer = z.object({ threads: z.array(z.unknown()) });
const ProjectsAnswer = z.object({ projects: z.array(z.unknown()) });
const Accepted = z.object({ sequence: z.number() });

const Project = z.object({
  id: z.string().min(1),
  workspaceRoot: z.string(),
  defaultModelSelection: z
    .object({ instanceId: z.string(), model: z.string(), options: z.unknown().optional() })
    .nullish()
    .catch(undefined),
});

type T3Project = z.infer<typeof Project>;

/** A command T3 rejected without saying why; what is true must be read. */
type Rejected = { type: "rejected"; why: string };

const GONE = "the thread is gone from T3";

export function createT3Client(settings: T3Settings): Executor {
  const at = () => new Date(settings.now()).toISOString();

  async function dispatch(command: Command): Promise<ActResult | Rejected> {
    const answer = await post(settings, "/api/orchestration/dispatch", command);
    if (answer.type === "answered") {
      if (Accepted.safeParse(answer.body).success) return done(null);
      return { type: "retry", why: "T3's answer to a command holds no sequence", auth: false, afterMs: null };
    }
    if (answer.type === "missing" || answer.type === "rejected") return { type: "rejected", why: answer.why };
    return asResult(answer);
  }

  /** One wish under at most three ids; `attempt` answers `rejected` when the next id is to be tried. */
  async function underThreeIds<T>(
    attempt: (suffix: string) => Promise<ActResult<T> | Rejected>,
  ): Promise<ActResult<T>> {
    let why = "";
    for (const suffix of SUFFIXES) {
      const result = await attempt(suffix);
      if (result.type !== "rejected") return result;
      why = result.why;
    }
    return { type: "refused", why: `T3 rejected it under ${SUFFIXES.length} ids: ${why}` };
  }

  async function environment(): Promise<Reading<Environment>> {
    const answer = await get(settings, "/.well-known/t3/environment");
    if (answer.type === "missing") return unread(answer.why);
    if (answer.type !== "answered") return asUnread(answer);
    const parsed = EnvironmentAnswer.safeParse(answer.body);
    if (!parsed.success) return unread("T3's environment could not be understood");
    return known({ id: parsed.data.environmentId, version: parsed.data.serverVersion });
  }

  async function shell(): Promise<Reading<unknown>> {
    const answer = await get(settings, "/api/orchestration/shell");
    if (answer.type === "missing") return unread("T3 has no shell to read (older than 0.0.29?)");
    return answer.type === "answered" ? known(answer.body) : asUnread(answer);
  }

  async function threads(): Promise<Reading<T3Thread[]>> {
    const answer = await shell();
    if (!answer.known) return answer;
    const parsed = ThreadsAnswer.safeParse(answer.value);
    if (!parsed.success) return unread("T3's list of threads could not be understood");
    return known(parsed.data.threads.flatMap((value) => parseThread(value) ?? []));
  }

  async function projects(): Promise<Reading<T3Project[]>> {
    const answer = await shell();
    if (!answer.known) return answer;
    const parsed = ProjectsAnswer.safeParse(answer.value);
    if (!parsed.success) return unread("T3's list of projects could not be understood");
    return known(parsed.data.projects.flatMap((value) => Project.safeParse(value).data ?? []));
  }

  /**
   * One thread, with its last turn or whole. Whole where something older may matter: a message whose turn has not
   * begun, a request left open by a turn before.
   */
  async function detail(threadId: string, extent: "last turn" | "whole"): Promise<Reading<T3Thread | null>> {
    const query = extent === "whole" ? "" : "?turnLimit=1";
    const answer = await get(settings, `/api/orchestration/threads/${encodeURIComponent(threadId)}${query}`);
    if (answer.type === "missing") return known(null);
    if (answer.type !== "answered") return asUnread(answer);
    const thread = parseThread(ThreadAnswer.safeParse(answer.body).data?.thread);
    if (thread?.id !== threadId) return unread("T3's answer does not hold the thread asked for");
    return known(thread);
  }

  async function snapshot(): Promise<Reading<ExecutorSnapshot>> {
    const [place, list] = await Promise.all([environment(), threads()]);
    if (!place.known) return place;
    if (!list.known) return list;
    return known({ environment: place.value, threads: list.value.map(threadView) });
  }

  /**
   * Rest is taken from the shell where the thread's own read does not tell what goes on in the background. A request
   * left open by an earlier turn is outside this read: then it says working, where the snapshot says asking.
   */
  async function thread(threadId: string): Promise<Reading<ThreadView | null>> {
    const read = await detail(threadId, "last turn");
    if (!read.known || read.value === null) return read.known ? known(null) : read;
    const view = threadView(read.value);
    if (tellsBackground(read.value) || (view.state !== "done" && view.state !== "failed")) return known(view);
    const list = await threads();
    if (!list.known) return list;
    const listed = list.value.find((candidate) => candidate.id === threadId);
    return known(listed ? threadView(listed) : { ...view, state: "unknown" });
  }

  async function lastWords(threadId: string): Promise<Reading<string | null>> {
    const read = await detail(threadId, "last turn");
    if (!read.known) return read;
    return known(read.value === null ? null : lastSaid(read.value));
  }

  async function request(threadId: string): Promise<Reading<AgentRequest | null>> {
    const read = await detail(threadId, "whole");
    if (!read.known) return read;
    if (read.value === null) return known(null);
    const pending = pendingRequests(read.value);
    if (pending === null) return unread("T3's account of what the agent asks could not be understood");
    const [first] = pending;
    return known(first ? { id: first.id, kind: first.kind, questions: first.questions } : null);
  }

  async function usage(threadId: string): Promise<Reading<TurnUsage>> {
    const read = await detail(threadId, "last turn");
    if (!read.known) return read;
    return read.value === null ? unread(GONE) : known(usageOf(read.value));
  }

  async function model(workspace: string): Promise<Reading<string | null>> {
    if (settings.model !== null) return known(settings.model);
    const list = await projects();
    if (!list.known) return list;
    const selection = withRoot(list.value, workspace)?.defaultModelSelection;
    return known(selection ? `${selection.instanceId}/${selection.model}` : null);
  }

  async function ensureProject(wish: {
    projectId: string;
    title: string;
    workspace: string;
  }): Promise<ActResult<string>> {
    const before = await projects();
    if (!before.known) return retryUnread(before);
    const there = withRoot(before.value, wish.workspace);
    if (there) return done(there.id);
    return underThreeIds(async (suffix) => {
      const projectId = `${wish.projectId}${suffix}`;
      const sent = await dispatch(createProject(projectId, wish.title, wish.workspace, at()));
      if (sent.type === "retry" || sent.type === "refused") return sent;
      // Read even after a yes: the yes may be an old receipt, of a project that a person has deleted since.
      const after = await projects();
      if (!after.known) return retryUnread(after);
      const now = withRoot(after.value, wish.workspace);
      if (now) return done(now.id);
      return {
        type: "rejected",
        why: sent.type === "rejected" ? sent.why : `no project at ${wish.workspace} after it`,
      };
    });
  }

  async function modelFor(projectId: string): Promise<Reading<ModelSelection | null>> {
    if (settings.model !== null) return known(parseModel(settings.model));
    const list = await projects();
    if (!list.known) return list;
    return known(list.value.find((project) => project.id === projectId)?.defaultModelSelection ?? null);
  }

  async function newThread(wish: { threadId: string; projectId: string; title: string }): Promise<ActResult<string>> {
    const selection = await modelFor(wish.projectId);
    if (!selection.known) return retryUnread(selection);
    const { value } = selection;
    if (value === null) return { type: "refused", why: "no model set" };
    // An earlier try may have made it under any of the three ids, and its answer been lost.
    const list = await threads();
    if (!list.known) return retryUnread(list);
    const there = SUFFIXES.map((suffix) => `${wish.threadId}${suffix}`).find((id) =>
      list.value.some((thread) => thread.id === id),
    );
    if (there !== undefined) return done(there);
    return underThreeIds(async (suffix) => {
      const threadId = `${wish.threadId}${suffix}`;
      const sent = await dispatch(createThread({ ...wish, threadId }, value, at()));
      if (sent.type === "done") return done(threadId);
      if (sent.type !== "rejected") return sent;
      const read = await detail(threadId, "last turn");
      if (!read.known) return retryUnread(read);
      return read.value === null ? sent : done(threadId);
    });
  }

  async function newTurn(turn: NewTurn): Promise<ActResult> {
    if (turn.text.length > TEXT_CHARS_MAX)
      return { type: "refused", why: `the text has ${turn.text.length} characters, T3 takes ${TEXT_CHARS_MAX}` };
    const messageIds = messageIdsOf(turn.key);
    const taken = async (): Promise<ActResult | null> => {
      const read = await detail(turn.threadId, "whole");
      if (!read.known) return retryUnread(read);
      if (read.value === null) return { type: "refused", why: GONE };
      return hasMessage(read.value, messageIds) ? done(null) : null;
    };
    const before = turn.sent === "maybe" ? await taken() : null;
    if (before !== null) return before;
    return underThreeIds(async (suffix) => {
      const sent = await dispatch(startTurn({ ...turn, key: `${turn.key}${suffix}` }, at()));
      // A refusal is asked about too: an earlier try may have been taken, and an agent be at work on it.
      const isNo = sent.type === "rejected" || sent.type === "refused";
      return isNo ? ((await taken()) ?? sent) : sent;
    });
  }

  async function hasTurn(threadId: string, key: string): Promise<Reading<boolean>> {
    const read = await detail(threadId, "whole");
    if (!read.known) return read;
    return known(read.value !== null && hasMessage(read.value, messageIdsOf(key)));
  }

  async function interrupt(threadId: string, turnId: string | null, key: string): Promise<ActResult> {
    return underThreeIds(async (suffix) => {
      const sent = await dispatch(interruptTurn(threadId, turnId, `${key}${suffix}`, at()));
      if (sent.type !== "rejected") return sent;
      const read = await detail(threadId, "last turn");
      if (!read.known) return retryUnread(read);
      // Gone by another's hand, or at rest already: there is nothing left to interrupt.
      const state = read.value === null ? "done" : threadView(read.value).state;
      return state === "done" || state === "failed" ? done(null) : sent;
    });
  }

  async function answer(threadId: string, asked: AgentRequest, text: string): Promise<ActResult> {
    return underThreeIds(async (suffix) => {
      const read = await detail(threadId, "whole");
      if (!read.known) return retryUnread(read);
      if (read.value === null) return { type: "refused", why: GONE };
      if (wasAnswered(read.value, asked.id)) return done(null);
      const key = `${threadId}:${asked.id}${suffix}`;
      if (asked.kind === "approval") return dispatch(declineApproval(threadId, asked.id, key, at()));
      const shown = pendingRequests(read.value)?.find((pending) => pending.id === asked.id);
      return dispatch(answerQuestion(threadId, asked.id, answersOf(asked, shown, text), key, at()));
    });
  }

  async function removeThread(threadId: string): Promise<ActResult> {
    return underThreeIds(async (suffix) => {
      const sent = await dispatch(deleteThread(threadId, suffix, at()));
      if (sent.type !== "rejected") return sent;
      const read = await detail(threadId, "last turn");
      if (!read.known) return retryUnread(read);
      return read.value === null ? done(null) : sent;
    });
  }

  return {
    environment,
    tokenEnd: () => sessionEnd(settings),
    isTooOld,
    snapshot,
    thread,
    request,
    lastWords,
    usage,
    model,
    ensureProject,
    createThread: newThread,
    startTurn: newTurn,
    hasTurn,
    interrupt,
    answer,
    deleteThread: removeThread,
  };
}

/** Under whichever of its ids a turn may have been taken. */
function messageIdsOf(key: string): string[] {
  return SUFFIXES.map((suffix) => messageId(`${key}${suffix}`));
}

/** Every question gets the same text; agents take free text where they offer options. */
function answersOf(asked: AgentRequest, shown: T3Request | undefined, text: string): Record<string, string> {
  const keys = shown?.answerKeys ?? asked.questions.map(({ question }) => question);
  return Object.fromEntries(keys.map((key) => [key, text]));
}

function withRoot(projects: T3Project[], workspace: string): T3Project | undefined {
  return projects.find((project) => samePath(project.workspaceRoot, workspace));
}

/** T3 resolves the path it is given, so spellings differ in slashes (and on Windows in case). */
function samePath(one: string, other: string): boolean {
  return normalPath(one) === normalPath(other);
}

function normalPath(path: string): string {
  const windows = /^[A-Za-z]:[\\/]/.test(path);
  const slashes = windows ? path.toLowerCase().replaceAll("\\", "/") : path;
  return slashes.replace(/\/{2,}/g, "/").replace(/(?<=.)\/+$/, "");
}
