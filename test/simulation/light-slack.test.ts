import { WebClient as RealWebClient } from "@slack/web-api";
import { describe, expect, test } from "vitest";
import { WebClient as LightWebClient } from "./light-slack.ts";
import { LightResponse } from "./web.ts";

const blocks = [{ type: "header", text: { type: "plain_text", text: 'ä "quoted" & more' } }];
const post = { channel: "C0AFK", text: "a+b\n<c>", blocks, parse: "none", link_names: false, unfurl_links: false };
const ASKED: [string, Record<string, unknown>][] = [
  ["chat.postMessage", { ...post, client_msg_id: "1-2", metadata: { event_type: "afk", event_payload: { key: "k" } } }],
  ["chat.postMessage", { ...post, thread_ts: "1.2", reply_broadcast: true, none: undefined, nothing: null }],
  ["chat.update", { channel: "C", ts: "1.000002", text: "", blocks: [] }],
  ["conversations.history", { channel: "C", limit: 100, include_all_metadata: true }],
  ["conversations.replies", { channel: "C", limit: 100, ts: "1.2" }],
];

const json = { "content-type": "application/json" };
const ANSWERS: Record<string, () => LightResponse> = {
  yes: () => new LightResponse('{"ok":true,"ts":"1.2"}', { headers: json }),
  "yes with metadata": () => new LightResponse('{"ok":true,"response_metadata":{"next_cursor":""}}', { headers: json }),
  no: () => new LightResponse('{"ok":false,"error":"invalid_auth"}', { headers: json }),
  "no, later": () =>
    new LightResponse('{"ok":false,"error":"ratelimited"}', { headers: { ...json, "retry-after": "9" } }),
  "neither yes nor no": () => new LightResponse("{}", { headers: json }),
  "an empty answer": () => new LightResponse(null, {}),
  null: () => new LightResponse("null", { headers: json }),
  "a bare word": () => new LightResponse('"ok"', { headers: json }),
  HTML: () => new LightResponse("<html>", { headers: { "content-type": "text/html" } }),
  "429": () => new LightResponse("{}", { status: 429, headers: { "retry-after": "20" } }),
  "429 of no time": () => new LightResponse("{}", { status: 429 }),
  "302": () => new LightResponse(null, { status: 302, headers: { location: "/x" } }),
  "401": () => new LightResponse('{"message":"no"}', { status: 401, headers: json }),
  "500 with HTML": () => new LightResponse("<html>", { status: 500 }),
};

const THROWN: Record<string, () => unknown> = {
  "a broken network": () => new TypeError("fetch failed"),
  "a deadline": () => new DOMException("timeout", "TimeoutError"),
  "no error at all": () => "words",
};

type Client = { apiCall(method: string, fields: Record<string, unknown>): Promise<unknown> };
type Made = new (token: string, settings: never) => Client;
const Real = RealWebClient as unknown as Made;
const Light = LightWebClient as unknown as Made;

/** What left, what came back, and how many turns of the queue each took. */
async function asked(make: Made, method: string, fields: Record<string, unknown>, answer: () => unknown, url?: string) {
  const seen = { sent: [] as unknown[], turnsBefore: 0, turnsAfter: 0, result: null as unknown };
  let turns = 0;
  let over = false;
  const turn = () => {
    turns++;
    if (!over) void Promise.resolve().then(turn);
  };
  const fetch = async (to: string, init: object) => {
    seen.sent.push(to, { ...init, signal: "signal" in init });
    seen.turnsBefore = turns;
    turns = 0;
    return answer();
  };
  const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel() {}, setName() {} };
  const settings = { fetch, timeout: 1000, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
  const where = url === undefined ? {} : { slackApiUrl: url };
  const client = new make("xoxb-1", { ...settings, ...where, allowAbsoluteUrls: false, logger: silent } as never);
  turn();
  seen.result = await client.apiCall(method, fields).catch(told);
  seen.turnsAfter = turns;
  over = true;
  return seen;
}

function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { data, statusCode, retryAfter, original } = error as Error & Record<string, unknown>;
  return { thrown: { kind: error.constructor.name, message: error.message, data, statusCode, retryAfter, original } };
}

describe("the light Slack client does as the real one", () => {
  const cases = ASKED.flatMap(([method, fields]) =>
    Object.keys(ANSWERS).map((name) => [method, name, fields] as const),
  );

  test.each(cases)("%s: %s", async (method, name, fields) => {
    const answer = () => ANSWERS[name]?.();
    const real = await asked(Real, method, fields, answer);
    expect(real.sent).not.toEqual([]);
    expect(await asked(Light, method, fields, answer)).toEqual(real);
  });

  test.each(Object.keys(THROWN))("when fetch throws %s", async (name) => {
    const answer = () => {
      throw THROWN[name]?.();
    };
    expect(await asked(Light, "chat.update", {}, answer)).toEqual(await asked(Real, "chat.update", {}, answer));
  });

  test.each(["http://127.0.0.1:1/api", "http://127.0.0.1:1/api/"])("at %s", async (url) => {
    const answer = () => ANSWERS.yes?.();
    expect(await asked(Light, "chat.update", {}, answer, url)).toEqual(
      await asked(Real, "chat.update", {}, answer, url),
    );
  });
});

test("what the light Slack client does not play it refuses", async () => {
  const settings = { fetch, timeout: 0, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
  const client = new LightWebClient("t", { ...settings, allowAbsoluteUrls: false });
  await expect(client.apiCall("files.uploadV2", {})).rejects.toThrow("does not play");
  await expect(client.apiCall("chat.update", { token: "other" })).rejects.toThrow("does not play");
  expect(() => new LightWebClient("t", { ...settings, allowAbsoluteUrls: true })).toThrow("does not play");
});
