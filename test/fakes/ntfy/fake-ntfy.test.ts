import { describe, expect, test } from "vitest";
import { FakeNtfy } from "./fake-ntfy.ts";
import { ntfyServer } from "./server.ts";

function fake(token: string | null = null): FakeNtfy {
  return new FakeNtfy({ now: () => 1_795_000_000_000, token });
}

type Told = { status: number; json: Record<string, unknown> };

async function post(ntfy: FakeNtfy, path: string, body: string, headers: Record<string, string> = {}): Promise<Told> {
  const response = await ntfy.handle(new Request(`http://ntfy.test${path}`, { method: "POST", body, headers }));
  return { status: response.status, json: JSON.parse(await response.text()) };
}

describe("publishing", () => {
  test("to a topic: the body is the message, the rest comes in headers", async () => {
    const ntfy = fake();
    const headers = {
      Title: "=?UTF-8?B?R3LDvMOfZQ==?=",
      Priority: "5",
      Tags: "a,b",
      Click: "https://x.test",
      "X-Sequence-ID": "s1",
    };
    const { status, json } = await post(ntfy, "/afk", "Done", headers);
    expect(status).toBe(200);
    expect(json).toMatchObject({ event: "message", topic: "afk", title: "Grüße", message: "Done", priority: 5 });
    expect(ntfy.messages).toMatchObject([{ tags: ["a", "b"], click: "https://x.test", sequenceId: "s1" }]);
  });

  test("as JSON to the root", async () => {
    const ntfy = fake();
    const actions = [{ action: "view", label: "Open", url: "https://x.test" }];
    const { json } = await post(ntfy, "/", JSON.stringify({ topic: "afk", message: "Done", title: "Grüße", actions }));
    expect(json).toMatchObject({ topic: "afk", message: "Done", title: "Grüße", actions });
  });

  test("a sequence id seen before updates that notification in place", async () => {
    const ntfy = fake();
    await post(ntfy, "/afk", "one", { "X-Sequence-ID": "s1" });
    await post(ntfy, "/afk", "two", { "X-Sequence-ID": "s1" });
    await post(ntfy, "/other", "three", { "X-Sequence-ID": "s1" });
    expect(ntfy.messages.map(({ message, updates }) => [message, updates])).toEqual([
      ["two", 1],
      ["three", 0],
    ]);
  });

  test("a message over 4,096 bytes becomes an attachment", async () => {
    const ntfy = fake();
    await post(ntfy, "/afk", "ä".repeat(2048));
    await post(ntfy, "/afk", "ä".repeat(2049));
    expect(ntfy.messages.map(({ attachment }) => attachment)).toEqual([false, true]);
    expect(ntfy.messages[1]?.message).toBe("You received a file: attachment.txt");
  });
});

describe("refusals", () => {
  test.each<[number, number, string, string, Record<string, string>?]>([
    [400, 40009, "/", JSON.stringify({ topic: "a b", message: "x" })],
    [400, 40024, "/", "{"],
    [400, 40024, "/", JSON.stringify({ message: "x" })],
    [400, 40024, "/", JSON.stringify({ topic: "afk", priority: "5" })],
    [400, 40007, "/", JSON.stringify({ topic: "afk", priority: 6 })],
    [400, 40007, "/afk", "x", { Priority: "loud" }],
    [400, 40018, "/", JSON.stringify({ topic: "afk", actions: Array(4).fill({ action: "view", label: "x" }) })],
    [400, 40018, "/afk", "x", { Actions: "[" }],
    [400, 40000, "/", JSON.stringify({ topic: "afk", title: "x".repeat(1025) })],
    [400, 40000, "/", JSON.stringify({ topic: "afk", tags: ["x".repeat(513)] })],
    [413, 41303, "/", JSON.stringify({ topic: "afk", message: "x".repeat(8192) })],
    [404, 40401, "/afk/seq/more", "x"],
  ])("%d %d", async (status, code, path, body, headers) => {
    const ntfy = fake();
    expect(await post(ntfy, path, body, headers)).toMatchObject({ status, json: { code, http: status } });
    expect(ntfy.messages).toEqual([]);
  });

  test("without a token where one is wanted, or with another", async () => {
    const ntfy = fake("tk_1");
    expect(await post(ntfy, "/afk", "x")).toMatchObject({ status: 403, json: { code: 40301 } });
    const wrong = await post(ntfy, "/afk", "x", { Authorization: "Bearer tk_2" });
    expect(wrong).toMatchObject({ status: 401, json: { code: 40101 } });
    expect((await post(ntfy, "/afk", "x", { Authorization: "Bearer tk_1" })).status).toBe(200);
  });
});

test("over real HTTP it answers, breaks off, and comes back with its records", async () => {
  const server = ntfyServer({ token: null });
  const url = await server.listen();
  const send = (body: string) => fetch(`${url}/afk`, { method: "POST", body });
  expect((await send("one")).status).toBe(200);
  server.ntfy.faults.push({ match: () => true, respond: "reset", times: 1 });
  await expect(send("two")).rejects.toThrow();
  await server.kill();
  await expect(send("three")).rejects.toThrow();
  await server.listen();
  await send("four");
  expect(server.ntfy.messages.map(({ message }) => message)).toEqual(["one", "four"]);
  await server.kill();
});
