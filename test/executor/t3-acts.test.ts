/** What the T3 adapter sends, and how it settles a command that T3 rejected without saying why. */
import { describe, expect, it } from "vitest";
import { createT3Client } from "../../lib/executor/t3-client.ts";

const NOW_ISO = "2026-11-23T10:00:00.000Z";

type Json = Record<string, unknown>;

/** A T3 whose rejections and reads are set by hand, and that keeps every command. */
class Scripted {
  readonly sent: Json[] = [];
  /** Command ids answered by a 500, as a broken invariant is. */
  rejected: string[] = [];
  threads: Json[] = [];
  projects: Json[] = [];
  /** Told of each accepted command. */
  effect: (command: Json) => void = () => {};
  /** Answers a read in its place. */
  reads: () => Response | null = () => null;

  client(model: string | null = "claudeAgent/claude-sonnet-4-6") {
    return createT3Client({
      url: "http://t3.test",
      token: "tok",
      headers: {},
      model,
      callMs: 200,
      fetch: async (url, init) => this.answer(new URL(url).pathname, init),
      now: () => Date.parse(NOW_ISO),
    });
  }

  ids(): unknown[] {
    return this.sent.map(({ commandId }) => commandId);
  }

  private answer(path: string, init: RequestInit): Response {
    if (path === "/api/orchestration/dispatch") {
      const command: Json = JSON.parse(String(init.body));
      this.sent.push(command);
      if (this.rejected.includes(String(command.commandId)))
        return Response.json({ code: "internal_error", reason: "orchestration_dispatch_failed" }, { status: 500 });
      this.effect(command);
      return Response.json({ sequence: this.sent.length });
    }
    const scripted = this.reads();
    if (scripted) return scripted;
    if (path === "/api/orchestration/shell") return Response.json({ projects: this.projects, threads: this.threads });
    const thread = this.threads.find(({ id }) => path === `/api/orchestration/threads/${id}`);
    if (!thread) return Response.json({ code: "not_found", reason: "thread_not_found" }, { status: 404 });
    return Response.json({ snapshotSequence: 1, thread });
  }
}

const REJECTED = "T3 answered 500 internal_error (orchestration_dispatch_failed)";
const THRICE = { type: "refused", why: `T3 rejected it under 3 ids: ${REJECTED}` };
const noThreads = () => Response.json({ projects: [], threads: [] });
/** One answer for the first read, and another, or the truth, for those after it. */
function atFirst(first: () => Response, then: () => Response | null = () => null): () => Response | null {
  let reads = 0;
  return () => (reads++ === 0 ? first() : then());
}
const unavailable = () => new Response("<html>", { status: 502 });

const thread = (id: string, more: Json = {}): Json => ({ id, latestTurn: null, session: null, messages: [], ...more });
const project = (id: string, workspaceRoot: string, more: Json = {}): Json => ({
  id,
  title: id,
  workspaceRoot,
  ...more,
});

describe("a thread is created", () => {
  const wish = { threadId: "run-1", projectId: "proj", title: "Add a basket" };

  it("by a command that T3's schema takes whole", async () => {
    const t3 = new Scripted();
    expect(await t3.client().createThread(wish)).toEqual({ type: "done", value: "run-1" });
    expect(t3.sent).toEqual([
      {
        type: "thread.create",
        commandId: "run-1:create",
        threadId: "run-1",
        projectId: "proj",
        title: "Add a basket",
        modelSelection: { instanceId: "claudeAgent", model: "claude-sonnet-4-6" },
        runtimeMode: "full-access",
        interactionMode: "default",
        branch: null,
        worktreePath: null,
        createdAt: NOW_ISO,
      },
    ]);
  });

  it("with a model whose name holds slashes", async () => {
    const t3 = new Scripted();
    await t3.client("opencode/openrouter/z-ai/glm-4.7").createThread(wish);
    expect(t3.sent[0]).toMatchObject({ modelSelection: { instanceId: "opencode", model: "openrouter/z-ai/glm-4.7" } });
  });

  it("with the project's own model where none is set, options and all; refused where there is none", async () => {
    const t3 = new Scripted();
    const selection = { instanceId: "codex", model: "gpt-5.4", options: [{ id: "effort", value: "high" }] };
    t3.projects = [project("proj", "/w", { defaultModelSelection: selection }), project("bare", "/b")];
    await t3.client(null).createThread(wish);
    expect(t3.sent[0]).toMatchObject({ modelSelection: selection });
    const bare = await t3.client(null).createThread({ ...wish, projectId: "bare" });
    expect(bare).toEqual({ type: "refused", why: "no model set" });
    expect(t3.sent).toHaveLength(1);
  });

  it("with its id for a title that is empty, which T3 would refuse", async () => {
    const t3 = new Scripted();
    await t3.client().createThread({ ...wish, title: "  " });
    expect(t3.sent[0]).toMatchObject({ title: "run-1" });
  });

  it.each(["", "-2", "-3"])("not again when it is there already, as run-1%s: an answer was lost", async (suffix) => {
    const t3 = new Scripted();
    t3.threads = [thread("other"), thread(`run-1${suffix}`)];
    expect(await t3.client().createThread(wish)).toEqual({ type: "done", value: `run-1${suffix}` });
    expect(t3.sent).toEqual([]);
    // Nor is it refused for a model that was taken away since.
    expect(await t3.client(null).createThread(wish)).toEqual({ type: "done", value: `run-1${suffix}` });
  });

  it("not at all while it cannot be read whether it is there", async () => {
    const t3 = new Scripted();
    t3.reads = unavailable;
    expect(await t3.client().createThread(wish)).toMatchObject({ type: "retry" });
    expect(t3.sent).toEqual([]);
  });

  it("and adopted when it is there after a rejection", async () => {
    const t3 = new Scripted();
    t3.rejected = ["run-1:create"];
    t3.threads = [thread("run-1")];
    t3.reads = atFirst(noThreads);
    expect(await t3.client().createThread(wish)).toEqual({ type: "done", value: "run-1" });
    expect(t3.ids()).toEqual(["run-1:create"]);
  });

  it("under the next suffix when its id is spent", async () => {
    const t3 = new Scripted();
    t3.rejected = ["run-1:create"];
    expect(await t3.client().createThread(wish)).toEqual({ type: "done", value: "run-1-2" });
    expect(t3.sent[1]).toMatchObject({ commandId: "run-1-2:create", threadId: "run-1-2" });
  });

  it("never under a fourth", async () => {
    const t3 = new Scripted();
    t3.rejected = ["run-1:create", "run-1-2:create", "run-1-3:create"];
    expect(await t3.client().createThread(wish)).toEqual(THRICE);
    expect(t3.ids()).toEqual(["run-1:create", "run-1-2:create", "run-1-3:create"]);
  });

  it("under no other id while it cannot be read what became of the first", async () => {
    const t3 = new Scripted();
    t3.rejected = ["run-1:create"];
    t3.reads = atFirst(noThreads, unavailable);
    expect(await t3.client().createThread(wish)).toMatchObject({ type: "retry" });
    expect(t3.ids()).toEqual(["run-1:create"]);
  });
});

describe("a turn is started", () => {
  const turn = { threadId: "thr", key: "run-1:fix-2", text: "mend it" };

  it("by a command that T3's schema takes whole", async () => {
    const t3 = new Scripted();
    expect(await t3.client().startTurn(turn)).toEqual({ type: "done", value: null });
    expect(t3.sent).toEqual([
      {
        type: "thread.turn.start",
        commandId: "run-1:fix-2:turn",
        threadId: "thr",
        message: { messageId: "run-1:fix-2:message", role: "user", text: "mend it", attachments: [] },
        runtimeMode: "full-access",
        interactionMode: "default",
        createdAt: NOW_ISO,
      },
    ]);
  });

  it.each(["", "-2", "-3"])(
    "already when its message with suffix '%s' is in the thread after a rejection",
    async (suffix) => {
      const t3 = new Scripted();
      t3.rejected = ["run-1:fix-2:turn"];
      t3.threads = [thread("thr", { messages: [{ id: "other" }, { id: `run-1:fix-2${suffix}:message` }] })];
      expect(await t3.client().startTurn(turn)).toEqual({ type: "done", value: null });
      expect(t3.sent).toHaveLength(1);
    },
  );

  it("under new ids of command and message when the message is not there", async () => {
    const t3 = new Scripted();
    t3.rejected = ["run-1:fix-2:turn"];
    t3.threads = [thread("thr", { messages: [{ id: "other" }, "garbage"] })];
    expect(await t3.client().startTurn(turn)).toEqual({ type: "done", value: null });
    expect(t3.sent[1]).toMatchObject({
      commandId: "run-1:fix-2-2:turn",
      message: { messageId: "run-1:fix-2-2:message", text: "mend it" },
    });
  });

  it("once, though a 500 that left no receipt sent an earlier try on to the next id", async () => {
    const t3 = new Scripted();
    t3.threads = [thread("thr", { messages: [{ id: "run-1:fix-2-2:message" }] })];
    expect(await t3.client().startTurn({ ...turn, sent: "maybe" })).toEqual({ type: "done", value: null });
    expect(t3.sent).toEqual([]);
    t3.reads = unavailable;
    expect(await t3.client().startTurn({ ...turn, sent: "maybe" })).toMatchObject({ type: "retry" });
    expect(t3.sent).toEqual([]);
  });

  it("or is asked whether it was taken, under whichever id, and nothing is sent for that", async () => {
    const t3 = new Scripted();
    const taken = () => t3.client().hasTurn("thr", "run-1:fix-2");
    expect(await taken()).toEqual({ known: true, value: false });
    t3.threads = [thread("thr", { messages: [{ id: "run-1:fix-1:message" }] })];
    expect(await taken()).toEqual({ known: true, value: false });
    t3.threads = [thread("thr", { messages: [{ id: "run-1:fix-2-2:message" }] })];
    expect(await taken()).toEqual({ known: true, value: true });
    t3.reads = unavailable;
    expect(await taken()).toMatchObject({ known: false });
    expect(t3.sent).toEqual([]);
  });

  it("again when a try that may have been taken left no message", async () => {
    const t3 = new Scripted();
    t3.threads = [thread("thr")];
    expect(await t3.client().startTurn({ ...turn, sent: "maybe" })).toEqual({ type: "done", value: null });
    expect(t3.ids()).toEqual(["run-1:fix-2:turn"]);
  });

  it("not at all in a thread that is gone", async () => {
    const t3 = new Scripted();
    t3.rejected = ["run-1:fix-2:turn"];
    expect(await t3.client().startTurn(turn)).toEqual({ type: "refused", why: "the thread is gone from T3" });
    expect(t3.sent).toHaveLength(1);
  });

  it("no second time while it cannot be read what became of the first", async () => {
    const t3 = new Scripted();
    t3.rejected = ["run-1:fix-2:turn"];
    t3.reads = unavailable;
    expect(await t3.client().startTurn(turn)).toMatchObject({ type: "retry" });
    expect(t3.sent).toHaveLength(1);
  });

  it("with 120,000 characters at most", async () => {
    const t3 = new Scripted();
    expect(await t3.client().startTurn({ ...turn, text: "x".repeat(120_000) })).toMatchObject({ type: "done" });
    const long = await t3.client().startTurn({ ...turn, text: "x".repeat(120_001) });
    expect(long).toEqual({ type: "refused", why: "the text has 120001 characters, T3 takes 120000" });
    expect(t3.sent).toHaveLength(1);
  });
});

describe("a project is ensured", () => {
  const wish = { projectId: "p-1", title: "acme/shop", workspace: "/srv/afk/github/acme/shop" };
  const registering = (t3: Scripted) => (command: Json) => {
    t3.projects.push(project(String(command.projectId), String(command.workspaceRoot)));
  };

  it.each([
    ["/srv/afk/github/acme/shop", "/srv/afk/github/acme/shop"],
    ["/srv/afk/github/acme/shop/", "/srv/afk/github/acme/shop"],
    ["/srv/afk//github/acme/shop", "/srv/afk/github/acme/shop///"],
    ["C:\\repos\\Shop", "c:/repos/shop/"],
    ["/", "/"],
  ])("by adopting the one at %s for %s", async (root, workspace) => {
    const t3 = new Scripted();
    t3.projects = [project("elsewhere", "/srv/other"), project("theirs", root)];
    expect(await t3.client().ensureProject({ ...wish, workspace })).toEqual({ type: "done", value: "theirs" });
    expect(t3.sent).toEqual([]);
  });

  it.each(["/srv/afk/github/acme/Shop", "/srv/afk/github/acme/shop2", "/srv/afk/github/acme"])(
    "not by the one at %s",
    async (root) => {
      const t3 = new Scripted();
      t3.projects = [project("theirs", root)];
      t3.effect = registering(t3);
      expect(await t3.client().ensureProject(wish)).toEqual({ type: "done", value: "p-1" });
    },
  );

  it("by a command that T3's schema takes whole", async () => {
    const t3 = new Scripted();
    t3.effect = registering(t3);
    expect(await t3.client().ensureProject(wish)).toEqual({ type: "done", value: "p-1" });
    expect(t3.sent).toEqual([
      {
        type: "project.create",
        commandId: "p-1:create",
        projectId: "p-1",
        title: "acme/shop",
        workspaceRoot: "/srv/afk/github/acme/shop",
        createWorkspaceRootIfMissing: true,
        createdAt: NOW_ISO,
      },
    ]);
  });

  it("by adopting the one another made in between", async () => {
    const t3 = new Scripted();
    t3.rejected = ["p-1:create"];
    let shells = 0;
    t3.reads = () => {
      shells += 1;
      return Response.json({ threads: [], projects: shells === 1 ? [] : [project("theirs", wish.workspace)] });
    };
    expect(await t3.client().ensureProject(wish)).toEqual({ type: "done", value: "theirs" });
    expect(t3.ids()).toEqual(["p-1:create"]);
  });

  it("under the next suffix when a person deleted ours, whether T3 says no or repeats its old yes", async () => {
    for (const rejected of [["p-1:create"], []]) {
      const t3 = new Scripted();
      t3.rejected = rejected;
      t3.effect = (command) => command.projectId !== "p-1" && registering(t3)(command);
      expect(await t3.client().ensureProject(wish)).toEqual({ type: "done", value: "p-1-2" });
      expect(t3.ids()).toEqual(["p-1:create", "p-1-2:create"]);
    }
  });

  it("under no fourth id", async () => {
    const t3 = new Scripted();
    const why = `no project at ${wish.workspace} after it; ${wish.workspace} must be a folder that T3 can make: T3_WORKSPACE_BASE`;
    const refused = { type: "refused", why: expect.stringContaining(why) };
    expect(await t3.client().ensureProject(wish)).toEqual(refused);
    expect(t3.sent).toHaveLength(3);
  });

  it("not while the projects cannot be read", async () => {
    const t3 = new Scripted();
    t3.reads = unavailable;
    expect(await t3.client().ensureProject(wish)).toMatchObject({ type: "retry" });
    expect(t3.sent).toEqual([]);
  });
});

describe("the model", () => {
  it("is the one set; else the project's own; else none", async () => {
    const t3 = new Scripted();
    const defaultModelSelection = { instanceId: "codex", model: "gpt/5" };
    t3.projects = [
      project("p", "/w/", { defaultModelSelection }),
      project("n", "/n", { defaultModelSelection: null }),
      "garbage" as never,
    ];
    expect(await t3.client("a/b").model("/w")).toEqual({ known: true, value: "a/b" });
    expect(await t3.client(null).model("/w")).toEqual({ known: true, value: "codex/gpt/5" });
    expect(await t3.client(null).model("/n")).toEqual({ known: true, value: null });
    expect(await t3.client(null).model("/missing")).toEqual({ known: true, value: null });
    t3.reads = unavailable;
    expect(await t3.client(null).model("/w")).toMatchObject({ known: false });
  });
});

describe("a turn is interrupted", () => {
  it("by its id, or as the thread's where there is none", async () => {
    const t3 = new Scripted();
    await t3.client().interrupt("thr", "turn-1", "run-1:fence-1");
    await t3.client().interrupt("thr", null, "run-1:fence-2");
    const common = { type: "thread.turn.interrupt", threadId: "thr", createdAt: NOW_ISO };
    expect(t3.sent).toEqual([
      { ...common, commandId: "run-1:fence-1:interrupt", turnId: "turn-1" },
      { ...common, commandId: "run-1:fence-2:interrupt" },
    ]);
  });

  it("already when it is at rest, or gone, after a rejection", async () => {
    const t3 = new Scripted();
    t3.rejected = ["k:interrupt"];
    expect(await t3.client().interrupt("thr", "t", "k")).toMatchObject({ type: "done" });
    t3.threads = [thread("thr", { latestTurn: { turnId: "t", state: "completed" }, activities: [] })];
    expect(await t3.client().interrupt("thr", "t", "k")).toMatchObject({ type: "done" });
  });

  it("under at most three ids while it works on", async () => {
    const t3 = new Scripted();
    t3.rejected = ["k:interrupt", "k-2:interrupt", "k-3:interrupt"];
    t3.threads = [thread("thr", { latestTurn: { turnId: "t", state: "running" }, activities: [] })];
    expect(await t3.client().interrupt("thr", "t", "k")).toEqual(THRICE);
  });
});

describe("a request is answered", () => {
  const ask = (questions: Json[]) => ({ kind: "user-input.requested", payload: { requestId: "req", questions } });
  const asked = { id: "req", kind: "question" as const, questions: [{ question: "Which colour?", options: ["Red"] }] };
  const running = { latestTurn: { turnId: "t", state: "running" } };

  it("with the same words for every question, keyed as the agent wants it", async () => {
    const t3 = new Scripted();
    const questions = [{ id: "q1", question: "Which colour?", options: [] }, { question: "Which size?" }];
    t3.threads = [thread("thr", { ...running, activities: [ask(questions)] })];
    expect(await t3.client().answer("thr", asked, "decide yourself")).toEqual({ type: "done", value: null });
    expect(t3.sent).toEqual([
      {
        type: "thread.user-input.respond",
        commandId: "thr:req:answer",
        threadId: "thr",
        requestId: "req",
        answers: { q1: "decide yourself", "Which size?": "decide yourself" },
        createdAt: NOW_ISO,
      },
    ]);
  });

  it("by the questions' texts where the thread no longer shows it", async () => {
    const t3 = new Scripted();
    t3.threads = [thread("thr", { ...running, activities: [] })];
    await t3.client().answer("thr", asked, "decide");
    expect(t3.sent[0]).toMatchObject({ answers: { "Which colour?": "decide" } });
  });

  it("no second time: a request that was resolved is done", async () => {
    const t3 = new Scripted();
    const resolved = { kind: "user-input.resolved", payload: { requestId: "req" } };
    t3.threads = [thread("thr", { ...running, activities: [ask([]), resolved] })];
    expect(await t3.client().answer("thr", asked, "decide")).toEqual({ type: "done", value: null });
    expect(t3.sent).toEqual([]);
  });

  it("an approval by declining it", async () => {
    const t3 = new Scripted();
    t3.threads = [
      thread("thr", { ...running, activities: [{ kind: "approval.requested", payload: { requestId: "req" } }] }),
    ];
    await t3.client().answer("thr", { id: "req", kind: "approval", questions: [] }, "decide");
    expect(t3.sent).toEqual([
      {
        type: "thread.approval.respond",
        commandId: "thr:req:answer",
        threadId: "thr",
        requestId: "req",
        decision: "decline",
        createdAt: NOW_ISO,
      },
    ]);
  });

  it("under the next suffix after a rejection, and not in a thread that is gone", async () => {
    const t3 = new Scripted();
    t3.rejected = ["thr:req:answer"];
    t3.threads = [thread("thr", { ...running, activities: [ask([])] })];
    expect(await t3.client().answer("thr", asked, "decide")).toMatchObject({ type: "done" });
    expect(t3.ids()).toEqual(["thr:req:answer", "thr:req-2:answer"]);
    expect(await t3.client().answer("gone", asked, "decide")).toMatchObject({ type: "refused" });
  });
});

describe("a thread is deleted", () => {
  it("and gone already counts", async () => {
    const t3 = new Scripted();
    expect(await t3.client().deleteThread("thr")).toEqual({ type: "done", value: null });
    expect(t3.sent).toEqual([{ type: "thread.delete", commandId: "thr:delete", threadId: "thr", createdAt: NOW_ISO }]);
    t3.rejected = ["thr:delete"];
    expect(await t3.client().deleteThread("thr")).toEqual({ type: "done", value: null });
  });

  it("under at most three ids while it is still there", async () => {
    const t3 = new Scripted();
    t3.threads = [thread("thr")];
    t3.rejected = ["thr:delete"];
    expect(await t3.client().deleteThread("thr")).toMatchObject({ type: "done" });
    expect(t3.ids()).toEqual(["thr:delete", "thr:delete-2"]);
    t3.rejected = ["thr:delete", "thr:delete-2", "thr:delete-3"];
    expect(await t3.client().deleteThread("thr")).toEqual(THRICE);
  });
});
