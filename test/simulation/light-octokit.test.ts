import { readdirSync, readFileSync } from "node:fs";
import { Octokit as RealOctokit } from "@octokit/core";
import { describe, expect, test } from "vitest";
import { Octokit as LightOctokit } from "./light-octokit.ts";
import { LightResponse } from "./web.ts";

const REPO = "/repos/{owner}/{repo}";
const ISSUE = `${REPO}/issues/{issue_number}`;
const at = { owner: "acme", repo: "one.two" };
const issue = { ...at, issue_number: 7 };
const paged = { per_page: 100, page: 2 };

/** Every route lib/forge/github asks, with what makes its URL and body hard. */
const ASKED: [string, Record<string, unknown>][] = [
  [`GET ${REPO}`, at],
  ["GET /user", {}],
  ["GET /app", {}],
  ["GET /rate_limit", {}],
  [`GET ${REPO}/contents/{path}`, { ...at, path: ".afk.yml", ref: "release/1" }],
  [`GET ${REPO}/installation`, at],
  ["POST /app/installations/{installation_id}/access_tokens", { installation_id: 99 }],
  ["POST /graphql", { query: "query($n: Int!) { x }", variables: { n: 1, name: "ä", none: undefined } }],
  [`GET ${REPO}/issues`, { ...at, ...paged, state: "open", labels: "ready for/agent,ü", since: undefined }],
  [`GET ${ISSUE}`, issue],
  [`GET ${ISSUE}/events`, { ...issue, ...paged }],
  [`GET ${REPO}/collaborators/{username}/permission`, { ...at, username: "dependabot[bot]" }],
  [`GET ${ISSUE}/dependencies/blocked_by`, { ...issue, ...paged }],
  [`GET ${REPO}/branches/{branch}`, { ...at, branch: "afk/1-0a!('b')*" }],
  [`GET ${REPO}/branches/{branch}/protection/required_status_checks`, { ...at, branch: "main" }],
  [`GET ${REPO}/branches/{branch}/protection`, { ...at, branch: "release/1" }],
  [`GET ${REPO}/contents/{path}`, { ...at, path: ".afk.yml", ref: "release/1" }],
  [`GET ${REPO}/compare/{basehead}`, { ...at, ...paged, basehead: "main...afk/1-ab" }],
  [`GET ${REPO}/commits/{ref}`, { ...at, ...paged, ref: "0a1b" }],
  [`GET ${REPO}/commits/{ref}/check-runs`, { ...at, ...paged, ref: "0a1b", filter: "latest" }],
  [`GET ${REPO}/commits/{ref}/status`, { ...at, ...paged, ref: "0a1b" }],
  [`GET ${REPO}/actions/runs`, { ...at, ...paged, head_sha: "0a1b" }],
  [`GET ${REPO}/rules/branches/{branch}`, { ...at, ...paged, branch: "main" }],
  [`POST ${REPO}/actions/runs/{run_id}/rerun-failed-jobs`, { ...at, run_id: "12" }],
  [`GET ${REPO}/actions/runs/{run_id}/jobs`, { ...at, run_id: "12", filter: "latest", per_page: 100 }],
  [`GET ${REPO}/actions/jobs/{job_id}`, { ...at, job_id: "5" }],
  [`GET ${REPO}/deployments`, { ...at, sha: "0a1b", environment: "prod/eu 1", per_page: 5 }],
  [`GET ${REPO}/deployments/{deployment_id}/statuses`, { ...at, deployment_id: "8", per_page: 1 }],
  [`POST ${REPO}/pulls`, { ...at, head: "afk/1-ab", base: "main", title: "Stand", body: "" }],
  [`PUT ${REPO}/pulls/{pull_number}/merge`, { ...at, pull_number: 4, sha: "0a1b", merge_method: "squash" }],
  [`GET ${REPO}/pulls/{pull_number}/reviews`, { ...at, ...paged, pull_number: 4 }],
  [`GET ${REPO}/pulls/{pull_number}/comments`, { ...at, ...paged, pull_number: 4 }],
  [`GET ${REPO}/git/ref/{ref}`, { ...at, ref: "heads/afk/1-ab" }],
  [`DELETE ${REPO}/git/refs/{ref}`, { ...at, ref: "heads/afk/1-ab" }],
  [`GET ${REPO}/pulls/{pull_number}`, { ...at, pull_number: 4 }],
  [`GET ${REPO}/pulls/{pull_number}/files`, { ...at, ...paged, pull_number: 4 }],
  [`GET ${REPO}/actions/jobs/{job_id}/logs`, { ...at, job_id: "5", request: { parseSuccessResponseBody: false } }],
  [`POST ${ISSUE}/labels`, { ...issue, labels: ["in progress"] }],
  [`DELETE ${ISSUE}/labels/{name}`, { ...issue, name: "a b/c:ü" }],
  [`PATCH ${ISSUE}`, { ...issue, state: "closed", state_reason: "completed" }],
  [`GET ${ISSUE}/comments`, { ...issue, ...paged }],
  [`POST ${ISSUE}/comments`, { ...issue, body: 'a "text"\nof lines' }],
  [`PATCH ${REPO}/issues/comments/{comment_id}`, { ...at, comment_id: "3", body: "" }],
  [`PATCH ${REPO}/issues/comments/{comment_id}`, { ...at, comment_id: "3" }],
  [`GET ${REPO}/issues/comments/{comment_id}`, { ...at, comment_id: "3" }],
  [`POST ${REPO}/issues/comments/{comment_id}/reactions`, { ...at, comment_id: "3", content: "+1" }],
  [`DELETE ${REPO}/issues/comments/{comment_id}`, { ...at, comment_id: "3" }],
];

const json = { "content-type": "application/json; charset=utf-8" };
const ANSWERS: Record<string, () => LightResponse> = {
  "200 with JSON": () => new LightResponse('{"a":[1,null]}', { headers: { ...json, ETag: "x", link: "<y>" } }),
  "201 with JSON": () => new LightResponse("[]", { status: 201, headers: json }),
  "200 with broken JSON": () => new LightResponse('{"a":', { headers: json }),
  "200 with HTML": () => new LightResponse("<html>", { headers: { "content-type": "text/html" } }),
  "200 of no type": () => new LightResponse("what", {}),
  "200 without a body": () => new LightResponse(null, { headers: json }),
  "204": () => new LightResponse(null, { status: 204 }),
  "302": () => new LightResponse(null, { status: 302, headers: { location: "/x" } }),
  "304": () => new LightResponse(null, { status: 304, headers: { etag: "x" } }),
  "401": () => new LightResponse('{"message":"Bad credentials"}', { status: 401, headers: json }),
  "404": () => new LightResponse('{"message":"Not Found","documentation_url":"d"}', { status: 404, headers: json }),
  "422": () => new LightResponse('{"message":"No","errors":["a",{"code":"b"}]}', { status: 422, headers: json }),
  "403 in other words": () => new LightResponse('{"error":1}', { status: 403, headers: json }),
  "502 with HTML": () => new LightResponse("<html>", { status: 502, headers: { "content-type": "text/html" } }),
};

const THROWN: Record<string, () => unknown> = {
  "a broken network": () => new TypeError("fetch failed"),
  "a broken network with its cause": () => new TypeError("fetch failed", { cause: new Error("ECONNRESET") }),
  "a cause in words": () => new TypeError("fetch failed", { cause: "words" }),
  "a deadline": () => new DOMException("timeout", "TimeoutError"),
  "a caller who gave up": () => Object.assign(new Error("aborted"), { name: "AbortError" }),
  "any fault": () => new RangeError("crashed"),
  "no error at all": () => "words",
};

type Client = { request(route: string, parameters: Record<string, unknown>): Promise<unknown> };
type Made = new (settings: never) => Client;

/** What left, what came back, and how many turns of the queue each took. */
async function asked(make: Made, route: string, parameters: Record<string, unknown>, answer: () => unknown) {
  const seen = { sent: [] as unknown[], turnsBefore: 0, turnsAfter: 0, result: null as unknown };
  let turns = 0;
  let over = false;
  const turn = () => {
    turns++;
    if (!over) void Promise.resolve().then(turn);
  };
  const fetch = async (url: string, init: object) => {
    seen.sent.push(url, { ...init }, JSON.stringify(init));
    seen.turnsBefore = turns;
    turns = 0;
    return answer();
  };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const settings = { baseUrl: "http://127.0.0.1:1", userAgent: "afk-loop", request: { fetch }, log };
  const client = new make(settings as never);
  const headers = { "x-github-api-version": "2026-03-10", authorization: "token t" };
  turn();
  seen.result = await client.request(route, { ...parameters, headers }).catch(told);
  seen.turnsAfter = turns;
  over = true;
  return seen;
}

function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause } = error;
  const { status, response } = error as Error & { status?: number; response?: unknown };
  return { thrown: { name, message, cause, status, response } };
}

async function expectAlike(route: string, parameters: Record<string, unknown>, answer: () => unknown) {
  const real = await asked(RealOctokit as unknown as Made, route, parameters, answer);
  const light = await asked(LightOctokit as unknown as Made, route, parameters, answer);
  expect(real.sent).not.toEqual([]);
  expect(light).toEqual(real);
}

describe("the light Octokit does as the real one", () => {
  test.each(ASKED)("with %s", async (route, parameters) => {
    for (const answer of Object.values(ANSWERS)) await expectAlike(route, parameters, answer);
  });

  test.each(Object.keys(THROWN))("when fetch throws %s", async (name) => {
    await expectAlike(`GET ${ISSUE}`, issue, () => {
      throw THROWN[name]?.();
    });
  });

  test("of every route the adapter asks", () => {
    const sources = readdirSync("lib/forge/github").map((name) => readFileSync(`lib/forge/github/${name}`, "utf8"));
    const found = sources.flatMap((source) => {
      const names = Object.fromEntries(
        [...source.matchAll(/^const (\w+) = ["`](.+)["`];$/gm)].map(([, name = "", text = ""]) => [name, text]),
      );
      const whole = (text: string): string =>
        text.replace(/\$\{(\w+)\}/g, (_, name: string) => whole(names[name] ?? `\${no ${name}}`));
      const routes = source.matchAll(/["`]((?:GET|POST|PATCH|PUT|DELETE) [^"`]+)["`]/g);
      return [...routes].map(([, route = ""]) => whole(route));
    });
    expect(found.length).toBeGreaterThan(40);
    expect(found.filter((route) => !ASKED.some(([asks]) => asks === route))).toEqual([]);
  });
});

describe("what the light Octokit does not play it refuses", () => {
  const client = new LightOctokit({ baseUrl: "http://127.0.0.1:1", userAgent: "u", request: { fetch } });

  test.each<[string, Record<string, unknown>]>([
    ["GET /repos/:owner", { owner: "a" }],
    ["GET /repos{?page}", { page: 1 }],
    ["HEAD /repos", {}],
    ["GET /search", { q: "a+b" }],
    ["POST /user", { data: "raw" }],
    ["GET /user", { mediaType: { format: "raw" } }],
    ["GET /users/{name}", { name: "" }],
    ["GET /users/{name}", {}],
    ["GET /users/{name}", { name: ["a", "b"] }],
  ])("%s", async (route, parameters) => {
    await expect(client.request(route, parameters)).rejects.toThrow("does not play");
  });
});
