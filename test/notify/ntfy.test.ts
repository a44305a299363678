/** The ntfy bell against every kind of answer. */
import { describe, expect, it } from "vitest";
import type { Notice } from "../../lib/notify/notifier.ts";
import { clipBytes, createNtfyNotifier } from "../../lib/notify/ntfy.ts";
import { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";

const TOKEN = "tk_very_secret";
const TOPIC = "afk-secret-topic";

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

async function ring(server: FakeNtfy, key: string, token: string | null = TOKEN) {
  const fetch: Fetch = (url, init) => server.handle(new Request(url, init));
  return ntfyFor(fetch, { token }).ring(notice, "needs_human", null, key);
}

function ntfyFor(fetch: Fetch, settings: { url?: string; token?: string | null; callMs?: number } = {}) {
  return createNtfyNotifier({ url: `https://ntfy.test/${TOPIC}`, token: TOKEN, callMs: 100, fetch, ...settings });
}

const notice: Notice = {
  title: "acme/shop #7 needs you",
  lines: ["CI is red after 5 attempts.", "Grüße 😀"],
  links: [
    { label: "no", url: "javascript:alert(1)" },
    { label: "issue", url: "https://github.com/acme/shop/issues/7" },
    { label: "thread", url: "https://t3.test/env/thr" },
  ],
};

async function published(urgency: "done" | "needs_human", told: Notice = notice, settings = {}) {
  const calls: { url: string; init: RequestInit }[] = [];
  const fetch: Fetch = async (url, init) => {
    calls.push({ url, init });
    return Response.json({ id: "abc", event: "message" });
  };
  const result = await ntfyFor(fetch, settings).ring(told, urgency, null, "run-1:bell");
  const [call] = calls;
  return { result, url: call?.url, init: call?.init, body: JSON.parse(String(call?.init.body)) };
}

describe("the bell", () => {
  it("goes to the server's root as JSON, with topic, title, message and the first link a phone can open", async () => {
    const { result, url, body } = await published("needs_human");
    expect(result).toEqual({ type: "done", value: null });
    expect(url).toBe("https://ntfy.test/");
    expect(body).toEqual({
      topic: TOPIC,
      title: "acme/shop #7 needs you",
      message: "CI is red after 5 attempts.\nGrüße 😀",
      priority: 5,
      tags: ["rotating_light"],
      click: "https://github.com/acme/shop/issues/7",
    });
  });

  it("of something done is quieter", async () => {
    expect((await published("done")).body).toMatchObject({ priority: 3, tags: ["white_check_mark"] });
  });

  it("reaches a server below a path, and a topic without a token", async () => {
    const { url, init, body } = await published("done", notice, { url: "https://host.test/ntfy/topic/", token: null });
    expect(url).toBe("https://host.test/ntfy/");
    expect(body.topic).toBe("topic");
    expect(new Headers(init?.headers).has("authorization")).toBe(false);
  });

  it("carries its token, a deadline, the same sequence id at each try, and follows no redirect", async () => {
    const { init } = await published("done");
    const headers = new Headers(init?.headers);
    expect(headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
    expect(headers.get("x-sequence-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(new Headers((await published("done")).init?.headers).get("x-sequence-id")).toBe(
      headers.get("x-sequence-id"),
    );
    expect(init?.signal).toBeInstanceOf(AbortSignal);
    expect(init?.redirect).toBe("manual");
  });

  it("of any length fits ntfy's limits in bytes", async () => {
    const long: Notice = { title: "é".repeat(2000), lines: ["😀".repeat(3000)], links: [] };
    const { body } = await published("done", long);
    expect(new TextEncoder().encode(body.message).length).toBeLessThanOrEqual(4096);
    expect(new TextEncoder().encode(body.message).length).toBeGreaterThan(4085);
    expect(new TextEncoder().encode(body.title).length).toBeLessThanOrEqual(1000);
    expect(body.message).toMatch(/^(😀)+ …$/u);
    expect(clipBytes("abc", 3)).toBe("abc");
    const quoted: Notice = { title: '"'.repeat(2000), lines: ["\\\u0001".repeat(3000)], links: [] };
    expect(String((await published("done", quoted)).init?.body).length).toBeLessThanOrEqual(8192);
  });

  it("without lines says its title", async () => {
    expect((await published("done", { ...notice, lines: [] })).body.message).toBe(notice.title);
  });
});

it("shows nothing: ntfy has no board", async () => {
  const ntfy = ntfyFor(async () => {
    throw new Error("no call expected");
  });
  expect(await ntfy.show(null, notice, "k")).toEqual({ type: "done", value: null });
  expect(await ntfy.show("id", notice, "k")).toEqual({ type: "done", value: null });
});

it("without a topic is refused", async () => {
  const ntfy = ntfyFor(async () => Response.json({ id: "x" }), { url: "https://ntfy.test" });
  expect(await ntfy.ring(notice, "done", null, "k")).toEqual({ type: "refused", why: "NTFY_URL names no topic" });
});

const complaint = (status: number, headers: Record<string, string> = {}) =>
  Response.json({ code: status * 100 + 1, http: status, error: "words of ntfy" }, { status, headers });

const answers: [string, () => Response, object][] = [
  ["401", () => complaint(401), { type: "retry", auth: true, why: "ntfy answered 401 (words of ntfy)" }],
  ["403", () => complaint(403), { type: "retry", auth: true }],
  ["429", () => complaint(429, { "retry-after": "9" }), { type: "retry", auth: false, afterMs: 9000 }],
  ["408", () => complaint(408), { type: "retry", auth: false }],
  ["500", () => complaint(500), { type: "retry", auth: false }],
  ["502 with a page", () => new Response("<html>", { status: 502 }), { type: "retry", auth: false }],
  ["400", () => complaint(400), { type: "refused", why: "ntfy answered 400 (words of ntfy)" }],
  ["404", () => complaint(404), { type: "refused" }],
  ["413", () => complaint(413), { type: "refused" }],
  ["a redirect", () => new Response(null, { status: 301, headers: { location: "https://x.test" } }), { type: "retry" }],
  ["200 with a page", () => new Response("<html>"), { type: "retry", auth: false }],
  ["200 with another JSON", () => Response.json({ hello: "world" }), { type: "retry", auth: false }],
];

describe("an answer", () => {
  it.each(answers)("%s", async (_name, answer, result) => {
    expect(await ntfyFor(async () => answer()).ring(notice, "done", null, "k")).toMatchObject(result);
  });

  it("that never comes ends by its deadline", async () => {
    const never: Fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    expect(await ntfyFor(never).ring(notice, "done", null, "k")).toMatchObject({ type: "retry", auth: false });
  });

  it("carries neither topic nor token into a reason", async () => {
    const ntfy = ntfyFor(async () => {
      throw new TypeError(`connect to https://ntfy.test/${TOPIC} with ${TOKEN} failed`);
    });
    const result = await ntfy.ring(notice, "done", null, "k");
    expect(result).toMatchObject({ type: "retry" });
    expect(JSON.stringify(result)).not.toMatch(new RegExp(`${TOPIC}|${TOKEN}`));
  });
});

describe("on a server that remembers", () => {
  it("a bell rung again under its key after a lost answer is one notification", async () => {
    const server = new FakeNtfy({ now: () => 1_700_000_000_000, token: TOKEN });
    server.faults.push({ match: () => true, respond: "effect-then-reset", times: 1 });
    expect(await ring(server, "bell-1")).toMatchObject({ type: "retry", auth: false });
    expect(await ring(server, "bell-1")).toEqual({ type: "done", value: null });
    expect(await ring(server, "bell-2")).toEqual({ type: "done", value: null });
    expect(
      server.messages.map(({ topic, priority, attachment, updates }) => [topic, priority, attachment, updates]),
    ).toEqual([
      [TOPIC, 5, false, 1],
      [TOPIC, 5, false, 0],
    ]);
  });

  it("a token it does not know, or none, is a token to mend", async () => {
    const server = new FakeNtfy({ now: () => 0, token: "another" });
    expect(await ring(server, "k")).toMatchObject({ type: "retry", auth: true });
    expect(await ring(server, "k", null)).toMatchObject({ type: "retry", auth: true });
  });
});
