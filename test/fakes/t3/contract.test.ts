/** One case for each row and bullet of what is known of T3 Code's HTTP interface. */
import { describe, expect, test } from "vitest";
import { commands, kit, MODEL, QUESTION, ROOT, running, TOKEN } from "./contract-kit.ts";
import { FakeT3 } from "./fake-t3.ts";
import { ScriptedRunner } from "./scripted-runner.ts";

const DISPATCH_FAILED = { code: "internal_error", reason: "orchestration_dispatch_failed" };
const SHELL = "/api/orchestration/shell";

function without(command: object, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(command).filter(([each]) => each !== key));
}

describe("routes", () => {
  test("the environment is open and tells version and id", async () => {
    const { status, json } = await kit().call("GET", "/.well-known/t3/environment", { token: null });
    expect(status).toBe(200);
    expect(json).toMatchObject({ environmentId: "env-1", serverVersion: "0.0.33", platform: {}, capabilities: {} });
    expect(json.label).toEqual(expect.any(String));
  });

  test("auth/session answers 200 to a stranger too", async () => {
    const { call } = kit();
    expect(await call("GET", "/api/auth/session", { token: null })).toMatchObject({
      status: 200,
      json: { authenticated: false },
    });
    expect((await call("GET", "/api/auth/session", { token: "x" })).json).toEqual({ authenticated: false });
    const { json } = await call("GET", "/api/auth/session");
    expect(json).toMatchObject({ authenticated: true, expiresAt: "2026-12-23T09:00:00.000Z" });
    expect(json.scopes).toContain("orchestration:operate");
  });

  test("oauth/token takes a pairing credential once, for only the scopes asked for, for 30 days", async () => {
    const { t3, call, pass } = kit();
    t3.addPairing("pair-1");
    const exchange = (more: Record<string, string> = {}) => call("POST", "/oauth/token", form(more));
    expect(await exchange({ scope: "orchestration:all" })).toMatchObject({
      status: 400,
      json: { reason: "invalid_scope" },
    });
    const { status, json } = await exchange();
    expect(status).toBe(200);
    expect(json).toMatchObject({ token_type: "Bearer", expires_in: 2_592_000, scope: "orchestration:read" });
    const token = String(json.access_token);
    expect((await call("GET", SHELL, { token })).status).toBe(200);
    const forbidden = await call("POST", "/api/orchestration/dispatch", { token, body: commands.project() });
    expect(forbidden).toMatchObject({
      status: 403,
      json: { code: "insufficient_scope", requiredScope: "orchestration:operate" },
    });
    expect(await exchange()).toMatchObject({ status: 401, json: { reason: "invalid_credential" } });
    pass(30 * 24 * 3600 * 1000);
    expect((await call("GET", SHELL, { token })).status).toBe(401);
  });

  test("oauth/token refuses what its form does not hold, and scopes it was not granted", async () => {
    const { t3, call } = kit();
    t3.addPairing("pair-1", ["orchestration:read"]);
    const type = "application/x-www-form-urlencoded";
    expect(await call("POST", "/oauth/token", { type, body: "grant_type=x" })).toMatchObject({ status: 400, text: "" });
    expect(await call("POST", "/oauth/token", { ...form(), type: "application/json" })).toMatchObject({
      status: 400,
      text: "",
    });
    const more = await call("POST", "/oauth/token", form({ scope: "orchestration:operate" }));
    expect(more).toMatchObject({ status: 400, json: { code: "invalid_request", reason: "scope_not_granted" } });
  });

  test("the shell shows every live thread, without archived and deleted ones", async () => {
    const { send, shell } = await running();
    for (const id of ["thr-2", "thr-3"]) await send(commands.thread(id));
    await send(commands.simple("archive", "thr-2"));
    await send(commands.simple("delete", "thr-3"));
    const { threads, projects, snapshotSequence } = await shell();
    expect(threads.map(({ id }) => id)).toEqual(["thr-1"]);
    expect(projects).toMatchObject([{ id: "proj-1", workspaceRoot: ROOT }]);
    expect(snapshotSequence).toBeGreaterThan(0);
  });

  test("before 0.0.29 there is no shell and no read of one thread", async () => {
    const { call, send } = await running({ version: "0.0.28" });
    expect((await call("GET", SHELL)).status).toBe(404);
    expect((await call("GET", "/api/orchestration/threads/thr-1")).status).toBe(404);
    expect((await call("GET", "/api/orchestration/snapshot")).status).toBe(200);
    expect((await send(commands.thread("thr-2"))).status).toBe(200);
  });

  test.each(["unknown", "archived", "deleted"])("threads/:id of an %s thread: 404 thread_not_found", async (what) => {
    const { send, call } = await running();
    if (what === "archived") await send(commands.simple("archive"));
    if (what === "deleted") await send(commands.simple("delete"));
    const answer = await call("GET", `/api/orchestration/threads/${what === "unknown" ? "thr-9" : "thr-1"}`);
    expect(answer).toMatchObject({ status: 404, json: { code: "not_found", reason: "thread_not_found" } });
  });

  test("turnLimit keeps what belongs to the last turns that began; a message still waiting is outside", async () => {
    const { agent, send, detail, call } = await running();
    agent.turn().complete("one");
    await send(commands.turn("thr-1", "2"));
    await send(commands.turn("thr-1", "3"));
    const ids = async (query: string) => (await detail("thr-1", query)).thread.messages.map(({ text }) => text);
    expect(await ids("")).toEqual(["text 1", "one", "text 2", "text 3"]);
    expect(await ids("?turnLimit=1")).toEqual(["text 2"]);
    expect(await ids("?turnLimit=2")).toEqual(["text 1", "one", "text 2"]);
    expect(await call("GET", "/api/orchestration/threads/thr-1?turnLimit=0")).toMatchObject({ status: 400, text: "" });
  });

  test("the snapshot has no history and no hasPending fields", async () => {
    const { call, agent } = await running();
    agent.turn().activity();
    const { json } = await call("GET", "/api/orchestration/snapshot");
    expect(json.threads).toMatchObject([{ id: "thr-1", messages: [], activities: [], checkpoints: [] }]);
    expect(JSON.stringify(json)).not.toContain("hasPending");
  });

  test("any other route: 404", async () => {
    const { call } = kit();
    expect((await call("GET", "/health")).status).toBe(404);
    expect((await call("GET", "/api/orchestration/dispatch")).status).toBe(404);
    expect((await call("POST", SHELL, { body: {} })).status).toBe(404);
  });
});

describe("errors", () => {
  const whole = [
    commands.project(),
    commands.thread(),
    commands.turn(),
    commands.interrupt(),
    commands.answer("r-1"),
    commands.decide("r-1"),
    commands.stop(),
    commands.simple("archive"),
    commands.simple("unarchive"),
    commands.simple("delete"),
    commands.simple("meta.update"),
  ];
  const optional = ["createWorkspaceRootIfMissing", "interactionMode of thread.create"];
  const cases = whole.flatMap((command) =>
    Object.keys(command)
      .filter((key) => !optional.includes(key) && !optional.includes(`${key} of ${command.type}`))
      .flatMap((key) => [
        [command.type, `without ${key}`, without(command, key)] as const,
        [command.type, `with a number as ${key}`, { ...command, [key]: 7 }] as const,
      ]),
  );

  test.each(cases)("%s %s: 400 with an empty body, no effect and no receipt", async (_type, _fault, body) => {
    const { t3, send } = await running();
    const before = JSON.stringify(t3);
    expect(await send(body)).toMatchObject({ status: 400, text: "" });
    expect(JSON.stringify(t3)).toBe(before);
  });

  const turn = commands.turn();
  test.each<[string, object]>([
    ["an empty title", commands.thread("thr-2", { title: "  " })],
    ["branch as an empty text", commands.thread("thr-2", { branch: "" })],
    ["a runtime mode nobody knows", commands.thread("thr-2", { runtimeMode: "yolo" })],
    ["a model without its instance", commands.thread("thr-2", { modelSelection: { model: "m" } })],
    [
      "a model's options as a record",
      commands.thread("thr-2", { modelSelection: { ...MODEL, options: { effort: "high" } } }),
    ],
    ["a message that is not the user's", { ...turn, message: { ...turn.message, role: "assistant" } }],
    ["a message without attachments", { ...turn, message: without(turn.message, "attachments") }],
    ["a text of 120,001 characters", { ...turn, message: { ...turn.message, text: "x".repeat(120_001) } }],
    ["turnId null", commands.interrupt("thr-1", { turnId: null })],
    ["answers as a list", commands.answer("r-1", { answers: [] })],
    ["a decision nobody knows", commands.decide("r-1", { decision: "deny" })],
    ["an unknown command", { type: "thread.explode", commandId: "c", threadId: "thr-1" }],
  ])("%s: 400 with an empty body", async (_what, body) => {
    const { send } = await running();
    expect(await send({ ...body, commandId: "c-fresh" })).toMatchObject({ status: 400, text: "" });
  });

  test("what is no JSON: 400 with an empty body", async () => {
    const { call } = kit();
    const path = "/api/orchestration/dispatch";
    expect(await call("POST", path, { body: "{" })).toMatchObject({ status: 400, text: "" });
    const body = commands.project();
    expect(await call("POST", path, { body, type: "text/plain" })).toMatchObject({ status: 400, text: "" });
  });

  test("unknown keys are ignored", async () => {
    const { send } = await running();
    expect((await send(commands.simple("delete", "thr-1", { createdAt: "now", why: 1 }))).status).toBe(200);
  });

  test("workspaceRoot missing: 400 invalid_command, and no receipt", async () => {
    const { t3, send } = kit();
    const command = without(commands.project(), "createWorkspaceRootIfMissing");
    expect(await send(command)).toMatchObject({
      status: 400,
      json: { code: "invalid_request", reason: "invalid_command" },
    });
    t3.addDirectory(ROOT);
    expect((await send(command)).status).toBe(200);
  });

  test("no credential, or a wrong one: 401, each with its reason", async () => {
    const { call, send } = kit();
    const missing = { status: 401, json: { code: "auth_invalid", reason: "missing_credential" } };
    expect(await call("GET", SHELL, { token: null })).toMatchObject(missing);
    expect(await call("GET", SHELL, { token: "x" })).toMatchObject({
      status: 401,
      json: { reason: "invalid_credential" },
    });
    expect((await send(commands.project(), "x")).status).toBe(401);
  });

  test("a token without the scope: 403 with the scope it needs", async () => {
    const { t3, call, send } = kit();
    t3.addToken("reader", ["orchestration:read"]);
    t3.addToken("operator", ["orchestration:operate"]);
    expect((await send(commands.project(), "reader")).json).toMatchObject({ requiredScope: "orchestration:operate" });
    expect((await send(commands.project(), "operator")).status).toBe(200);
    const read = await call("GET", SHELL, { token: "operator" });
    expect(read).toMatchObject({
      status: 403,
      json: { code: "insufficient_scope", requiredScope: "orchestration:read" },
    });
  });

  test.each<[string, object[], object]>([
    ["a thread of an unknown project", [], commands.thread("thr-2", { projectId: "proj-9" })],
    ["a turn of an unknown thread", [], commands.turn("thr-9")],
    ["an interrupt of an unknown thread", [], commands.interrupt("thr-9")],
    ["an answer to an unknown thread", [], commands.answer("r-1", { threadId: "thr-9" })],
    ["a deletion of an unknown thread", [], commands.simple("delete", "thr-9")],
    ["a project id again", [], commands.project({ commandId: "c-2", workspaceRoot: "/srv/other" })],
    ["a workspaceRoot again", [], commands.project({ commandId: "c-2", projectId: "proj-2" })],
    [
      "a workspaceRoot again, with a slash",
      [],
      commands.project({ commandId: "c-2", projectId: "proj-2", workspaceRoot: `${ROOT}/` }),
    ],
    ["a thread id again", [], commands.thread("thr-1", { commandId: "c-2" })],
    ["a thread id again after delete", [commands.simple("delete")], commands.thread("thr-1", { commandId: "c-2" })],
    ["a turn of a deleted thread", [commands.simple("delete")], commands.turn("thr-1", "2")],
    ["archived already", [commands.simple("archive")], commands.simple("archive", "thr-1", { commandId: "c-2" })],
    ["not archived", [], commands.simple("unarchive")],
  ])("%s: 500 without a word of why", async (_what, before, command) => {
    const { send } = await running();
    for (const each of before) expect((await send({ ...each })).status).toBe(200);
    const answer = await send({ ...command });
    expect(answer).toMatchObject({ status: 500, json: DISPATCH_FAILED });
    expect(answer.json).not.toHaveProperty("message");
  });

  test("while the server boots a request is never answered", async () => {
    const { t3 } = kit();
    t3.faults.push({ match: () => true, respond: "hang" });
    const gaveUp = new AbortController();
    const asked = t3.handle(new Request(`http://t3.test${SHELL}`, { signal: gaveUp.signal }));
    gaveUp.abort();
    await expect(asked).rejects.toThrow("gave up");
    expect(t3.log).toMatchObject([{ path: SHELL, status: "hang" }]);
  });
});

describe("idempotency", () => {
  test("an accepted command again: the original sequence, nothing twice, the payload not compared", async () => {
    const { send, t3, agent } = await running();
    const first = await send(commands.turn());
    await send(commands.thread("thr-2"));
    const again = await send(commands.turn("thr-1", "1", { message: { ...commands.turn().message, text: "other" } }));
    expect(again).toEqual(first);
    expect(t3.dispatched.turns("thr-1").map(({ text }) => text)).toEqual(["text 1"]);
    expect(agent.turns).toHaveLength(1);
  });

  test("a receipt outlives a restart", async () => {
    const { t3, options, agent, send } = await running();
    const { json } = await send(commands.turn());
    const back = FakeT3.fromJSON(JSON.parse(JSON.stringify(t3)), options);
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(commands.turn()) };
    const answer = await back.handle(new Request("http://t3.test/api/orchestration/dispatch", init));
    expect(await answer.json()).toEqual(json);
    expect(agent.turns).toHaveLength(1);
  });

  test("a rejected command again: 500 for ever, also when it would be right by now", async () => {
    const { send } = kit();
    await send(commands.project());
    expect((await send(commands.turn())).status).toBe(500);
    await send(commands.thread());
    expect((await send(commands.turn())).status).toBe(500);
    expect((await send(commands.turn("thr-1", "1", { commandId: "c-new" }))).status).toBe(200);
  });

  test("a commandId used for another thread: 500", async () => {
    const { send } = await running();
    await send(commands.thread("thr-2"));
    const reused = commands.turn("thr-2", "1", { commandId: commands.turn().commandId });
    expect(await send(reused)).toMatchObject({ status: 500, json: DISPATCH_FAILED });
  });

  test("a messageId again under a new commandId: the text is overwritten and another turn starts", async () => {
    const { send, agent, detail } = await running();
    agent.turn().complete();
    const { message } = commands.turn();
    await send(commands.turn("thr-1", "1", { commandId: "c-new", message: { ...message, text: "text new" } }));
    expect(agent.turns.map(({ text }) => text)).toEqual(["text 1", "text new"]);
    expect((await detail("thr-1")).thread.messages.filter(({ role }) => role === "user")).toMatchObject([
      { text: "text new" },
    ]);
  });

  test("createdAt is overwritten with the server's time", async () => {
    const { send, shell, detail } = await running();
    await send(commands.thread("thr-2", { createdAt: "whatever" }));
    const { threads } = await shell();
    expect(threads.map((thread) => ("createdAt" in thread ? thread.createdAt : null))).toEqual([
      "2026-11-23T09:00:00.000Z",
      "2026-11-23T09:00:02.000Z",
    ]);
    expect((await detail("thr-1")).thread.messages[0]?.createdAt).toBe("2026-11-23T09:00:01.000Z");
  });

  test("the sequence grows with every command", async () => {
    const { send } = kit();
    const sequences = [];
    for (const command of [commands.project(), commands.thread(), commands.turn(), commands.interrupt()])
      sequences.push(Number((await send(command)).json.sequence));
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  });
});

describe("commands", () => {
  test("project.create makes the directory and keeps the model", async () => {
    const { send, shell, t3 } = kit();
    await send(commands.project({ defaultModelSelection: { ...MODEL, options: [{ id: "effort", value: "high" }] } }));
    expect((await shell()).projects[0]?.defaultModelSelection?.options).toEqual([{ id: "effort", value: "high" }]);
    expect(t3.toJSON().directories).toEqual([ROOT]);
  });

  test("a project created without a model has the server's", async () => {
    const { send, shell } = kit({ defaultModelSelection: MODEL });
    await send(commands.project());
    expect((await shell()).projects[0]?.defaultModelSelection).toEqual(MODEL);
  });

  test("a project that a person removed is gone, its root free, its id spent", async () => {
    const { t3, send, shell } = kit();
    await send(commands.project());
    t3.removeProject("proj-1");
    expect((await shell()).projects).toEqual([]);
    expect((await send(commands.project({ commandId: "c-2" }))).status).toBe(500);
    expect((await send(commands.thread())).status).toBe(500);
    expect((await send(commands.project({ commandId: "c-3", projectId: "proj-2" }))).status).toBe(200);
  });

  test("turn.start writes its runtimeMode onto the thread", async () => {
    const { send, thread } = await running();
    await send(commands.turn("thr-1", "2", { runtimeMode: "approval-required" }));
    expect((await thread("thr-1"))?.runtimeMode).toBe("approval-required");
  });

  test("meta.update changes what it names", async () => {
    const { send, thread } = await running();
    await send(commands.simple("meta.update", "thr-1", { title: "renamed", branch: "feat/x" }));
    expect(await thread("thr-1")).toMatchObject({ title: "renamed", branch: "feat/x" });
    await send(commands.simple("meta.update", "thr-1", { commandId: "c-2", branch: null }));
    expect(await thread("thr-1")).toMatchObject({ title: "renamed", branch: null });
  });

  test("bootstrap over HTTP: a missing thread is a 500, an existing one runs in the project's root", async () => {
    const { send, agent } = await running();
    const bootstrap = { prepareWorktree: { projectCwd: ROOT, baseBranch: "main" } };
    expect((await send(commands.turn("thr-9", "1", { bootstrap }))).status).toBe(500);
    await send(commands.thread("thr-2"));
    expect((await send(commands.turn("thr-2", "1", { bootstrap }))).status).toBe(200);
    expect(agent.turn("thr-2").workspaceRoot).toBe(ROOT);
  });

  test("the first turn is called first, the later ones are not", async () => {
    const { send, agent } = await running();
    agent.turn().complete();
    await send(commands.turn("thr-1", "2"));
    expect(agent.turns.map(({ first }) => first)).toEqual([true, false]);
  });

  test("a second turn while one runs waits and then runs", async () => {
    const { send, agent, thread } = await running();
    expect((await send(commands.turn("thr-1", "2"))).status).toBe(200);
    expect(agent.turns).toHaveLength(1);
    agent.turn().complete();
    expect(agent.turns.map(({ text }) => text)).toEqual(["text 1", "text 2"]);
    expect((await thread("thr-1"))?.latestTurn).toMatchObject({ turnId: agent.turn().turnId, state: "running" });
  });

  test("or it is steered into the running one, and no other turn appears", async () => {
    const { send, agent, thread } = await running({ secondTurn: "steered" });
    expect((await send(commands.turn("thr-1", "2"))).status).toBe(200);
    expect(agent.turn().steered).toEqual(["text 2"]);
    agent.turn().complete();
    expect(agent.turns).toHaveLength(1);
    expect((await thread("thr-1"))?.latestTurn?.state).toBe("completed");
  });

  test("a turn on an archived thread: 200 too", async () => {
    const { send, agent } = await running();
    agent.turn().complete();
    await send(commands.simple("archive"));
    expect((await send(commands.turn("thr-1", "2"))).status).toBe(200);
    await send(commands.simple("unarchive"));
    expect(agent.turns).toHaveLength(2);
  });
});

describe("reading a thread", () => {
  test("accepted and not begun: nothing of the turn is shown, only the message", async () => {
    const { t3, send, thread } = kit();
    t3.setWedged(true);
    for (const command of [commands.project(), commands.thread(), commands.turn()])
      expect((await send(command)).status).toBe(200);
    expect(await thread("thr-1")).toMatchObject({
      latestTurn: null,
      session: null,
      latestUserMessageAt: expect.any(String),
    });
  });

  test("running", async () => {
    const { thread, agent } = await running();
    const turnId = agent.turn().turnId;
    const latestTurn = { turnId, state: "running", completedAt: null };
    expect(await thread("thr-1")).toMatchObject({ latestTurn, session: { status: "running", activeTurnId: turnId } });
  });

  test("turn done", async () => {
    const { thread, agent } = await running();
    agent.turn().complete();
    expect(await thread("thr-1")).toMatchObject({
      latestTurn: { state: "completed" },
      session: { status: "ready", lastError: null },
    });
  });

  test("the agent could not start: the turn never appears, and a later one may", async () => {
    const { send, thread, agent } = kit();
    agent.script = (turn) => turn.couldNotStart();
    for (const command of [commands.project(), commands.thread(), commands.turn()]) await send(command);
    const session = { status: "stopped", lastError: "Claude runtime stream failed." };
    expect(await thread("thr-1")).toMatchObject({ latestTurn: null, session });
    agent.script = null;
    await send(commands.turn("thr-1", "2"));
    expect(await thread("thr-1")).toMatchObject({ latestTurn: { state: "running" }, session: { lastError: null } });
  });

  test("turn failed", async () => {
    const { thread, agent } = await running();
    agent.turn().fail("out of tokens");
    expect(await thread("thr-1")).toMatchObject({
      latestTurn: { state: "error" },
      session: { status: "error", lastError: "out of tokens" },
    });
  });

  test("the agent's process crashed", async () => {
    const { thread, agent } = await running();
    agent.turn().crash();
    const session = { status: "stopped", lastError: "Claude runtime stream failed." };
    expect(await thread("thr-1")).toMatchObject({ latestTurn: { state: "error" }, session });
  });

  test("it asks a question, and goes on with the answer", async () => {
    const { thread, detail, agent, send } = await running();
    const requestId = agent.turn().ask([QUESTION]);
    const asking = { latestTurn: { state: "running" }, session: { status: "running", lastError: null } };
    expect(await thread("thr-1")).toMatchObject({ ...asking, hasPendingUserInput: true, hasPendingApprovals: false });
    expect((await detail("thr-1")).thread.activities.at(-1)).toMatchObject({
      kind: "user-input.requested",
      payload: { requestId },
    });
    expect((await send(commands.answer(requestId))).status).toBe(200);
    expect(agent.turn().answers).toMatchObject([{ type: "question", answers: { "Which colour?": "Blue" } }]);
    expect(await thread("thr-1")).toMatchObject({ ...asking, hasPendingUserInput: false });
  });

  test("it wants approval, and hears the decision", async () => {
    const { thread, agent, send } = await running();
    const requestId = agent.turn().requestApproval();
    expect(await thread("thr-1")).toMatchObject({ hasPendingUserInput: false, hasPendingApprovals: true });
    await send(commands.decide(requestId));
    expect(agent.turn().answers).toMatchObject([{ type: "approval", decision: "decline" }]);
    expect(await thread("thr-1")).toMatchObject({ hasPendingApprovals: false, session: { status: "running" } });
  });

  test("a stale answer: 200, the agent hears nothing, and the request is closed for every reader", async () => {
    const { t3, thread, agent, send, detail } = await running();
    const requestId = agent.turn().ask([QUESTION]);
    t3.restart();
    agent.killAll();
    expect((await thread("thr-1"))?.hasPendingUserInput).toBe(true);
    expect((await send(commands.answer(requestId))).status).toBe(200);
    expect(agent.turn().answers).toEqual([]);
    expect((await thread("thr-1"))?.hasPendingUserInput).toBe(false);
    const failed = {
      kind: "provider.user-input.respond.failed",
      payload: { detail: expect.stringMatching(/^Stale pending/) },
    };
    expect((await detail("thr-1")).thread.activities.at(-1)).toMatchObject(failed);
    expect((await send(commands.answer("r-unknown"))).status).toBe(200);
  });

  test("we interrupted it: interrupted, then completed when its agent has stopped", async () => {
    const { thread, agent, send } = await running();
    agent.obeysInterrupts = false;
    const { turnId } = agent.turn();
    expect((await send(commands.interrupt("thr-1", { turnId }))).status).toBe(200);
    expect(await thread("thr-1")).toMatchObject({
      latestTurn: { state: "interrupted" },
      session: { status: "running" },
    });
    agent.turn().crash();
    expect(await thread("thr-1")).toMatchObject({
      latestTurn: { turnId, state: "completed" },
      session: { status: "ready", lastError: null },
    });
  });

  test("an interrupt takes an open question back", async () => {
    const { thread, agent, send } = await running();
    agent.turn().ask([QUESTION]);
    await send(commands.interrupt("thr-1", { turnId: agent.turn().turnId }));
    expect(await thread("thr-1")).toMatchObject({ hasPendingUserInput: false, latestTurn: { state: "completed" } });
  });

  test("an interrupt of an idle thread: 200, nothing happens, and it fences nothing", async () => {
    const { t3, thread, agent, send } = await running();
    agent.turn().complete();
    const before = await thread("thr-1");
    t3.setWedged(true);
    await send(commands.turn("thr-1", "2"));
    expect((await send(commands.interrupt("thr-1", { turnId: agent.turn().turnId }))).status).toBe(200);
    expect((await thread("thr-1"))?.latestTurn).toEqual(before?.latestTurn);
    t3.setWedged(false);
    expect(agent.turns).toHaveLength(2);
  });

  test("the server restarted in mid-turn; the next turn.start resumes it", async () => {
    const { t3, thread, agent, send } = await running();
    t3.restart();
    agent.killAll();
    const session = {
      status: "error",
      lastError: expect.stringMatching(/^Provider session did not survive a server restart/),
    };
    expect(await thread("thr-1")).toMatchObject({ latestTurn: { state: "error" }, session });
    await send(commands.turn("thr-1", "2"));
    expect(agent.turn().first).toBe(false);
    expect(await thread("thr-1")).toMatchObject({
      latestTurn: { state: "running" },
      session: { status: "running", lastError: null },
    });
  });

  test("what an agent of the dead server still says is not heard", async () => {
    const { t3, thread, agent } = await running();
    t3.restart();
    expect(t3.dispatched.atWork()).toEqual([]);
    agent.turn().complete("too late");
    expect((await thread("thr-1"))?.latestTurn?.state).toBe("error");
  });

  test("accepted before the restart and not begun: never runs", async () => {
    const { t3, send, agent } = await running();
    t3.setWedged(true);
    await send(commands.thread("thr-2"));
    await send(commands.turn("thr-2"));
    t3.restart();
    await send(commands.thread("thr-3"));
    await send(commands.turn("thr-3"));
    agent.turn("thr-3").complete();
    expect(agent.turns.map(({ threadId }) => threadId)).toEqual(["thr-1", "thr-3"]);
  });

  test("background work is told in the shell", async () => {
    const { thread, agent } = await running();
    agent.turn().background("monitoring");
    agent.turn().complete();
    expect(await thread("thr-1")).toMatchObject({
      backgroundLiveness: "monitoring",
      latestTurn: { state: "completed" },
    });
  });

  test("the thread's updatedAt moves while the agent works", async () => {
    const { thread, agent, pass } = await running();
    for (const sign of [() => agent.turn().touch(), () => agent.turn().activity()]) {
      const before = (await thread("thr-1"))?.updatedAt ?? "";
      pass(1000);
      sign();
      expect(((await thread("thr-1"))?.updatedAt ?? "") > before).toBe(true);
    }
  });

  test("tokens used are told as activities", async () => {
    const { detail, agent } = await running();
    const payload = {
      usedTokens: 5000,
      lastUsedTokens: 5000,
      inputTokens: 4000,
      outputTokens: 1000,
      maxTokens: 200_000,
    };
    agent.turn().usage(payload);
    expect((await detail("thr-1")).thread.activities.at(-1)).toMatchObject({ kind: "context-window.updated", payload });
  });

  test("a turn is requested no earlier than its message", async () => {
    const { t3, send, thread, pass } = await running();
    t3.setWedged(true);
    await send(commands.thread("thr-2"));
    await send(commands.turn("thr-2"));
    pass(60_000);
    t3.setWedged(false);
    const begun = await thread("thr-2");
    expect(Date.parse(begun?.latestTurn?.requestedAt ?? "") - Date.parse(begun?.latestUserMessageAt ?? "")).toBe(
      60_000,
    );
  });
});

describe("a wedged server, and fencing", () => {
  test("dispatch answers 200, no turn starts; when it is over they all do", async () => {
    const { t3, send, agent } = await running();
    t3.setWedged(true);
    for (const id of ["thr-2", "thr-3"]) {
      await send(commands.thread(id));
      expect((await send(commands.turn(id))).status).toBe(200);
    }
    expect(agent.turns).toHaveLength(1);
    t3.setWedged(false);
    expect(agent.turns).toHaveLength(3);
  });

  test("session.stop on a busy thread wedges it until that agent ends", async () => {
    const { t3, send, agent, thread, detail } = await running();
    await send(commands.stop());
    expect(await thread("thr-1")).toMatchObject({ latestTurn: { state: "completed" }, session: { status: "ready" } });
    expect(t3.dispatched.atWork()).toHaveLength(1);
    const before = await detail("thr-1");
    agent.turn().activity();
    expect(await detail("thr-1")).toEqual(before);
    await send(commands.thread("thr-2"));
    await send(commands.turn("thr-2"));
    expect(agent.turns).toHaveLength(1);
    agent.turn("thr-1").complete();
    expect(agent.turns).toHaveLength(2);
  });

  test("session.stop on an idle thread stops the session", async () => {
    const { send, agent, thread } = await running();
    agent.turn().complete();
    await send(commands.stop());
    expect((await thread("thr-1"))?.session).toMatchObject({ status: "stopped", activeTurnId: null });
  });

  test("thread.delete fences a turn accepted but not begun: it never runs", async () => {
    const { t3, send, agent } = await running();
    t3.setWedged(true);
    await send(commands.thread("thr-2"));
    await send(commands.turn("thr-2"));
    expect((await send(commands.simple("delete", "thr-2"))).status).toBe(200);
    t3.setWedged(false);
    expect(agent.turns.map(({ threadId }) => threadId)).toEqual(["thr-1"]);
  });

  test("thread.delete does not stop a running turn: shown nowhere, its agent works on", async () => {
    const { t3, send, agent, shell, call } = await running();
    await send(commands.simple("delete"));
    expect((await shell()).threads).toEqual([]);
    expect((await call("GET", "/api/orchestration/threads/thr-1")).status).toBe(404);
    expect((await call("GET", "/api/orchestration/snapshot")).json.threads).toEqual([]);
    expect(agent.turn().interrupts).toBe(0);
    expect(t3.dispatched.atWork()).toMatchObject([{ threadId: "thr-1", workspaceRoot: ROOT }]);
    expect((await send(commands.interrupt())).status).toBe(500);
    agent.turn().complete();
    expect(t3.dispatched.atWork()).toEqual([]);
  });

  test("an interrupt with the turn's id brings it to rest and leaves the server healthy", async () => {
    const { t3, send, agent } = await running();
    await send(commands.interrupt("thr-1", { turnId: agent.turn().turnId }));
    expect(t3.dispatched.atWork()).toEqual([]);
    await send(commands.thread("thr-2"));
    await send(commands.turn("thr-2"));
    expect(agent.turns).toHaveLength(2);
  });
});

describe("what a test sees of it", () => {
  test("a fault answers in its place, so many times", async () => {
    const { t3, call } = kit();
    t3.faults.push({ match: ({ path }) => path === SHELL, respond: { status: 503, body: "busy" }, times: 1 });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await t3.handle(new Request(`http://t3.test${SHELL}`, { headers }))).status).toBe(503);
    expect((await call("GET", SHELL)).status).toBe(200);
  });

  test("an effect whose answer is lost is there, and the repeat changes nothing", async () => {
    const { t3, send } = kit();
    t3.faults.push({ match: ({ method }) => method === "POST", respond: "effect-then-reset", times: 1 });
    await expect(send(commands.project())).rejects.toThrow("broke the connection");
    expect((await send(commands.project())).status).toBe(200);
    expect(t3.dispatched.commands("project.create")).toHaveLength(1);
  });

  test("every exchange is logged without the token, and told to the hook", async () => {
    const { t3, send } = kit();
    const told: unknown[] = [];
    t3.onExchange = (exchange) => told.push(exchange);
    await send(commands.project());
    expect(told).toEqual(t3.log);
    expect(t3.log).toMatchObject([
      { method: "POST", status: 200, body: { type: "project.create" }, answer: { sequence: 1 } },
    ]);
    expect(JSON.stringify(t3.log)).not.toContain(TOKEN);
  });

  test("a revoked token is refused until it is good again", async () => {
    const { t3, call } = kit();
    t3.revokeToken(TOKEN);
    expect((await call("GET", SHELL)).status).toBe(401);
    t3.addToken(TOKEN, ["orchestration:read"]);
    expect((await call("GET", SHELL)).status).toBe(200);
  });

  test("threads and turns accepted are counted, also of deleted threads", async () => {
    const { t3, send } = await running();
    await send(commands.simple("delete"));
    expect(t3.dispatched.threads()).toMatchObject([{ threadId: "thr-1", projectId: "proj-1" }]);
    expect(t3.dispatched.turns()).toMatchObject([{ threadId: "thr-1", messageId: "m-thr-1-1", text: "text 1" }]);
  });

  test("a script may play the whole turn at its start", async () => {
    const agent = new ScriptedRunner((turn) => {
      turn.activity();
      turn.complete("done");
    });
    const { thread } = await running({ runner: agent });
    expect((await thread("thr-1"))?.latestTurn?.state).toBe("completed");
  });

  test("a turn that has ended says so to the test that drives it on", async () => {
    const { agent } = await running();
    agent.turn().complete();
    expect(() => agent.turn().complete()).toThrow("has ended");
  });
});

function form(more: Record<string, string> = {}): { type: string; body: string; token: null } {
  const fields = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: "pair-1",
    subject_token_type: "urn:t3:params:oauth:token-type:environment-bootstrap",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    scope: "orchestration:read",
    ...more,
  };
  return { type: "application/x-www-form-urlencoded", body: new URLSearchParams(fields).toString(), token: null };
}
