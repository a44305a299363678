/** What T3 Code tells over HTTP, parsed: itself, its threads and projects, one thread. */
import { type ExecutorEnvironment, known, type Reading, unread } from "../core/types.ts";
import * as z from "../zod.ts";
import { asUnread, get, type T3Settings } from "./t3-http.ts";
import { parseProject, type T3Project } from "./t3-project.ts";
import { parseThread, type T3Thread } from "./t3-thread.ts";
import { OLDEST_VERSION } from "./t3-version.ts";

const EnvironmentAnswer = z.object({
  environmentId: z.string().check(z.minLength(1)),
  serverVersion: z.catch(z.string(), ""),
});

const ThreadAnswer = z.object({ thread: z.unknown() });
const ThreadsAnswer = z.object({ threads: z.array(z.unknown()) });
const ProjectsAnswer = z.object({ projects: z.array(z.unknown()) });

export async function environment(t3: T3Settings): Promise<Reading<ExecutorEnvironment>> {
  const answer = await get(t3, "/.well-known/t3/environment");
  if (answer.type === "missing") return unread(answer.why);
  if (answer.type !== "answered") return asUnread(answer);
  const parsed = EnvironmentAnswer.safeParse(answer.body);
  if (!parsed.success) return unread("T3's environment could not be understood");
  return known({ id: parsed.data.environmentId, version: parsed.data.serverVersion });
}

export async function threads(t3: T3Settings): Promise<Reading<T3Thread[]>> {
  const answer = await shell(t3);
  if (!answer.known) return answer;
  const parsed = ThreadsAnswer.safeParse(answer.value);
  if (!parsed.success) return unread("T3's list of threads could not be understood");
  return known(parsed.data.threads.flatMap((value) => parseThread(value) ?? []));
}

export async function projects(t3: T3Settings): Promise<Reading<T3Project[]>> {
  const answer = await shell(t3);
  if (!answer.known) return answer;
  const parsed = ProjectsAnswer.safeParse(answer.value);
  if (!parsed.success) return unread("T3's list of projects could not be understood");
  return known(parsed.data.projects.flatMap((value) => parseProject(value) ?? []));
}

/**
 * One thread, with its last turn or whole. Whole where something older may matter: a message whose turn has not
 * begun, a request left open by a turn before.
 */
export async function detail(
  t3: T3Settings,
  threadId: string,
  extent: "last turn" | "whole",
): Promise<Reading<T3Thread | null>> {
  const query = extent === "whole" ? "" : "?turnLimit=1";
  const answer = await get(t3, `/api/orchestration/threads/${encodeURIComponent(threadId)}${query}`);
  if (answer.type === "missing") return known(null);
  if (answer.type !== "answered") return asUnread(answer);
  const thread = parseThread(ThreadAnswer.safeParse(answer.body).data?.thread);
  if (thread?.id !== threadId) return unread("T3's answer does not hold the thread asked for");
  return known(thread);
}

async function shell(t3: T3Settings): Promise<Reading<unknown>> {
  const answer = await get(t3, "/api/orchestration/shell");
  if (answer.type === "missing") return unread(`T3 has no shell to read (older than ${OLDEST_VERSION}?)`);
  return answer.type === "answered" ? known(answer.body) : asUnread(answer);
}
