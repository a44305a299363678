import { expect, test } from "vitest";
import type { SeenRequest } from "../forge/faults.ts";
import { REPO, Scene, TOKEN } from "./scene.ts";

const isPost = (request: SeenRequest): boolean => request.method === "POST";

test.each([
  ["no token", { authorization: "" }, 401, "Bad credentials"],
  ["a wrong token", { authorization: "Bearer nope" }, 401, "Bad credentials"],
  ["a password instead of a token", { authorization: `Basic ${btoa(`x:${TOKEN}`)}` }, 401, "Bad credentials"],
  ["the old form of the header", { authorization: `token ${TOKEN}` }, 200, undefined],
  ["no user agent", { "user-agent": "" }, 403, expect.stringContaining("User-Agent")],
  ["an API version nobody knows", { "x-github-api-version": "2031-01-01" }, 400, expect.stringContaining("2031-01-01")],
  ["the API version of the description", { "x-github-api-version": "2026-03-10" }, 200, undefined],
])("with %s", async (_, headers, status, message) => {
  const told = await new Scene().get("", headers);
  expect(told.status).toBe(status);
  expect((told.body as { message?: string }).message).toEqual(message);
});

test("a token works until it is revoked, and speaks for its own login", async () => {
  const scene = new Scene();
  scene.github.addToken("ada-token", "ada");
  const asAda = { authorization: "Bearer ada-token" };
  expect((await scene.call("GET", "/user", undefined, asAda)).body).toMatchObject({ login: "ada" });
  scene.github.revokeToken("ada-token");
  expect((await scene.call("GET", "/user", undefined, asAda)).status).toBe(401);
});

test("unknown routes, repositories, issues, comments, runs and methods are 404, and a route outside the slice is a violation", async () => {
  const scene = new Scene();
  const unknown = [
    "/issues/99",
    "/issues/99/comments",
    "/issues/99/events",
    "/issues/comments/1",
    "/actions/runs/1",
    "/actions/jobs/1/logs",
    "/deployments/1/statuses",
    "/branches/nope",
    "/issues/one",
  ];
  for (const path of unknown) expect.soft((await scene.get(path)).status, path).toBe(404);
  expect((await scene.call("GET", "/repos/octo/nope")).body).toMatchObject({ message: "Not Found" });
  expect(scene.github.violations).toEqual([]);
  expect((await scene.get("/milestones")).status).toBe(404);
  expect((await scene.call("PUT", `/repos/${REPO}/issues/1/labels`, { labels: [] })).status).toBe(404);
  expect(scene.github.violations).toHaveLength(2);
  expect(() => scene.github.assertContract()).toThrow(/not an operation of the slice/);
});

test("a body that is no JSON is 400", async () => {
  const scene = new Scene();
  scene.issue();
  expect(await scene.post("/issues/1/comments", '{"body":')).toMatchObject({
    status: 400,
    body: { message: "Problems parsing JSON" },
  });
});

test("every answer carries the date, in whole seconds, and the quota", async () => {
  const scene = new Scene();
  const { headers } = await scene.get("");
  expect(headers.get("date")).toBe("Sun, 01 Nov 2026 09:00:00 GMT");
  expect([headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining")]).toEqual(["5000", "4999"]);
  expect(Number(headers.get("x-ratelimit-reset"))).toBe(Date.parse("2026-11-01T10:00:00Z") / 1000);
});

test("a page that another came to follow is 304 like any that has not changed, and tells of none", async () => {
  const scene = new Scene();
  const number = scene.issue();
  const comment = () => scene.github.people.comment({ repo: REPO, number, by: "ada", body: "Hm" });
  const page = (headers?: Record<string, string>) => scene.get(`/issues/${number}/comments?per_page=1`, headers);
  comment();
  const first = await page();
  expect(first.headers.get("link")).toBeNull();
  comment();
  const second = await page({ "if-none-match": first.headers.get("etag") ?? "" });
  expect([second.status, second.headers.get("link")]).toEqual([304, null]);
  expect((await page()).headers.get("link")).toContain('rel="next"');
});

test("what another token was told is told anew: an ETag is one token's", async () => {
  const scene = new Scene();
  scene.github.addToken("ghp_other", "afk-loop");
  const number = scene.issue();
  const etag = (await scene.get(`/issues/${number}`)).headers.get("etag") ?? "";
  const asked = async (token: string) => {
    const headers = { "if-none-match": etag, authorization: `token ${token}` };
    return (await scene.get(`/issues/${number}`, headers)).status;
  };
  expect([await asked(TOKEN), await asked("ghp_other")]).toEqual([304, 200]);
});

test("what the caller holds already is 304, without a body and free of quota; once it changed it is told anew", async () => {
  const scene = new Scene();
  const number = scene.issue();
  const first = await scene.get(`/issues/${number}`);
  const etag = first.headers.get("etag") ?? "";
  const second = await scene.get(`/issues/${number}`, { "if-none-match": etag });
  expect([second.status, second.body]).toEqual([304, ""]);
  expect(scene.github.state.rateLimit.used).toBe(1);
  scene.later(60);
  scene.github.people.comment({ repo: REPO, number, by: "ada", body: "Hm" });
  expect((await scene.get(`/issues/${number}`, { "if-none-match": etag })).status).toBe(200);
  expect(scene.github.violations).toEqual([]);
});

test("a used-up quota refuses until the hour is over, and asking for the quota is free", async () => {
  const scene = new Scene();
  await scene.get("");
  scene.github.state.rateLimit.used = scene.github.state.rateLimit.limit;
  const told = await scene.get("");
  expect(told).toMatchObject({ status: 403, body: { message: expect.stringContaining("API rate limit exceeded") } });
  expect(told.headers.get("x-ratelimit-remaining")).toBe("0");
  const graphql = await scene.call("POST", "/graphql", { query: "{viewer{login}}" });
  expect(graphql).toMatchObject({ status: 200, body: { errors: [{ type: "RATE_LIMITED" }] } });
  expect((await scene.call("GET", "/rate_limit")).body).toMatchObject({ rate: { remaining: 0 } });
  scene.later(3600);
  expect((await scene.get("")).status).toBe(200);
});

test("lists are paged by 30 unless asked, never more than 100, with links to the neighbours", async () => {
  const scene = new Scene();
  for (let count = 0; count < 205; count += 1) scene.issue(`Issue ${count}`);
  const sizes = async (query: string): Promise<number> =>
    ((await scene.get(`/issues${query}`)).body as unknown[]).length;
  expect(await sizes("")).toBe(30);
  expect(await sizes("?per_page=100")).toBe(100);
  expect(await sizes("?per_page=500&page=3")).toBe(5);
  expect(await sizes("?per_page=100&page=4")).toBe(0);
  const first = (await scene.get("/issues?per_page=100")).headers.get("link") ?? "";
  expect(first.split(", ").map((link) => link.split("; ")[1])).toEqual(['rel="next"', 'rel="last"']);
  expect(first).toContain(`<https://api.github.test/repos/${REPO}/issues?per_page=100&page=2>; rel="next"`);
  const last = (await scene.get("/issues?per_page=100&page=3")).headers.get("link") ?? "";
  expect(last).toContain('page=2>; rel="prev"');
  expect(last).not.toContain("next");
  expect((await scene.get("/branches/main")).headers.get("link")).toBeNull();
});

test("a renamed repository redirects reads with 301 and writes with 307 to its id, where both work; a new one may take the old name", async () => {
  const scene = new Scene();
  const number = scene.issue();
  scene.github.people.renameRepo({ repo: REPO, to: "gadgets", by: "ada" });
  const id = scene.github.state.repos[0]?.id;
  const read = await scene.get(`/issues/${number}?x=1`);
  expect(read.status).toBe(301);
  expect(read.headers.get("location")).toBe(`https://api.github.test/repositories/${id}/issues/${number}?x=1`);
  expect((await scene.patch(`/issues/${number}`, { state: "closed" })).status).toBe(307);
  expect((await scene.call("GET", `/repositories/${id}`)).body).toMatchObject({ full_name: "octo/gadgets" });
  expect((await scene.call("PATCH", `/repositories/${id}/issues/${number}`, { state: "closed" })).body).toMatchObject({
    state: "closed",
  });
  scene.github.people.addRepo({ name: REPO });
  expect((await scene.get("")).body).toMatchObject({ full_name: REPO });
});

test("a private repository is not there for who may not read it", async () => {
  const scene = new Scene();
  scene.github.people.addRepo({ name: "octo/secret", private: true });
  expect((await scene.call("GET", "/repos/octo/secret")).status).toBe(404);
  scene.github.people.setPermission("octo/secret", "afk-loop", "read");
  expect((await scene.call("GET", "/repos/octo/secret")).body).toMatchObject({
    private: true,
    permissions: { pull: true, push: false },
  });
});

test("a status for a fault has no effect, is counted, and ends after its times", async () => {
  const scene = new Scene();
  scene.issue();
  const fault = scene.github.faults.add(isPost, 500, 2);
  expect((await scene.post("/issues/1/comments", { body: "a" })).status).toBe(500);
  expect((await scene.post("/issues/1/comments", { body: "b" })).status).toBe(500);
  expect((await scene.post("/issues/1/comments", { body: "c" })).status).toBe(201);
  expect(fault.hits).toBe(2);
  expect((await scene.get("/issues/1/comments")).body).toHaveLength(1);
  expect(scene.github.log.map((exchange) => exchange.fault)).toEqual([true, true, false, false]);
});

test("a fault may answer an old truth, and be taken away", async () => {
  const scene = new Scene();
  const stale = await scene.get("/branches/main");
  await scene.push("new");
  const fault = scene.github.faults.add(
    ({ path }) => path.endsWith("/branches/main"),
    () => Response.json(stale.body),
  );
  expect((await scene.get("/branches/main")).body).toEqual(stale.body);
  fault.remove();
  expect((await scene.get("/branches/main")).body).not.toEqual(stale.body);
});

test("a connection may break before or after the effect, or hang until the caller gives up", async () => {
  const scene = new Scene();
  scene.issue();
  scene.github.faults.add(isPost, "reset", 1);
  await expect(scene.post("/issues/1/comments", { body: "a" })).rejects.toThrow("broke the connection");
  scene.github.faults.add(isPost, "reset-after-effect", 1);
  await expect(scene.post("/issues/1/comments", { body: "b" })).rejects.toThrow("broke the connection");
  expect((await scene.get("/issues/1/comments")).body).toMatchObject([{ body: "b" }]);
  scene.github.faults.add(isPost, "hang", 1);
  const caller = new AbortController();
  const request = new Request(`https://x.test/repos/${REPO}/issues/1/comments`, {
    method: "POST",
    body: "{}",
    signal: caller.signal,
  });
  const hanging = scene.github.handle(request);
  queueMicrotask(() => caller.abort());
  await expect(hanging).rejects.toThrow();
  expect(scene.github.log.filter((exchange) => exchange.status === undefined)).toHaveLength(3);
});

test("a request that breaks the description is a violation even where a fault answers it", async () => {
  const scene = new Scene();
  scene.issue();
  scene.github.faults.add(isPost, 500);
  await scene.post("/issues/1/comments", { bdy: "typo" });
  expect(scene.github.violations).toEqual([
    expect.stringContaining("unknown key bdy"),
    expect.stringContaining('"body"'),
  ]);
});

test("the whole state is JSON: a new stand-in made of it answers the same", async () => {
  const scene = new Scene();
  const number = scene.issue("Wobble", ["bug"]);
  scene.github.people.comment({ repo: REPO, number, by: "ada", body: "Hm" });
  const before = (await scene.get(`/issues/${number}`)).body;
  const saved: unknown = JSON.parse(JSON.stringify(scene.github));
  scene.github.people.close({ repo: REPO, number, by: "ada" });
  scene.github.restore(saved as typeof scene.github.state);
  expect((await scene.get(`/issues/${number}`)).body).toEqual(before);
  expect(scene.issue("After it came back")).toBe(number + 1);
});
