/**
 * What one T3 thread is doing, folded from the fields T3 gives, first match wins:
 *
 *   latestTurn null ............................. never_started, whatever the session says; `isStarting` where it is
 *                                                 starting or running
 *   latestTurn or session missing or garbled .... unknown
 *   a word not known here ....................... unknown
 *   not clear whether something is pending ...... unknown
 *   a question or an approval is pending ........ asking, unless the turn ended in an error and its session with it:
 *                                                 T3 still shows what a dead agent asked, and nobody waits for an answer
 *   turn running, session starting or running,
 *   or work in the background ................... working
 *   turn completed .............................. done
 *   turn interrupted, or error .................. failed
 *
 * T3 moves and its words are open sets, so only what is understood in full is ever at rest (done, failed).
 */
import type { AgentRequest, ThreadView } from "../core/types.ts";
import * as z from "../zod.ts";
import { UNATTENDED } from "./t3-commands.ts";

type Phase = "working" | "done" | "failed";

const TURN_PHASES = new Map<string, Phase>([
  ["running", "working"],
  ["completed", "done"],
  ["interrupted", "failed"],
  ["error", "failed"],
]);

const SESSION_PHASES = new Map<string, "working" | "rest">([
  ["starting", "working"],
  ["running", "working"],
  ["idle", "rest"],
  ["ready", "rest"],
  ["interrupted", "rest"],
  ["stopped", "rest"],
  ["error", "rest"],
]);

const REQUESTED = new Map<string, AgentRequest["kind"]>([
  ["user-input.requested", "question"],
  ["approval.requested", "approval"],
]);
const RESOLVED = ["user-input.resolved", "approval.resolved"];
const RESPOND_FAILED = ["provider.user-input.respond.failed", "provider.approval.respond.failed"];

const Turn = z.object({ turnId: z.string(), state: z.string() });

const Session = z.object({
  status: z.string(),
  lastError: z.catch(z.nullish(z.string()), null),
  updatedAt: z.catch(z.optional(z.string()), undefined),
});

const Message = z.object({ id: z.string() });
const Said = z.object({ role: z.literal("assistant"), text: z.string().check(z.trim(), z.minLength(1)) });

const Thread = z.object({
  id: z.string().check(z.minLength(1)),
  updatedAt: z.catch(z.optional(z.string()), undefined),
  latestTurn: z.catch(z.nullish(Turn), undefined),
  session: z.catch(z.nullish(Session), undefined),
  hasPendingApprovals: z.optional(z.unknown()),
  hasPendingUserInput: z.optional(z.unknown()),
  backgroundLiveness: z.optional(z.unknown()),
  modelSelection: z.optional(z.unknown()),
  runtimeMode: z.catch(z.optional(z.string()), undefined),
  /** Only in the read of one thread, which has no hasPending* fields. */
  activities: z.catch(z.optional(z.array(z.unknown())), undefined),
  messages: z.catch(z.optional(z.array(z.unknown())), undefined),
});

export type T3Thread = z.infer<typeof Thread>;

const Activity = z.object({
  kind: z.string(),
  payload: z.catch(
    z.optional(
      z.object({
        requestId: z.catch(z.optional(z.string()), undefined),
        detail: z.catch(z.optional(z.string()), undefined),
        questions: z.catch(z.optional(z.array(z.unknown())), undefined),
      }),
    ),
    undefined,
  ),
});

const Question = z.object({
  id: z.catch(z.optional(z.string()), undefined),
  question: z.string(),
  options: z.catch(z.optional(z.array(z.unknown())), undefined),
});

const Option = z.object({ label: z.string() });

/** A pending request, with the key under which T3 wants each answer. */
export interface T3Request extends AgentRequest {
  answerKeys: string[];
}

/** Null: not a thread at all. */
export function parseThread(value: unknown): T3Thread | null {
  const parsed = Thread.safeParse(value);
  return parsed.success ? parsed.data : null;
}

export function threadView(thread: T3Thread): ThreadView {
  const { latestTurn, session, runtimeMode = UNATTENDED } = thread;
  const interrupted = latestTurn?.state === "interrupted" ? "the turn was interrupted" : null;
  return {
    id: thread.id,
    state: stateOf(thread),
    turnId: latestTurn?.turnId ?? null,
    pulse: [session?.updatedAt, thread.updatedAt, latestTurn?.turnId, latestTurn?.state].join(" "),
    error: session?.lastError ?? interrupted,
    ...(runtimeMode === UNATTENDED ? {} : { runtimeMode }),
    ...(latestTurn === null && SESSION_PHASES.get(session?.status ?? "") === "working" ? { isStarting: true } : {}),
  };
}

function stateOf(thread: T3Thread): ThreadView["state"] {
  const { latestTurn, session } = thread;
  if (latestTurn === null) return "never_started";
  if (latestTurn === undefined || session === undefined) return "unknown";
  const turn = TURN_PHASES.get(latestTurn.state);
  const agent = session === null ? "rest" : SESSION_PHASES.get(session.status);
  const background = backgroundOf(thread);
  const pending = pendingOf(thread);
  if (turn === undefined || agent === undefined || background === "unclear" || pending === "unclear") return "unknown";
  const isDead = turn === "failed" && agent === "rest" && background === "rest";
  if (pending === "some" && !isDead) return "asking";
  if (turn === "working" || agent === "working" || background === "working") return "working";
  return turn;
}

/** Absent where T3 does not tell it (the read of one thread): then the shell is the one to ask. */
export function tellsBackground(thread: T3Thread): boolean {
  return thread.backgroundLiveness !== undefined;
}

function backgroundOf({ backgroundLiveness }: T3Thread): "working" | "rest" | "unclear" {
  if (backgroundLiveness === null || backgroundLiveness === undefined) return "rest";
  return typeof backgroundLiveness === "string" ? "working" : "unclear";
}

function pendingOf(thread: T3Thread): "some" | "none" | "unclear" {
  const flags = [thread.hasPendingApprovals, thread.hasPendingUserInput];
  if (flags.includes(true)) return "some";
  if (flags.every((flag) => flag === false)) return "none";
  if (flags.some((flag) => flag !== undefined)) return "unclear";
  const requests = pendingRequests(thread);
  if (requests === null) return "unclear";
  return requests.length > 0 ? "some" : "none";
}

/** The requests nobody has answered yet, oldest first; null where the activities cannot be understood. */
export function pendingRequests({ activities }: T3Thread): T3Request[] | null {
  if (activities === undefined) return null;
  const open = new Map<string, T3Request>();
  const closed = new Set<string>();
  for (const value of activities) {
    const activity = Activity.safeParse(value);
    if (!activity.success) return null;
    const { kind, payload } = activity.data;
    const id = payload?.requestId;
    const requested = REQUESTED.get(kind);
    if (requested !== undefined) {
      if (id === undefined) return null;
      open.set(id, { id, kind: requested, ...questionsOf(payload?.questions ?? []) });
    } else if (id !== undefined && closes(kind, payload?.detail)) closed.add(id);
  }
  return [...open.values()].filter((request) => !closed.has(request.id));
}

/** Was this request asked in this thread and answered since? */
export function wasAnswered(thread: T3Thread, requestId: string): boolean {
  const pending = pendingRequests(thread);
  if (pending === null || pending.some((request) => request.id === requestId)) return false;
  return (thread.activities ?? []).some((value) => Activity.safeParse(value).data?.payload?.requestId === requestId);
}

export function hasMessage(thread: T3Thread, messageIds: string[]): boolean {
  return (thread.messages ?? []).some((value) => messageIds.includes(Message.safeParse(value).data?.id ?? ""));
}

/** The agent's last message; null: none. */
export function lastSaid(thread: T3Thread): string | null {
  return (thread.messages ?? []).flatMap((value) => Said.safeParse(value).data?.text ?? []).at(-1) ?? null;
}

/** T3 closes a request as well when the agent no longer knew it at the answer: it died in between. */
function closes(kind: string, detail: string | undefined): boolean {
  if (RESOLVED.includes(kind)) return true;
  return RESPOND_FAILED.includes(kind) && /(stale|unknown) pending/i.test(detail ?? "");
}

function questionsOf(values: unknown[]): Pick<T3Request, "questions" | "answerKeys"> {
  const questions: AgentRequest["questions"] = [];
  const answerKeys: string[] = [];
  for (const value of values) {
    const parsed = Question.safeParse(value);
    if (!parsed.success) continue;
    const { id, question, options } = parsed.data;
    questions.push({
      question,
      options: (options ?? []).flatMap((option) => Option.safeParse(option).data?.label ?? []),
    });
    answerKeys.push(id ?? question); // Claude's id is the question's text; other agents key their answers by an id.
  }
  return { questions, answerKeys };
}

/** Why nothing more can be done to it. */
export const GONE = "the thread is gone from T3";
