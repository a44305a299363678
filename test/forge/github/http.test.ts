import { describe, expect, test } from "vitest";
import type { Quota } from "../../../lib/core/quota.ts";
import { createGithubFetch } from "../../../lib/forge/github/http.ts";
import type { Call, HttpSettings } from "../../../lib/forge/http.ts";
import { API, MemoryCache, REPO, stage, TOKEN } from "./stage.ts";

const URL_ONE = `${API}/one`;

/** The fetch under test, before answers given in this order; the last again and again. */
function fetching(answers: (Response | Error)[], settings: Partial<HttpSettings> = {}) {
  const asked: Request[] = [];
  const fetch = createGithubFetch({
    callMs: 1000,
    async fetch(url, init) {
      asked.push(new Request(url, init));
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error || !answer) throw answer;
      return answer.clone();
    },
    ...settings,
  });
  return { asked, fetch };
}

const tagged = (body: unknown, etag = 'W/"1"', headers: Record<string, string> = {}) =>
  Response.json(body, { headers: { etag, ...headers } });
const notModified = (headers: Record<string, string> = {}) => new Response(null, { status: 304, headers });

describe("a read with an ETag", () => {
  test("is asked again with it, and a 304 is the stored answer, at the new answer's time", async () => {
    const cache = new MemoryCache();
    const link = '<https://api.github.test/one?page=2>; rel="next"';
    const answers = [
      tagged({ n: 1 }, 'W/"1"', { link, date: "Sun, 01 Nov 2026 09:00:00 GMT" }),
      notModified({ date: "Sun, 01 Nov 2026 10:00:00 GMT" }),
    ];
    const { fetch, asked } = fetching(answers, { cache });
    await fetch(URL_ONE, { method: "GET" });
    const second = await fetch(URL_ONE, { method: "GET" });
    expect(asked.map((request) => request.headers.get("if-none-match"))).toEqual([null, 'W/"1"']);
    expect([second.status, await second.json()]).toEqual([200, { n: 1 }]);
    expect([second.headers.get("link"), second.headers.get("date")]).toEqual([link, "Sun, 01 Nov 2026 10:00:00 GMT"]);
  });

  test("that changed is the new answer, and is kept in the old one's place", async () => {
    const cache = new MemoryCache();
    const { fetch } = fetching([tagged({ n: 1 }), tagged({ n: 2 }, 'W/"2"')], { cache });
    await fetch(URL_ONE, { method: "GET" });
    expect(await (await fetch(URL_ONE, { method: "GET" })).json()).toEqual({ n: 2 });
    expect([...cache.entries]).toEqual([[`GET ${URL_ONE}`, { etag: 'W/"2"', link: null, body: '{"n":2}' }]]);
  });

  test("is kept by its whole address", async () => {
    const cache = new MemoryCache();
    const { fetch } = fetching([tagged({})], { cache });
    for (const url of [URL_ONE, `${URL_ONE}?page=2`]) await fetch(url, { method: "GET" });
    expect([...cache.entries.keys()]).toEqual([`GET ${URL_ONE}`, `GET ${URL_ONE}?page=2`]);
  });

  test("of more than 256 KiB is not kept", async () => {
    const cache = new MemoryCache();
    const fits = "é".repeat(128 * 1024 - 1);
    const { fetch } = fetching([tagged(fits), tagged(`${fits}é`)], { cache });
    await fetch(`${API}/fits`, { method: "GET" });
    await fetch(`${API}/does-not`, { method: "GET" });
    expect([...cache.entries.keys()]).toEqual([`GET ${API}/fits`]);
  });

  test.each([
    ["a refusal", Response.json({ message: "no" }, { status: 404, headers: { etag: '"1"' } }), "GET"],
    ["an answer without an ETag", Response.json({}), "GET"],
    ["an answer to a write", tagged({}), "POST"],
    ["a page that is no JSON", new Response("<html>", { headers: { etag: '"1"' } }), "GET"],
  ])("not %s", async (_name, answer, method) => {
    const cache = new MemoryCache();
    await fetching([answer], { cache }).fetch(URL_ONE, { method });
    expect(cache.entries.size).toBe(0);
  });

  test("costs the forge's quota nothing while nothing changes", async () => {
    const { tracker, scene, quotas, heard } = stage({ cache: new MemoryCache() });
    const number = scene.issue();
    const first = await tracker.issue(number);
    scene.later(30);
    const second = await tracker.issue(number);
    expect(heard()).toEqual([`GET 200 /issues/${number}`, `GET 304 /issues/${number}`]);
    expect(quotas.map(({ remaining }) => remaining)).toEqual([4999, 4998]);
    const issueOf = (reading: typeof first) =>
      reading.known && reading.value.type === "present" ? reading.value.issue : null;
    expect(issueOf(second)).toEqual(issueOf(first));
    expect(second).toMatchObject({ value: { forgeIso: "2026-11-01T09:00:30Z" } });
    scene.github.people.label({ repo: REPO, number, label: "bug", by: "ada" });
    expect(issueOf(await tracker.issue(number))?.labels).toEqual(["bug"]);
    expect(heard()).toEqual([`GET 200 /issues/${number}`]);
  });
});

describe("a list that is kept", () => {
  test("is read on where its last page was full, whatever came to follow it", async () => {
    const { tracker, scene, heard } = stage({ cache: new MemoryCache() });
    const number = scene.issue();
    const count = async () => {
      const reading = await tracker.comments(number);
      return reading.known ? reading.value.length : reading.why;
    };
    const comment = () => scene.github.people.comment({ repo: REPO, number, by: "ada", body: "Hm" });
    for (let n = 0; n < 99; n++) comment();
    expect([await count(), await count()]).toEqual([99, 99]);
    comment();
    expect([await count(), await count()]).toEqual([100, 100]);
    comment();
    heard();
    expect([await count(), await count()]).toEqual([101, 101]);
    const path = `/issues/${number}/comments`;
    // Full and followed by another it is a 304 again.
    expect(heard()).toEqual([`GET 200 ${path}`, `GET 200 ${path}`, `GET 304 ${path}`, `GET 304 ${path}`]);
  });

  const LINK = '<https://api.github.test/one?page=2>; rel="next"';
  test.each([
    ["a full last page", "?per_page=2", [1, 2], undefined, null],
    ["a page that is not full", "?per_page=2", [1], undefined, 'W/"1"'],
    ["a full page that another follows", "?per_page=2", [1, 2], LINK, 'W/"1"'],
    ["a list that tells its total", "?per_page=2", { total_count: 2, jobs: [1, 2] }, undefined, 'W/"1"'],
    ["what is no page of a list", "", [1, 2], undefined, 'W/"1"'],
  ])("%s", async (_name, query, body, link, asked) => {
    const cache = new MemoryCache();
    const answer = tagged(body, 'W/"1"', link ? { link } : {});
    const { fetch, asked: requests } = fetching([answer, notModified()], { cache });
    for (let n = 0; n < 2; n++) await fetch(`${URL_ONE}${query}`, { method: "GET" });
    expect(requests.at(-1)?.headers.get("if-none-match")).toBe(asked);
  });
});

describe("a redirect", () => {
  const moved = (location: string, status = 301) =>
    Response.json({ message: "Moved Permanently" }, { status, headers: { location } });

  test.each([301, 302, 307, 308])("%i of a read is followed on the same origin, with its headers", async (status) => {
    const { fetch, asked } = fetching([moved("/repositories/1/one", status), Response.json({ n: 1 })]);
    const response = await fetch(URL_ONE, { method: "GET", headers: { authorization: "token t" } });
    expect(await response.json()).toEqual({ n: 1 });
    expect(asked.map((request) => request.redirect)).toEqual(["manual", "manual"]);
    expect(asked.map((request) => [request.url, request.headers.get("authorization")])).toEqual([
      [URL_ONE, "token t"],
      [`${API}/repositories/1/one`, "token t"],
    ]);
  });

  test.each([
    ["to another host", "https://elsewhere.example/one"],
    ["to the same host by another scheme", "http://api.github.test/one"],
    ["to nowhere", "http://["],
  ])("%s is handed back, so that no token travels", async (_name, location) => {
    const { fetch, asked } = fetching([moved(location)]);
    expect((await fetch(URL_ONE, { method: "GET" })).status).toBe(301);
    expect(asked).toHaveLength(1);
  });

  test("of a write is handed back", async () => {
    const { fetch, asked } = fetching([moved("/elsewhere", 307)]);
    expect((await fetch(URL_ONE, { method: "POST", body: "{}" })).status).toBe(307);
    expect(asked).toHaveLength(1);
  });

  test("that leads on and on is handed back after three", async () => {
    const { fetch, asked } = fetching([moved("/round")]);
    expect((await fetch(URL_ONE, { method: "GET" })).status).toBe(301);
    expect(asked).toHaveLength(4);
  });
});

test("a call that gets no answer ends at its deadline", async () => {
  const fetch = createGithubFetch({
    callMs: 20,
    fetch: (_url, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  });
  await expect(fetch(URL_ONE, { method: "GET" })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("a body that breaks off is a failed call, not an empty answer", async () => {
  const { tracker, faults } = stage();
  const broken = () =>
    new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("connection reset")) }), {
      headers: { "content-type": "application/json" },
    });
  faults.add(() => true, broken);
  const why = "no answer: connection reset";
  expect(await tracker.repo()).toEqual({ known: false, why, auth: false, everywhere: true });
});

describe("the witness", () => {
  test("is told every call, with or without an answer", async () => {
    const calls: Call[] = [];
    const clock = [0, 5, 10, 40];
    const settings = { onCall: (call: Call) => calls.push(call), now: () => clock.shift() ?? 0 };
    const { fetch } = fetching([new Response("", { status: 500 }), new TypeError("fetch failed")], settings);
    await fetch(`${API}/one?secret=1`, { method: "GET" });
    await expect(fetch(URL_ONE, { method: "POST" })).rejects.toThrow("fetch failed");
    expect(calls).toEqual([
      { method: "GET", path: "/one", status: 500, ms: 5 },
      { method: "POST", path: "/one", status: null, ms: 30 },
    ]);
  });

  test("is told no quota by a 401: it is that of whoever is nobody", async () => {
    const { tracker, scene, quotas } = stage();
    scene.github.revokeToken(TOKEN);
    expect(await tracker.repo()).toMatchObject({ known: false, auth: true });
    expect(quotas).toEqual([]);
    scene.github.addToken(TOKEN, "afk-loop");
    await tracker.repo();
    expect(quotas).toMatchObject([{ limit: 5000 }]);
  });

  test.each([
    [
      { "x-ratelimit-remaining": "41", "x-ratelimit-reset": "1793523600" },
      [{ remaining: 41, resetAt: 1_793_523_600_000 }],
    ],
    [
      { "x-ratelimit-remaining": "41", "x-ratelimit-limit": "5000", "x-ratelimit-reset": "1793523600" },
      [{ remaining: 41, limit: 5000, resetAt: 1_793_523_600_000 }],
    ],
    [
      { "x-ratelimit-remaining": "41", "x-ratelimit-limit": "all", "x-ratelimit-reset": "1793523600" },
      [{ remaining: 41, resetAt: 1_793_523_600_000 }],
    ],
    [
      // Ten minutes on GitHub's clock, which is far ahead of ours.
      {
        "x-ratelimit-remaining": "41",
        "x-ratelimit-reset": "1793523600",
        date: "Sun, 01 Nov 2026 08:50:00 GMT",
      },
      [{ remaining: 41, resetAt: 605_000 }],
    ],
    [{ "x-ratelimit-remaining": "41", "x-ratelimit-reset": "1793523600", "x-ratelimit-resource": "graphql" }, []],
    [{ "x-ratelimit-remaining": "many", "x-ratelimit-reset": "1793523600" }, []],
    [{ "x-ratelimit-remaining": "41" }, []],
    [{}, []],
  ])("is told the quota of %j", async (headers, told) => {
    const quotas: Quota[] = [];
    const onQuota = (quota: Quota) => quotas.push(quota);
    const { fetch } = fetching([Response.json({}, { headers })], { onQuota, now: () => 5000 });
    await fetch(URL_ONE, { method: "GET" });
    expect(quotas).toEqual(told);
  });
});
