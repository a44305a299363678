/** The port Executor over T3 Code's HTTP interface. It translates and remembers nothing. */
import type { Executor } from "./executor.ts";
import { answer, ensureProject, interrupt, newThread, newTurn, removeThread } from "./t3-acts.ts";
import type { T3Settings } from "./t3-http.ts";
import { environment } from "./t3-reads.ts";
import { sessionEnd } from "./t3-session.ts";
import { isTooOld } from "./t3-version.ts";
import { hasTurn, lastWords, model, request, snapshot, thread, usage } from "./t3-views.ts";

export function createT3Client(t3: T3Settings): Executor {
  return {
    environment: () => environment(t3),
    tokenEnd: () => sessionEnd(t3),
    isTooOld,
    snapshot: () => snapshot(t3),
    thread: (id) => thread(t3, id),
    request: (id) => request(t3, id),
    lastWords: (id) => lastWords(t3, id),
    usage: (id) => usage(t3, id),
    model: (workspace) => model(t3, workspace),
    ensureProject: (project) => ensureProject(t3, project),
    createThread: (wish) => newThread(t3, wish),
    startTurn: (turn) => newTurn(t3, turn),
    hasTurn: (id, key) => hasTurn(t3, id, key),
    interrupt: (id, turnId, key) => interrupt(t3, id, turnId, key),
    answer: (id, asked, text) => answer(t3, id, asked, text),
    deleteThread: (id) => removeThread(t3, id),
  };
}
