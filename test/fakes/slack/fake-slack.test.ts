import { LogLevel, WebClient } from "@slack/web-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeSlack } from "./fake-slack.ts";
import { type SlackServer, slackServer } from "./server.ts";

const CHANNELS = [
  { id: "C1", name: "afk" },
  { id: "C2", name: "strangers", isMember: false },
];

let clock: number;
let slack: FakeSlack;

beforeEach(() => {
  clock = 1_795_000_000_000;
  slack = new FakeSlack({ now: () => clock, token: "xoxb-1", channels: CHANNELS });
});

async function call(method: string, body: object, token: string | null = "xoxb-1"): Promise<Record<string, unknown>> {
  const headers = new Headers({ "content-type": "application/json" });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await slack.handle(new Request(`http://slack.test/api/${method}`, init));
  expect(response.status).toBe(200);
  return JSON.parse(await response.text());
}

const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });

describe("refusals come with status 200", () => {
  test.each<[string, string, object, (string | null)?]>([
    ["not_authed", "auth.test", {}, null],
    ["invalid_auth", "auth.test", {}, "xoxb-2"],
    ["unknown_method", "chat.shout", {}],
    ["channel_not_found", "chat.postMessage", { channel: "C9", text: "hi" }],
    ["channel_not_found", "chat.postMessage", { text: "hi" }],
    ["not_in_channel", "chat.postMessage", { channel: "C2", text: "hi" }],
    ["no_text", "chat.postMessage", { channel: "C1" }],
    ["msg_too_long", "chat.postMessage", { channel: "C1", text: "x".repeat(40_001) }],
    ["invalid_blocks", "chat.postMessage", { channel: "C1", text: "hi", blocks: "{" }],
    ["invalid_blocks", "chat.postMessage", { channel: "C1", text: "hi", blocks: [{ type: "marquee" }] }],
    ["invalid_blocks", "chat.postMessage", { channel: "C1", text: "hi", blocks: [section("x".repeat(3001))] }],
    ["invalid_blocks", "chat.postMessage", { channel: "C1", text: "hi", blocks: Array(51).fill({ type: "divider" }) }],
    ["invalid_metadata_format", "chat.postMessage", { channel: "C1", text: "hi", metadata: { event_type: "run" } }],
    ["thread_not_found", "chat.postMessage", { channel: "C1", text: "hi", thread_ts: "1.000001" }],
    ["message_not_found", "chat.update", { channel: "C1", ts: "1.000001", text: "hi" }],
    ["channel_not_found", "conversations.history", { channel: "afk" }],
  ])("%s of %s", async (error, method, body, token = "xoxb-1") => {
    expect(await call(method, body, token)).toMatchObject({ ok: false, error });
    expect(slack.messages).toEqual([]);
  });

  test("an update wants the channel's id and a message of the bot's own", async () => {
    const ts = slack.seed({ channel: "C1", user: "U1", text: "mine" });
    expect(await call("chat.update", { channel: "C1", ts, text: "ours" })).toMatchObject({
      error: "cant_update_message",
    });
    const posted = await call("chat.postMessage", { channel: "afk", text: "hi" });
    const update = { ts: posted.ts, text: "x".repeat(4001) };
    expect(await call("chat.update", { ...update, channel: "afk" })).toMatchObject({ error: "channel_not_found" });
    expect(await call("chat.update", { ...update, channel: "C1" })).toMatchObject({ error: "msg_too_long" });
  });

  test("where the workspace says so, an old message may not be edited", async () => {
    const { ts } = await call("chat.postMessage", { channel: "C1", text: "hi" });
    slack.editWindowMs = 60_000;
    clock += 60_000;
    expect(await call("chat.update", { channel: "C1", ts, text: "ho" })).toMatchObject({ ok: true });
    clock += 1000;
    expect(await call("chat.update", { channel: "C1", ts, text: "hm" })).toEqual({
      ok: false,
      error: "edit_window_closed",
    });
    expect(slack.messages).toMatchObject([{ text: "ho" }]);
  });

  test("a token without the scope says which it lacks", async () => {
    slack = new FakeSlack({ now: () => clock, token: "xoxb-1", channels: CHANNELS, scopes: ["chat:write"] });
    const answer = await call("conversations.history", { channel: "C1" });
    expect(answer).toMatchObject({ ok: false, error: "missing_scope", needed: "channels:history" });
  });

  test("a rate limit is a 429 with Retry-After", async () => {
    const respond = { status: 429, body: { ok: false, error: "ratelimited" }, headers: { "retry-after": "3" } };
    slack.faults.push({ match: ({ path }) => path.endsWith("chat.postMessage"), respond, times: 1 });
    const init = { method: "POST", headers: { authorization: "Bearer xoxb-1" } };
    const response = await slack.handle(new Request("http://slack.test/api/chat.postMessage", init));
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "3"]);
    expect(await call("chat.postMessage", { channel: "C1", text: "hi" })).toMatchObject({ ok: true });
  });
});

describe("messages", () => {
  test("each has its own ts, even in the same millisecond", async () => {
    const first = await call("chat.postMessage", { channel: "C1", text: "a" });
    const second = await call("chat.postMessage", { channel: "C1", text: "b" });
    expect(first.ts).toBe("1795000000.000000");
    expect(second.ts).toBe("1795000000.000001");
  });

  test("an update with text and no blocks takes the blocks away", async () => {
    const { ts } = await call("chat.postMessage", { channel: "C1", text: "a", blocks: [section("a")] });
    expect(slack.messages[0]?.blocks).toHaveLength(1);
    await call("chat.update", { channel: "C1", ts, text: "b" });
    expect(slack.messages).toMatchObject([{ text: "b", blocks: null, edits: 1 }]);
  });

  test("replies lie under their message, and only broadcast ones in the channel's history", async () => {
    const { ts } = await call("chat.postMessage", { channel: "C1", text: "a" });
    clock += 1000;
    await call("chat.postMessage", { channel: "C1", text: "quiet", thread_ts: ts });
    await call("chat.postMessage", { channel: "C1", text: "loud", thread_ts: ts, reply_broadcast: true });
    expect(slack.replies(String(ts)).map(({ text }) => text)).toEqual(["quiet", "loud"]);
    const { messages } = await call("conversations.history", { channel: "C1" });
    expect(messages).toMatchObject([{ text: "loud" }, { text: "a" }]);
  });

  test("a thread is the message and what lies under it, oldest first", async () => {
    const { ts } = await call("chat.postMessage", { channel: "C1", text: "a" });
    await call("chat.postMessage", { channel: "C1", text: "another" });
    const metadata = { event_type: "run", event_payload: { run: "r1" } };
    await call("chat.postMessage", { channel: "C1", text: "quiet", thread_ts: ts, metadata });
    await call("chat.postMessage", { channel: "C1", text: "loud", thread_ts: ts, reply_broadcast: true });
    const thread = { channel: "C1", ts, limit: 2, include_all_metadata: true };
    const page = await call("conversations.replies", thread);
    expect(page).toMatchObject({ has_more: true, messages: [{ text: "a" }, { text: "quiet", metadata }] });
    const { messages } = await call("conversations.replies", { ...thread, cursor: "2" });
    expect(messages).toMatchObject([{ text: "loud" }]);
    const unknown = await call("conversations.replies", { channel: "C1", ts: "1.000001" });
    expect(unknown).toMatchObject({ ok: false, error: "thread_not_found" });
  });

  test("history shows metadata only when asked, newest first, page by page", async () => {
    const metadata = { event_type: "run", event_payload: { run: "r1" } };
    await call("chat.postMessage", { channel: "C1", text: "a", metadata });
    await call("chat.postMessage", { channel: "C1", text: "b" });
    const page = await call("conversations.history", { channel: "C1", limit: 1, include_all_metadata: true });
    expect(page).toMatchObject({ has_more: true, messages: [{ text: "b" }], response_metadata: { next_cursor: "1" } });
    const rest = await call("conversations.history", {
      channel: "C1",
      limit: 1,
      cursor: "1",
      include_all_metadata: true,
    });
    expect(rest).toMatchObject({ has_more: false, messages: [{ text: "a", metadata }] });
    const plain = await call("conversations.history", { channel: "C1" });
    expect(JSON.stringify(plain)).not.toContain("event_payload");
  });
});

describe("over real HTTP, with Slack's own client", () => {
  let server: SlackServer;
  let client: WebClient;

  beforeEach(async () => {
    server = slackServer({ token: "xoxb-1", channels: CHANNELS });
    const slackApiUrl = `${await server.listen()}/api/`;
    client = new WebClient("xoxb-1", { slackApiUrl, retryConfig: { retries: 0 }, logLevel: LogLevel.ERROR });
  });

  afterEach(() => server.kill());

  test("its forms are understood", async () => {
    expect((await client.auth.test()).user_id).toBe("U0AFKBOT");
    const metadata = { event_type: "run", event_payload: { run: "r1" } };
    const posted = await client.chat.postMessage({ channel: "C1", text: "a", blocks: [section("a")], metadata });
    expect(server.slack.messages).toMatchObject([{ text: "a", blocks: [{ type: "section" }], metadata }]);
    await client.chat.update({ channel: "C1", ts: posted.ts ?? "", text: "b" });
    await client.chat.postMessage({ channel: "C1", thread_ts: posted.ts ?? "", text: "c", reply_broadcast: true });
    expect(server.slack.messages).toMatchObject([{ text: "b", blocks: null, metadata }, { reply_broadcast: true }]);
  });

  test("a refusal is its error, and what was recorded outlives a kill", async () => {
    await expect(client.chat.postMessage({ channel: "C9", text: "a" })).rejects.toThrow("channel_not_found");
    await client.chat.postMessage({ channel: "C1", text: "a" });
    await server.kill();
    await expect(client.chat.postMessage({ channel: "C1", text: "b" })).rejects.toThrow();
    await server.listen();
    await client.chat.postMessage({ channel: "C1", text: "c" });
    expect(server.slack.messages.map(({ text }) => text)).toEqual(["a", "c"]);
  });

  test("an effect without its answer leaves the message there", async () => {
    server.slack.faults.push({ match: () => true, respond: "effect-then-reset", times: 1 });
    await expect(client.chat.postMessage({ channel: "C1", text: "a" })).rejects.toThrow();
    expect(server.slack.messages).toHaveLength(1);
  });
});
