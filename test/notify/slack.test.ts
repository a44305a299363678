/** The Slack notifier against a stand-in of one channel, and against every kind of answer. */
import { describe, expect, it } from "vitest";
import type { Notice } from "../../lib/notify/notifier.ts";
import { createSlackNotifier } from "../../lib/notify/slack.ts";
import { slackText } from "../../lib/notify/slack-markup.ts";
import { FakeSlack } from "../fakes/slack/fake-slack.ts";

const TOKEN = "xoxb-very-secret";
const CHANNEL = "C0123";

type Fields = Record<string, string>;
interface Call {
  method: string;
  fields: Fields;
  init: RequestInit;
}

/** One channel that keeps what is posted. `before` may answer in its place; `after` may lose its answer. */
class Channel {
  readonly calls: Call[] = [];
  readonly messages: { ts: string; fields: Fields }[] = [];
  before: (call: Call) => Response | null = () => null;
  after: (call: Call) => void = () => {};

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const call = { method: url.replace("https://slack.test/api/", ""), fields: fieldsOf(init), init };
    this.calls.push(call);
    const answer = this.before(call) ?? Response.json(this.answer(call));
    this.after(call);
    return answer;
  };

  posts(): Fields[] {
    return this.calls.filter(({ method }) => method === "chat.postMessage").map(({ fields }) => fields);
  }

  private answer({ method, fields }: Call): object {
    const message = this.messages.find(({ ts }) => ts === fields.ts);
    switch (method) {
      case "chat.postMessage": {
        const ts = `1700000000.00000${this.messages.length + 1}`;
        this.messages.push({ ts, fields });
        return { ok: true, channel: fields.channel, ts };
      }
      case "chat.update":
        if (!message) return { ok: false, error: "message_not_found" };
        message.fields = { ...message.fields, ...fields };
        return { ok: true, channel: fields.channel, ts: fields.ts };
      case "conversations.replies":
        return this.listing(({ fields: { thread_ts } }) => thread_ts === fields.ts);
      case "conversations.history":
        return this.listing(({ fields: { thread_ts } }) => thread_ts === undefined);
      default:
        return { ok: false, error: "unknown_method" };
    }
  }

  private listing(which: (message: Channel["messages"][number]) => boolean): object {
    const messages = this.messages.filter(which).map(({ ts, fields }) => ({
      ts,
      text: fields.text,
      metadata: JSON.parse(fields.metadata ?? "null"),
    }));
    return { ok: true, messages: [{ ts: "1.0", text: "a person's words" }, ...messages] };
  }
}

function fieldsOf(init: RequestInit): Fields {
  return Object.fromEntries(new URLSearchParams(String(init.body)));
}

function slackFor(fetch: Channel["fetch"], callMs?: number) {
  return createSlackNotifier({
    token: TOKEN,
    channel: CHANNEL,
    apiUrl: "https://slack.test/api",
    fetch,
    ...(callMs === undefined ? {} : { callMs }),
  });
}

const notice: Notice = {
  title: "acme/shop #7 Add a basket",
  lines: ["tests red: verified", "green: claimed"],
  links: [{ label: "issue", url: "https://github.com/acme/shop/issues/7" }],
};

describe("the board", () => {
  it("is one message, updated in place, with text and blocks each time", async () => {
    const channel = new Channel();
    const slack = slackFor(channel.fetch);
    const first = await slack.show(null, notice, "run-1:board");
    expect(first).toEqual({ type: "done", value: "C0123/1700000000.000001" });
    const again = await slack.show(
      "C0123/1700000000.000001",
      { ...notice, lines: ["green: verified"] },
      "run-1:board-2",
    );
    expect(again).toEqual(first);
    expect(channel.messages).toHaveLength(1);
    const update = channel.calls.at(-1);
    expect(update?.method).toBe("chat.update");
    expect(update?.fields.text).toContain("green: verified");
    expect(update?.fields.blocks).toContain("green: verified");
  });

  it("is posted anew when somebody deleted it", async () => {
    const channel = new Channel();
    const slack = slackFor(channel.fetch);
    const shown = await slack.show("C0123/1600000000.000009", notice, "run-1:board");
    expect(shown).toEqual({ type: "done", value: "C0123/1700000000.000001" });
  });

  it("stays as it is once it may not be edited any more: neither refused nor posted anew", async () => {
    const channel = new Channel();
    const slack = slackFor(channel.fetch);
    const shown = await slack.show(null, notice, "run-1:board");
    channel.before = ({ method }) =>
      method === "chat.update" ? Response.json({ ok: false, error: "edit_window_closed" }) : null;
    const later = { ...notice, lines: ["green: verified"] };
    expect(await slack.show("C0123/1700000000.000001", later, "run-1:board")).toEqual(shown);
    // Found by its key alone it is the board all the same.
    expect(await slack.show(null, later, "run-1:board")).toEqual(shown);
    expect(channel.messages).toHaveLength(1);
    await slack.ring(notice, "needs_human", "C0123/1700000000.000001", "run-1:bell");
    expect(channel.messages.at(-1)?.fields.thread_ts).toBe("1700000000.000001");
  });

  it("posted anew without an answer is found at the next try", async () => {
    const channel = new Channel();
    channel.after = ({ method }) => {
      if (method === "chat.postMessage") throw new TypeError("fetch failed");
    };
    const deleted = "C0123/1600000000.000009";
    expect(await slackFor(channel.fetch).show(deleted, notice, "k")).toMatchObject({ type: "retry" });
    const found = await slackFor(channel.fetch).show(deleted, notice, "k");
    expect(found).toEqual({ type: "done", value: "C0123/1700000000.000001" });
    expect(channel.messages).toHaveLength(1);
  });

  it("whose post got no answer is found by its key, not posted twice", async () => {
    const channel = new Channel();
    channel.after = ({ method }) => {
      if (method === "chat.postMessage") throw new TypeError("fetch failed");
    };
    const slack = slackFor(channel.fetch);
    expect(await slack.show(null, notice, "run-1:board")).toMatchObject({ type: "retry", auth: false });
    channel.after = () => {};
    const found = await slackFor(channel.fetch).show(null, { ...notice, title: "newer" }, "run-1:board");
    expect(found).toEqual({ type: "done", value: "C0123/1700000000.000001" });
    expect(channel.messages).toHaveLength(1);
    expect(channel.messages[0]?.fields.text).toContain("newer");
    await slack.show(null, notice, "run-2:board");
    expect(channel.messages).toHaveLength(2);
  });

  it("is posted without looking where the token may not read the channel", async () => {
    const channel = new Channel();
    channel.before = ({ method }) =>
      method.startsWith("conversations.") ? Response.json({ ok: false, error: "missing_scope" }) : null;
    const slack = slackFor(channel.fetch);
    expect(await slack.show(null, notice, "k")).toMatchObject({ type: "done" });
    expect(await slack.ring(notice, "done", null, "k")).toMatchObject({ type: "done" });
    const [board, bell] = channel.posts();
    expect(board?.client_msg_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(bell?.client_msg_id).not.toBe(board?.client_msg_id);
    await slack.show(null, notice, "k");
    expect(channel.posts()[2]?.client_msg_id).toBe(board?.client_msg_id);
  });

  it("that Slack says is there already is done", async () => {
    const channel = new Channel();
    channel.before = ({ method }) =>
      method === "chat.postMessage" ? Response.json({ ok: false, error: "duplicate_client_msg_id" }) : null;
    expect(await slackFor(channel.fetch).show(null, notice, "k")).toEqual({ type: "done", value: null });
    expect(await slackFor(channel.fetch).ring(notice, "done", null, "k")).toEqual({ type: "done", value: null });
  });
});

describe("the bell", () => {
  it.each([
    ["needs_human", "true"],
    ["done", "false"],
  ] as const)("%s is a reply under the board, in the channel too: %s", async (urgency, broadcast) => {
    const channel = new Channel();
    const slack = slackFor(channel.fetch);
    const board = await slack.show(null, notice, "board");
    await slack.ring(notice, urgency, board.type === "done" ? board.value : null, "bell");
    expect(channel.posts()[1]).toMatchObject({
      channel: CHANNEL,
      thread_ts: "1700000000.000001",
      reply_broadcast: broadcast,
    });
  });

  it("without a board is a message of its own", async () => {
    const channel = new Channel();
    await slackFor(channel.fetch).ring(notice, "needs_human", null, "bell");
    expect(channel.posts()[0]).not.toHaveProperty("thread_ts");
  });

  it("whose board is gone is a message of its own", async () => {
    const channel = new Channel();
    channel.before = ({ fields }) =>
      fields.thread_ts === undefined ? null : Response.json({ ok: false, error: "thread_not_found" });
    expect(await slackFor(channel.fetch).ring(notice, "done", "C0123/9.9", "bell")).toMatchObject({ type: "done" });
    expect(channel.messages).toHaveLength(1);
  });

  it("rung twice under one key is heard once", async () => {
    const channel = new Channel();
    const slack = slackFor(channel.fetch);
    const board = await slack.show(null, notice, "board");
    const under = board.type === "done" ? board.value : null;
    channel.after = ({ method }) => {
      if (method === "chat.postMessage") throw new TypeError("socket hang up");
    };
    expect(await slack.ring(notice, "needs_human", under, "bell")).toMatchObject({ type: "retry" });
    channel.after = () => {};
    expect(await slackFor(channel.fetch).ring(notice, "needs_human", under, "bell")).toMatchObject({ type: "done" });
    expect(channel.messages).toHaveLength(2);
  });
});

describe("a stranger's text", () => {
  async function sent(hostile: Notice): Promise<string> {
    const channel = new Channel();
    await slackFor(channel.fetch).show(null, hostile, "k");
    const [post] = channel.posts();
    const blocks: { text?: { text: string }; elements?: { text: string }[] }[] = JSON.parse(post?.blocks ?? "[]");
    const texts = blocks.flatMap(({ text, elements = [] }) => [text?.text ?? "", ...elements.map((part) => part.text)]);
    return [post?.text, ...texts].join("\n");
  }

  it("forms no mention and no link", async () => {
    const words = [
      "<!channel>",
      "<!here|here>",
      "<@U0123>",
      "<#C01>",
      "@here",
      "@everyone",
      "<https://evil.test|issue>",
      "&lt;!channel&gt;",
    ];
    const text = await sent({ title: words.join(" "), lines: words, links: [] });
    expect(text).not.toMatch(/<[!@#h]/);
    expect(text).not.toMatch(/@(here|channel|everyone|U0123)/);
    expect(text).toContain("&lt;!channel&gt;");
    expect(text).toContain("&amp;lt;!channel&amp;gt;");
  });

  it("is left alone by Slack's own parsing", async () => {
    const channel = new Channel();
    await slackFor(channel.fetch).show(null, notice, "k");
    const [post] = channel.posts();
    expect(post).toMatchObject({ parse: "none", link_names: "false", unfurl_links: "false", unfurl_media: "false" });
    expect(post?.blocks).not.toContain('"verbatim":false');
    expect(post?.blocks?.match(/"verbatim":true/g)).toHaveLength(3);
  });

  it("becomes no link by a notice's label or address", async () => {
    const text = await sent({
      title: "t",
      lines: [],
      links: [
        { label: "a>b|<!channel>", url: "https://a.test/?x=1&y=<2>|z#f|<!here>" },
        { label: "no", url: "javascript:alert(1)" },
        { label: "no", url: "not a url" },
      ],
    });
    expect(text).toContain("<https://a.test/?x=1&amp;y=%3C2%3E%7Cz#f%7C%3C!here%3E|a&gt;b|&lt;!channel&gt;>");
    expect(text).not.toContain("javascript");
    expect(text.match(/</g)).toHaveLength(1);
  });

  it("of any length fits Slack's limits and is cut inside no escape", async () => {
    for (const fill of ["x", "&", "<@", "é", "😀"]) {
      const text = slackText(fill.repeat(5000), 3000);
      expect(text.length).toBeLessThanOrEqual(3000);
      expect(text.length).toBeGreaterThan(2980);
      expect(text).toMatch(/ …$/);
      expect(text.slice(0, -2)).not.toMatch(/&[a-z]*$|[\ud800-\udbff]$/);
    }
    expect(slackText("a".repeat(3000), 3000)).toBe("a".repeat(3000));
    const links = Array.from({ length: 200 }, () => ({ label: "l".repeat(100), url: "https://a.test/" }));
    const channel = new Channel();
    await slackFor(channel.fetch).show(null, { title: "&".repeat(900), lines: ["<".repeat(9000)], links }, "k");
    const blocks: { text?: { text: string }; elements?: { text: string }[] }[] = JSON.parse(
      channel.posts()[0]?.blocks ?? "[]",
    );
    expect(blocks).toHaveLength(3);
    for (const { text, elements } of blocks)
      expect((text ?? elements?.[0])?.text.length ?? 0).toBeLessThanOrEqual(3000);
  });

  it("may be empty", async () => {
    expect(await sent({ title: "", lines: [], links: [] })).toContain("AFK loop");
  });
});

const html = (status: number, headers: Record<string, string> = {}) => new Response("<html>", { status, headers });
const word = (error: string, headers: Record<string, string> = {}) => Response.json({ ok: false, error }, { headers });

const answers: [string, () => Response, object][] = [
  ...["channel_not_found", "is_archived", "msg_too_long", "not_in_channel", "a_word_of_the_future"].map(
    (error): [string, () => Response, object] => [
      error,
      () => word(error),
      { type: "refused", why: `Slack said ${error}` },
    ],
  ),
  ...["invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive", "missing_scope"].map(
    (error): [string, () => Response, object] => [
      error,
      () => word(error),
      { type: "retry", auth: true, why: `Slack said ${error}` },
    ],
  ),
  ["internal_error", () => word("internal_error"), { type: "retry", auth: false }],
  ["ratelimited", () => word("ratelimited", { "retry-after": "30" }), { type: "retry", auth: false, afterMs: 30_000 }],
  ["429", () => html(429, { "retry-after": "12" }), { type: "retry", auth: false, afterMs: 12_000 }],
  ["429 without a time", () => html(429), { type: "retry", auth: false, afterMs: null }],
  ["401", () => html(401), { type: "retry", auth: true }],
  ["403", () => html(403), { type: "retry", auth: true }],
  ["404", () => html(404), { type: "refused", why: "Slack answered 404" }],
  ["408", () => html(408), { type: "retry", auth: false }],
  ["500", () => html(500), { type: "retry", auth: false }],
  ["503", () => html(503), { type: "retry", auth: false }],
  ["a redirect", () => html(302, { location: "https://login.test" }), { type: "retry", auth: false }],
  ["a page", () => html(200), { type: "retry", auth: false, why: "the answer was not Slack's" }],
  ["JSON of another", () => Response.json({ hello: "world" }), { type: "retry", auth: false }],
];

describe("an answer", () => {
  it.each(answers)("%s", async (_name, answer, result) => {
    const slack = slackFor(async () => answer());
    expect(await slack.show(null, notice, "k")).toMatchObject(result);
    expect(await slack.show("C0123/1.1", notice, "k")).toMatchObject(result);
    expect(await slack.ring(notice, "done", null, "k")).toMatchObject(result);
  });

  it("that never comes ends by its deadline", async () => {
    const slack = slackFor(
      (_url, init) =>
        new Promise((_resolve, reject) => {
          init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        }),
      100,
    );
    expect(await slack.show("C0123/1.1", notice, "k")).toMatchObject({ type: "retry", auth: false });
  });

  it("carries no token into a reason", async () => {
    const slack = slackFor(async () => {
      throw new TypeError(`invalid header value "Bearer ${TOKEN}"`);
    });
    const result = await slack.show(null, notice, "k");
    expect(result).toMatchObject({ type: "retry" });
    expect(JSON.stringify(result)).not.toContain(TOKEN);
  });
});

it("one call: the token in its header, no redirect followed, a deadline, no retry of the client's own", async () => {
  const channel = new Channel();
  channel.before = () => html(503);
  await slackFor(channel.fetch).show("C0123/1.1", notice, "k");
  expect(channel.calls).toHaveLength(1);
  const { init } = channel.calls[0] ?? {};
  expect(new Headers(init?.headers).get("authorization")).toBe(`Bearer ${TOKEN}`);
  expect(init?.redirect).toBe("manual");
  expect(init?.signal).toBeInstanceOf(AbortSignal);
});

describe("in a workspace that refuses what Slack refuses", () => {
  function workspace(scopes?: string[]) {
    const channels = [
      { id: CHANNEL, name: "builds" },
      { id: "C9", name: "private", isMember: false },
    ];
    const server = new FakeSlack({
      now: () => 1_700_000_000_000,
      token: TOKEN,
      channels,
      ...(scopes ? { scopes } : {}),
    });
    const notifier = (channel = CHANNEL, token = TOKEN) =>
      createSlackNotifier({
        token,
        channel,
        apiUrl: "https://slack.test/api/",
        fetch: (url, init) => server.handle(new Request(url, init)),
      });
    return { server, notifier };
  }

  it("a run's story: shown, updated, rung under it, found again after a lost answer", async () => {
    const { server, notifier } = workspace();
    server.faults.push({
      match: ({ path }) => path.endsWith("chat.postMessage"),
      respond: "effect-then-reset",
      times: 1,
    });
    expect(await notifier().show(null, notice, "run-1:board")).toMatchObject({ type: "retry" });
    const shown = await notifier().show(null, notice, "run-1:board");
    const id = shown.type === "done" ? shown.value : null;
    expect(await notifier().show(id, { ...notice, lines: ["live"] }, "run-1:board-2")).toEqual({
      type: "done",
      value: id,
    });
    expect(await notifier().ring(notice, "needs_human", id, "run-1:bell")).toMatchObject({ type: "done" });
    const [board, bell] = server.messages;
    expect(server.messages).toHaveLength(2);
    expect(board).toMatchObject({ edits: 2, blocks: expect.any(Array), text: expect.stringContaining("live") });
    expect(bell).toMatchObject({ thread_ts: board?.ts, reply_broadcast: true });
  });

  it("a channel given by its name is shown in, and updated by its id", async () => {
    const { server, notifier } = workspace();
    const shown = await notifier("#builds").show(null, notice, "k");
    const id = shown.type === "done" ? shown.value : null;
    expect(id).toMatch(/^C0123\//);
    expect(await notifier("#builds").show(id, notice, "k-2")).toEqual(shown);
    expect(server.messages).toHaveLength(1);
  });

  it("the longest notice is within every limit, posted and updated", async () => {
    const { notifier } = workspace();
    const links = Array.from({ length: 99 }, () => ({ label: "<&>".repeat(99), url: "https://a.test/?a&b" }));
    const long = { title: "😀&".repeat(999), lines: Array.from({ length: 999 }, () => "<@U1> & é"), links };
    const shown = await notifier().show(null, long, "k");
    expect(shown).toMatchObject({ type: "done" });
    expect(await notifier().show(shown.type === "done" ? shown.value : null, long, "k")).toEqual(shown);
  });

  it("a token that may only write still shows and rings", async () => {
    const { server, notifier } = workspace(["chat:write"]);
    const shown = await notifier().show(null, notice, "k");
    const id = shown.type === "done" ? shown.value : null;
    expect(await notifier().ring(notice, "done", id, "bell")).toMatchObject({ type: "done" });
    expect(server.replies(server.messages[0]?.ts ?? "")).toHaveLength(1);
  });

  it.each([
    [CHANNEL, "xoxb-another", { type: "retry", auth: true, why: "Slack said invalid_auth" }],
    ["C404", TOKEN, { type: "refused", why: "Slack said channel_not_found" }],
    ["C9", TOKEN, { type: "refused", why: "Slack said not_in_channel" }],
  ])("channel %s with token %s", async (channel, token, result) => {
    const { notifier } = workspace();
    expect(await notifier(channel, token).show(null, notice, "k")).toMatchObject(result);
    expect(await notifier(channel, token).ring(notice, "done", null, "k")).toMatchObject(result);
  });
});
