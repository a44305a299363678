/** The T3 adapter against captures of a real server, against every kind of answer, and against a stateful fake. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createT3Client } from "../../lib/executor/t3-client.ts";

const NOW = Date.parse("2026-11-23T10:00:00.000Z");
const TOKEN = "tok-very-secret";
const PROXY_SECRET = "proxy-secret-value";
const ENVIRONMENT = { environmentId: "env-1", serverVersion: "0.0.33" };

type Json = Record<string, unknown>;
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

function capture(name: string): Json {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/t3/${name}.json`), "utf8"));
}

function client(fetch: Fetch, model: string | null = "claudeAgent/claude-sonnet-4-6") {
  const headers = { "CF-Access-Client-Secret": PROXY_SECRET };
  return createT3Client({ url: "http://t3.test/", token: TOKEN, headers, model, callMs: 200, fetch, now: () => NOW });
}

/** Serves one capture of one thread, and the shell that goes with it. */
function servingThread(thread: Json, shellExtras: Json = {}): Fetch {
  const { activities: _a, messages: _m, checkpoints: _c, ...row } = thread;
  const flags = { hasPendingApprovals: false, hasPendingUserInput: false, backgroundLiveness: null };
  return async (url) => {
    const { pathname } = new URL(url);
    if (pathname === "/.well-known/t3/environment") return Response.json(ENVIRONMENT);
    if (pathname === "/api/orchestration/shell")
      return Response.json({ snapshotSequence: 1, projects: [], threads: [{ ...row, ...flags, ...shellExtras }] });
    return Response.json({ snapshotSequence: 1, thread });
  };
}

/** Serves one thread as a row of the shell, as it is. */
function servingRow(row: unknown): Fetch {
  return async (url) =>
    url.endsWith("/environment") ? Response.json(ENVIRONMENT) : Response.json({ projects: [], threads: [row] });
}

async function stateOfRow(row: Json): Promise<string | undefined> {
  const snapshot = await client(servingRow(row)).snapshot();
  return snapshot.known ? snapshot.value.threads[0]?.state : "unread";
}

const detailCaptures: [string, string, string | null][] = [
  [
    "thread-after-restart",
    "failed",
    "Provider session did not survive a server restart. Send a new message to continue.",
  ],
  ["thread-approval-answered", "done", null],
  ["thread-approval-pending", "asking", null],
  ["thread-ask-answered", "done", null],
  ["thread-ask-pending", "asking", null],
  ["thread-crash", "failed", "Claude runtime stream failed."],
  ["thread-edit", "done", null],
  ["thread-error", "failed", "fake failure"],
  ["thread-interrupted", "done", null],
  ["thread-interrupted-with-turnid", "done", null],
  ["thread-running", "working", null],
  ["thread-stopped", "done", null],
];

describe("a capture of a real server", () => {
  it.each(detailCaptures)("%s is %s", async (name, state, error) => {
    const thread = capture(name).thread as Json;
    const view = await client(servingThread(thread)).thread(String(thread.id));
    expect(view).toMatchObject({ known: true, value: { id: thread.id, state, error } });
  });

  it("of the shell: each thread is what its turn says", async () => {
    const shell = capture("shell");
    const snapshot = await client(async (url) =>
      Response.json(url.endsWith("/environment") ? ENVIRONMENT : shell),
    ).snapshot();
    const states = snapshot.known ? snapshot.value.threads.map(({ id, state }) => `${id} ${state}`) : [];
    expect(states).toEqual([
      "thr-1 never_started",
      "thr-ok done",
      "thr-crash failed",
      "thr-int done",
      "thr-ask done",
      "thr-app done",
      "thr-int2 done",
      "thr-stop done",
      "thr-wt done",
      "thr-pw done",
      "thr-i3 done",
      "thr-i4 done",
      "thr-ws-30397 done",
      "thr-rs done",
    ]);
    expect(snapshot).toMatchObject({ value: { environment: { id: "env-1", version: "0.0.33" } } });
  });

  it("of an agent that could not start: never started, with the error it left", async () => {
    const [row] = capture("shell").threads as Json[];
    const snapshot = await client(servingRow(row)).snapshot();
    expect(snapshot).toMatchObject({
      value: { threads: [{ state: "never_started", turnId: null, error: "Claude runtime stream failed." }] },
    });
  });

  it("of a pending question tells what is asked, under its id", async () => {
    const thread = capture("thread-ask-pending").thread as Json;
    expect(await client(servingThread(thread)).request("thr-ask")).toEqual({
      known: true,
      value: {
        id: "a6161376-813a-4578-a994-69c6a1fbbfad",
        kind: "question",
        questions: [{ question: "Which colour?", options: ["Red", "Blue"] }],
      },
    });
  });

  it("of a pending approval tells it as an approval", async () => {
    const thread = capture("thread-approval-pending").thread as Json;
    const request = await client(servingThread(thread)).request("thr-app");
    expect(request).toEqual({
      known: true,
      value: { id: "8044c0d6-6b77-4cf9-8046-a14b28b67d9b", kind: "approval", questions: [] },
    });
  });

  it.each(["thread-ask-answered", "thread-approval-answered", "thread-edit"])("%s asks nothing", async (name) => {
    const thread = capture(name).thread as Json;
    expect(await client(servingThread(thread)).request(String(thread.id))).toEqual({ known: true, value: null });
  });

  it("changes its pulse while the agent works, and only then", async () => {
    const running = capture("thread-running").thread as Json;
    const pulseOf = async (thread: Json) => {
      const view = await client(servingThread(thread)).thread("thr-int");
      return view.known ? view.value?.pulse : undefined;
    };
    const session = running.session as Json;
    const later = { ...running, session: { ...session, updatedAt: "2026-11-23T09:04:46.000Z" } };
    expect(await pulseOf(running)).toBe(await pulseOf({ ...running, title: "renamed by a person" }));
    expect(await pulseOf(running)).not.toBe(await pulseOf(later));
    expect(await pulseOf(running)).not.toBe(await pulseOf({ ...running, updatedAt: "2026-11-23T09:04:46.000Z" }));
  });
});

const atRest: Json = {
  id: "thr",
  updatedAt: "u",
  latestTurn: { turnId: "turn", state: "completed" },
  session: { status: "ready", lastError: null, updatedAt: "s" },
  hasPendingApprovals: false,
  hasPendingUserInput: false,
  backgroundLiveness: null,
};
const turn = (state: unknown) => ({ latestTurn: { turnId: "turn", state } });
const session = (status: unknown) => ({ session: { status, lastError: null, updatedAt: "s" } });

const folds: [string, Json, string][] = [
  ["a completed turn and a ready session", {}, "done"],
  ["a completed turn and an idle session", session("idle"), "done"],
  ["a completed turn and no session any more", { session: null }, "done"],
  ["a completed turn and a stopped session", session("stopped"), "done"],
  ["an error", { ...turn("error"), ...session("error") }, "failed"],
  ["an interrupted turn", { ...turn("interrupted"), ...session("interrupted") }, "failed"],
  ["no turn yet", { latestTurn: null }, "never_started"],
  ["no turn, and a session that stopped", { latestTurn: null, ...session("stopped") }, "never_started"],
  ["no turn yet, and a session that starts", { latestTurn: null, ...session("starting") }, "never_started"],
  ["a running turn", { ...turn("running"), ...session("running") }, "working"],
  ["a completed turn while the session starts again", session("starting"), "working"],
  ["a completed turn while the session still runs", session("running"), "working"],
  ["a running turn whose session is gone", { ...turn("running"), ...session("stopped") }, "working"],
  ["work in the background", { backgroundLiveness: "working" }, "working"],
  ["watching in the background", { backgroundLiveness: "monitoring" }, "working"],
  ["a background word of the future", { backgroundLiveness: "dreaming" }, "working"],
  ["a question", { ...turn("running"), ...session("running"), hasPendingUserInput: true }, "asking"],
  ["an approval", { ...turn("running"), ...session("running"), hasPendingApprovals: true }, "asking"],
  ["a question left over a finished turn", { hasPendingUserInput: true }, "asking"],
  ["a dead agent's question", { ...turn("error"), ...session("error"), hasPendingUserInput: true }, "failed"],
  [
    "a failed turn's question, its session up",
    { ...turn("error"), ...session("running"), hasPendingUserInput: true },
    "asking",
  ],
  ["a turn word of the future", turn("rolled_back"), "unknown"],
  ["a turn word that is an object's own", turn("constructor"), "unknown"],
  ["a session word of the future", session("hibernating"), "unknown"],
  ["a turn without its id", { latestTurn: { state: "completed" } }, "unknown"],
  ["a turn that is a word", { latestTurn: "completed" }, "unknown"],
  ["a session that is a word", { session: "ready" }, "unknown"],
  ["no turn field", { latestTurn: undefined }, "unknown"],
  ["no session field", { session: undefined }, "unknown"],
  [
    "pending flags gone, and no activities",
    { hasPendingApprovals: undefined, hasPendingUserInput: undefined },
    "unknown",
  ],
  ["one pending flag gone", { hasPendingUserInput: undefined }, "unknown"],
  ["a pending flag that is a word", { hasPendingUserInput: "false" }, "unknown"],
  ["a background that is a number", { backgroundLiveness: 0 }, "unknown"],
  ["no background field: that T3 has none", { backgroundLiveness: undefined }, "done"],
];

describe("a thread folds", () => {
  it.each(folds)("%s", async (_name, change, state) => {
    expect(await stateOfRow({ ...atRest, ...change })).toBe(state);
  });

  it("its pending requests from the activities, where the flags are absent", async () => {
    const flags = { hasPendingApprovals: undefined, hasPendingUserInput: undefined };
    const asked = { kind: "user-input.requested", payload: { requestId: "r", questions: [] } };
    const closing = (kind: string, detail?: string) => ({ kind, payload: { requestId: "r", detail } });
    const stateWith = (...activities: unknown[]) => stateOfRow({ ...atRest, ...flags, activities });
    expect(await stateWith()).toBe("done");
    expect(await stateWith(asked)).toBe("asking");
    expect(await stateWith(asked, closing("user-input.resolved"))).toBe("done");
    expect(await stateWith(closing("user-input.resolved"), asked)).toBe("done");
    expect(await stateWith(asked, { kind: "user-input.resolved", payload: { requestId: "other" } })).toBe("asking");
    expect(
      await stateWith(asked, closing("provider.user-input.respond.failed", "Unknown pending user-input request")),
    ).toBe("done");
    expect(await stateWith(asked, closing("provider.user-input.respond.failed", "network"))).toBe("asking");
    expect(await stateWith({ kind: "user-input.requested", payload: {} })).toBe("unknown");
    expect(await stateWith("garbage")).toBe("unknown");
  });

  it("background work from the shell, which the thread's own read does not tell", async () => {
    const thread = capture("thread-edit").thread as Json;
    const view = await client(servingThread(thread, { backgroundLiveness: "working" })).thread("thr-edit");
    expect(view).toMatchObject({ value: { state: "working" } });
    const unlisted = await client(servingThread(thread, { id: "another" })).thread("thr-edit");
    expect(unlisted).toMatchObject({ value: { state: "unknown" } });
  });

  it("one at a time: a garbled thread does not hide the others", async () => {
    const threads = ["garbage", null, { id: 7 }, { id: "bare" }, atRest];
    const snapshot = await client(async (url) =>
      Response.json(url.endsWith("/environment") ? ENVIRONMENT : { projects: [], threads }),
    ).snapshot();
    expect(snapshot).toMatchObject({
      value: {
        threads: [
          { id: "bare", state: "unknown" },
          { id: "thr", state: "done" },
        ],
      },
    });
  });
});

describe("no garbled thread is ever at rest", () => {
  const rows = [
    ...(capture("shell").threads as Json[]),
    ...detailCaptures.map(([name]) => capture(name).thread as Json),
    atRest,
  ];
  const anything = fc.oneof(
    fc.constantFrom(null, undefined, true, false, 0, "", [], {}, "running", "starting", "ready", "completed", "error"),
    fc.constantFrom({ turnId: "t", state: "completed" }, { status: "ready" }, { turnId: "t", state: "paused" }),
    fc.jsonValue(),
  );
  const paths = [
    ["latestTurn"],
    ["latestTurn", "state"],
    ["latestTurn", "turnId"],
    ["session"],
    ["session", "status"],
    ["session", "lastError"],
    ["hasPendingApprovals"],
    ["hasPendingUserInput"],
    ["backgroundLiveness"],
    ["activities"],
    ["activities", "0"],
    ["activities", "0", "kind"],
    ["activities", "3", "payload"],
  ];

  it("unless its fields say so", async () => {
    const mutation = fc.record({ path: fc.constantFrom(...paths), value: anything });
    let atRestSeen = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...rows), fc.array(mutation, { maxLength: 4 }), async (row, mutations) => {
        const garbled = JSON.parse(JSON.stringify(mutations.reduce(put, structuredClone(row))));
        const state = await stateOfRow(garbled);
        if (state !== "done" && state !== "failed") return;
        atRestSeen += 1;
        expect(saysRest(garbled)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(atRestSeen).toBeGreaterThan(100);
  });

  /** The contract's own words, read straight from the JSON. */
  function saysRest(row: Json): boolean {
    const { latestTurn, session: agent, backgroundLiveness = null } = row;
    const activities: ({ kind?: unknown; payload?: { requestId?: string } } | null)[] = Array.isArray(row.activities)
      ? row.activities
      : [];
    const flags = [row.hasPendingApprovals, row.hasPendingUserInput];
    const told = flags.every((flag) => flag === undefined)
      ? Array.isArray(row.activities)
      : flags.every((flag) => flag === false);
    const open = activities.filter((one) => /^(user-input|approval)\.requested$/.test(String(one?.kind)));
    const closed = activities
      .filter((one) => /\.resolved$/.test(String(one?.kind)))
      .map((one) => one?.payload?.requestId);
    const pending = flags[0] === undefined && open.some((one) => !closed.includes(one?.payload?.requestId));
    const turnWord = (latestTurn as Json | null)?.state;
    const agentWord = agent === null ? "none" : (agent as Json | undefined)?.status;
    // What a dead agent asked stays shown, and nobody waits for an answer.
    const dead = turnWord === "error" || turnWord === "interrupted";
    return (
      (told || (dead && flags.includes(true))) &&
      (!pending || dead) &&
      backgroundLiveness === null &&
      ["completed", "interrupted", "error"].includes(String(turnWord)) &&
      ["none", "idle", "ready", "interrupted", "stopped", "error"].includes(String(agentWord))
    );
  }

  function put(row: Json, { path, value }: { path: string[]; value: unknown }): Json {
    let at: unknown = row;
    for (const key of path.slice(0, -1)) at = typeof at === "object" && at !== null ? (at as Json)[key] : null;
    if (typeof at === "object" && at !== null) (at as Json)[path.at(-1) ?? ""] = structuredClone(value);
    return row;
  }
});

describe("a version", () => {
  it.each([
    ["0.0.28", true],
    ["0.0.27", true],
    ["v0.0.1", true],
    ["0.0.29", false],
    ["0.0.29-nightly.20260101", false],
    ["0.0.38", false],
    ["0.1.0", false],
    ["1.0.0", false],
    ["dev", false],
    ["", false],
  ])("%s is too old: %s", (version, old) => {
    const t3 = client(async () => Response.json(ENVIRONMENT));
    expect(t3.isTooOld(version)).toBe(old);
  });
});

const page = (status: number, headers: Record<string, string> = {}) =>
  new Response("<html>a proxy's page</html>", { status, headers: { "content-type": "text/html", ...headers } });
const said = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const failing = (error: Error) => (): Response => {
  throw error;
};

/** Each kind of answer: what a read makes of it, and what an act makes of it. */
const answers: [string, () => Response, { auth: boolean }, object][] = [
  [
    "401",
    () => said(401, { code: "auth_invalid", reason: "invalid_credential" }),
    { auth: true },
    { type: "retry", auth: true, why: "T3 answered 401 auth_invalid (invalid_credential)" },
  ],
  [
    "403",
    () => said(403, { code: "insufficient_scope", requiredScope: "orchestration:operate" }),
    { auth: true },
    { type: "retry", auth: true, why: "T3 answered 403 insufficient_scope, the token lacks orchestration:operate" },
  ],
  ["403 of an access proxy", () => page(403), { auth: true }, { type: "retry", auth: true, why: "T3 answered 403" }],
  [
    "400 with an empty body",
    () => new Response("", { status: 400 }),
    { auth: false },
    { type: "refused", why: "T3 did not accept the command (its schema)" },
  ],
  [
    "400 with a reason",
    () => said(400, { code: "invalid_request", reason: "invalid_command" }),
    { auth: false },
    { type: "refused", why: "T3 answered 400 invalid_request (invalid_command)" },
  ],
  ["400 of a proxy", () => page(400), { auth: false }, { type: "retry", auth: false }],
  ["413", () => page(413), { auth: false }, { type: "refused" }],
  ["408", () => page(408), { auth: false }, { type: "retry", auth: false }],
  [
    "429",
    () => said(429, { code: "slow_down" }, { "retry-after": "7" }),
    { auth: false },
    { type: "retry", auth: false, afterMs: 7000 },
  ],
  ["502", () => page(502), { auth: false }, { type: "retry", auth: false }],
  [
    "503 with a date to return",
    () => page(503, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }),
    { auth: false },
    { type: "retry", afterMs: null },
  ],
  ["500 of a proxy", () => page(500), { auth: false }, { type: "retry", auth: false }],
  ["500 of another's JSON", () => said(500, { error: "upstream" }), { auth: false }, { type: "retry", auth: false }],
  ["404 of a proxy", () => page(404), { auth: false }, { type: "retry", auth: false }],
  [
    "a redirect",
    () => page(302, { location: "https://login.test/" }),
    { auth: false },
    { type: "retry", why: "T3's address redirected the call elsewhere; not followed" },
  ],
  ["200 with a page", () => page(200), { auth: false }, { type: "retry", auth: false }],
  ["200 with half a JSON", () => new Response('{"thread": {"id"'), { auth: false }, { type: "retry", auth: false }],
  ["200 with another JSON", () => said(200, { hello: "world" }), { auth: false }, { type: "retry", auth: false }],
  ["200 with null", () => said(200, null), { auth: false }, { type: "retry", auth: false }],
  [
    "no network",
    failing(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") })),
    { auth: false },
    { type: "retry", auth: false, why: "T3 gave no answer: fetch failed: connect ECONNREFUSED" },
  ],
];

describe("an answer", () => {
  it.each(answers)("%s: a read is unread, an act ends as written", async (_name, answer, reading, act) => {
    const t3 = client(async () => answer());
    for (const read of [t3.environment(), t3.snapshot(), t3.thread("thr"), t3.request("thr")])
      expect(await read).toMatchObject({ known: false, ...reading });
    // These two read whether an earlier try was taken; here it was not.
    const sending = client(async (url) => {
      if (url.endsWith("/dispatch")) return answer();
      if (url.endsWith("/shell")) return Response.json({ projects: [], threads: [] });
      return Response.json({ thread: { id: "thr", messages: [], activities: [] } });
    });
    expect(await sending.startTurn({ threadId: "thr", key: "k", text: "do" })).toMatchObject(act);
    expect(await sending.createThread({ threadId: "new", projectId: "p", title: "t" })).toMatchObject(act);
    expect(await t3.interrupt("thr", "turn", "k")).toMatchObject(act);
    expect(await t3.deleteThread("thr")).toMatchObject(act);
    expect(await t3.ensureProject({ projectId: "p", title: "t", workspace: "/w" })).toMatchObject({
      type: "retry",
      auth: reading.auth,
    });
  });

  it("that never comes ends by its deadline", async () => {
    const heeding: Fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    const deaf: Fetch = () => new Promise(() => {});
    const halfway: Fetch = async () => new Response(new ReadableStream());
    const why = "T3 gave no answer: none within 200 ms";
    for (const t3 of [heeding, deaf, halfway].map((fetch) => client(fetch))) {
      expect(await t3.thread("thr")).toEqual({ known: false, auth: false, why });
      expect(await t3.startTurn({ threadId: "thr", key: "k", text: "do" })).toMatchObject({ type: "retry", why });
    }
  });

  it("404 in T3's words is gone; the same from a proxy is not", async () => {
    const notFound = [
      { code: "not_found", reason: "thread_not_found" },
      { code: "thread_not_found" },
      { code: "not_found" },
    ];
    for (const body of notFound)
      expect(await client(async () => said(404, body)).thread("thr")).toEqual({ known: true, value: null });
    for (const body of [{ code: "no_such_tunnel" }, { error: "not found" }, "not_found"])
      expect(await client(async () => said(404, body)).thread("thr")).toMatchObject({ known: false });
  });

  it("404 in T3's words to a command is settled by a read, as its own 500 is", async () => {
    const t3 = client(async () => said(404, { code: "not_found" }));
    expect(await t3.deleteThread("thr")).toEqual({ type: "done", value: null });
    expect(await t3.startTurn({ threadId: "thr", key: "k", text: "x" })).toMatchObject({ type: "refused" });
  });

  it("about another thread is not an answer", async () => {
    const thread = capture("thread-edit").thread as Json;
    expect(await client(servingThread(thread)).thread("another")).toMatchObject({ known: false });
  });

  it("to a token that cannot be sent is none, and nothing is thrown", async () => {
    const settings = {
      url: "http://t3.test",
      headers: { "bad header": "x" },
      model: null,
      callMs: 200,
      now: () => NOW,
    };
    const t3 = createT3Client({ ...settings, token: "two\nlines", fetch: async () => Response.json({}) });
    expect(await t3.snapshot()).toMatchObject({ known: false });
    expect(await t3.deleteThread("thr")).toMatchObject({ type: "retry" });
  });

  it("never carries a secret into a reason", async () => {
    const leaks = [
      failing(new TypeError(`Headers.append: "Bearer ${TOKEN}" is an invalid header value`)),
      failing(new TypeError("fetch failed", { cause: new Error(`bad header ${PROXY_SECRET}`) })),
      () => said(400, { code: "echo", reason: `${TOKEN} ${PROXY_SECRET}` }),
      () => said(403, { code: "echo", requiredScope: TOKEN }),
    ];
    for (const leak of leaks) {
      const t3 = client(async () => leak());
      for (const result of [await t3.thread("t"), await t3.startTurn({ threadId: "t", key: "k", text: "x" })])
        expect(JSON.stringify(result)).not.toMatch(new RegExp(`${TOKEN}|${PROXY_SECRET}`));
    }
  });
});

describe("a call", () => {
  it("carries the token and the proxy's headers, has a deadline and follows no redirect", async () => {
    const seen: { url: string; init: RequestInit }[] = [];
    const t3 = client(async (url, init) => {
      seen.push({ url, init });
      return said(200, { sequence: 1 });
    });
    await t3.interrupt("thr/1", "turn", "k");
    await t3.thread("thr/1 ?");
    const [dispatch, read] = seen;
    expect(dispatch?.url).toBe("http://t3.test/api/orchestration/dispatch");
    expect(read?.url).toBe("http://t3.test/api/orchestration/threads/thr%2F1%20%3F?turnLimit=1");
    for (const { init } of seen) {
      const headers = new Headers(init.headers);
      expect(headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
      expect(headers.get("cf-access-client-secret")).toBe(PROXY_SECRET);
      expect(init.redirect).toBe("manual");
      expect(init.signal).toBeInstanceOf(AbortSignal);
    }
  });
});
