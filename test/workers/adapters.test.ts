/** The adapters' own calls inside workerd, whose fetch refuses what Node's takes. Port 9 answers to nobody. */
import { describe, expect, it } from "vitest";
import { createT3Client } from "../../lib/executor/t3-client.ts";
import { createNtfyNotifier } from "../../lib/notify/ntfy.ts";
import { createSlackNotifier } from "../../lib/notify/slack.ts";

const NOBODY = "http://127.0.0.1:9";
const MISUSE = /illegal invocation|redirect/i;
const notice = { title: "t", lines: ["l"], links: [] };

/** workerd's own Request checks what is sent; a stand-in answers. */
function answering(body: object) {
  return async (url: string, init: RequestInit) => {
    expect(new Request(url, init).method).toMatch(/^(GET|POST)$/);
    return Response.json(body);
  };
}

describe("inside workerd", () => {
  it("Slack's client calls the platform's fetch as it wants to be called", async () => {
    const settings = { token: "xoxb", channel: "C1", callMs: 500 };
    const alone = createSlackNotifier({ ...settings, apiUrl: `${NOBODY}/api/`, fetch });
    for (const result of [await alone.show(null, notice, "k"), await alone.ring(notice, "done", null, "k")]) {
      expect(result).toMatchObject({ type: "retry", auth: false });
      expect(result).toMatchObject({ why: expect.not.stringMatching(MISUSE) });
    }
    const answered = createSlackNotifier({ ...settings, fetch: answering({ ok: true, channel: "C1", ts: "1.1" }) });
    expect(await answered.show(null, notice, "k")).toEqual({ type: "done", value: "C1/1.1" });
    expect(await answered.show("C1/1.1", notice, "k")).toEqual({ type: "done", value: "C1/1.1" });
    expect(await answered.ring(notice, "needs_human", "C1/1.1", "k")).toEqual({ type: "done", value: null });
  });

  it("ntfy's bell too", async () => {
    const settings = { token: "tk", callMs: 500 };
    const result = await createNtfyNotifier({ ...settings, url: `${NOBODY}/t`, fetch }).ring(notice, "done", null, "k");
    expect(result).toMatchObject({ type: "retry", auth: false });
    expect(result).toMatchObject({ why: expect.not.stringMatching(MISUSE) });
    const answered = createNtfyNotifier({ ...settings, url: "https://n.test/t", fetch: answering({ id: "1" }) });
    expect(await answered.ring(notice, "done", null, "k")).toEqual({ type: "done", value: null });
  });

  it("and the T3 client, its deadline and its parsers", async () => {
    const settings = { token: "tok", headers: { "x-proxy": "p" }, model: "a/b", callMs: 300, now: () => 0 };
    const alone = createT3Client({ ...settings, url: NOBODY, fetch });
    const reading = await alone.environment();
    expect(reading).toMatchObject({ known: false, why: expect.not.stringMatching(MISUSE) });
    const deaf = createT3Client({ ...settings, url: NOBODY, fetch: () => new Promise(() => {}) });
    expect(await deaf.environment()).toMatchObject({ why: "T3 gave no answer: none within 300 ms" });
    const body = { environmentId: "e", serverVersion: "0.0.33", threads: [{ id: "t", latestTurn: null }], sequence: 1 };
    const answered = createT3Client({ ...settings, url: "https://t3.test", fetch: answering(body) });
    expect(await answered.snapshot()).toMatchObject({ known: true, value: { threads: [{ state: "never_started" }] } });
    expect(await answered.startTurn({ threadId: "t", key: "k", text: "x" })).toEqual({ type: "done", value: null });
  });
});
