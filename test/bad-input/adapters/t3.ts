/** T3 Code: a project, a thread that works, one that asks, one at rest. */
import type { AgentRequest } from "../../../lib/core/types.ts";
import type { Executor } from "../../../lib/executor/executor.ts";
import { createT3Client } from "../../../lib/executor/t3-client.ts";
import { commands, MODEL, QUESTION, ROOT, running, TOKEN } from "../../fakes/t3/contract-kit.ts";
import * as shapes from "../shapes.ts";
import { adapter, type Operation, type Stage } from "./adapter.ts";

async function open(): Promise<Stage<Executor>> {
  const kit = await running({ defaultModelSelection: MODEL });
  kit.agent.turns[0]?.ask([QUESTION]);
  for (const id of ["thr-2", "thr-3"]) {
    await kit.send(commands.thread(id));
    kit.pass(1000);
    await kit.send(commands.turn(id));
  }
  kit.agent.turns[1]?.complete("Both are green.");
  kit.pass(1000);
  const asked = await askedBy(kit.t3.handle.bind(kit.t3));
  const wish = { threadId: "thr-9", projectId: "proj-1", title: "Add a basket" };
  const project = { projectId: "proj-9", title: "New", workspace: "/srv/repos/new" };
  const operations: Operation<Executor>[] = [
    { name: "environment", run: (port) => port.environment(), gives: shapes.reading(shapes.environment) },
    { name: "tokenEnd", run: (port) => port.tokenEnd(), gives: shapes.reading(shapes.time.nullable()) },
    { name: "snapshot", run: (port) => port.snapshot(), gives: shapes.reading(shapes.snapshot) },
    { name: "thread at rest", run: (port) => port.thread("thr-2"), gives: shapes.reading(shapes.thread.nullable()) },
    { name: "thread at work", run: (port) => port.thread("thr-3"), gives: shapes.reading(shapes.thread.nullable()) },
    { name: "request", run: (port) => port.request("thr-1"), gives: shapes.reading(shapes.request.nullable()) },
    { name: "lastWords", run: (port) => port.lastWords("thr-2"), gives: shapes.reading(shapes.text.nullable()) },
    { name: "model", run: (port) => port.model(ROOT), gives: shapes.reading(shapes.text.nullable()) },
    { name: "ensureProject", run: (port) => port.ensureProject(project), gives: shapes.result(shapes.id) },
    { name: "createThread", run: (port) => port.createThread(wish), gives: shapes.result(shapes.id) },
    {
      name: "startTurn",
      run: (port) => port.startTurn({ threadId: "thr-2", key: "k", text: "Go on." }),
      gives: shapes.result(),
    },
    { name: "interrupt", run: (port) => port.interrupt("thr-3", null, "k"), gives: shapes.result() },
    { name: "answer", run: (port) => port.answer("thr-1", asked, "Nobody is here."), gives: shapes.result() },
    { name: "deleteThread", run: (port) => port.deleteThread("thr-2"), gives: shapes.result() },
  ];
  return {
    serve: (url, init) => kit.t3.handle(new Request(url, init)),
    adapter: (fetch) => clientOf(fetch),
    operations,
  };
}

/** Without a model of our own the project's is read too. */
function clientOf(fetch: (url: string, init: RequestInit) => Promise<Response>): Executor {
  const settings = { url: "http://t3.test", token: TOKEN, headers: { "x-proxy": "p" }, model: null, callMs: 1000 };
  return createT3Client({ ...settings, now: () => Date.parse("2026-11-23T10:00:00Z"), fetch });
}

async function askedBy(handle: (request: Request) => Promise<Response>): Promise<AgentRequest> {
  const reading = await clientOf((url, init) => handle(new Request(url, init))).request("thr-1");
  if (!reading.known || reading.value === null) throw new Error("the stand-in's thread does not ask");
  return reading.value;
}

export const t3 = [await adapter("T3 Code", open)];
