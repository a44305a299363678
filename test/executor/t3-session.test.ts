import { expect, test } from "vitest";
import { sessionEnd } from "../../lib/executor/t3-session.ts";

const answered = (body: unknown, status = 200) => Response.json(body, { status });

test.each([
  [
    "a session that ends",
    answered({ authenticated: true, expiresAt: "2026-12-23T09:00:00.000Z" }),
    { known: true, value: Date.UTC(2026, 11, 23, 9) },
  ],
  ["one that does not say", answered({ authenticated: true }), { known: true, value: null }],
  ["one that says no time", answered({ authenticated: true, expiresAt: 7 }), { known: true, value: null }],
  ["a token it does not know", answered({ authenticated: false }), { known: false, auth: true }],
  ["an older T3", answered({ code: "not_found" }, 404), { known: true, value: null }],
  ["other words", answered(["hello"]), { known: false, auth: false }],
  ["a failure", new Response("bad gateway", { status: 502 }), { known: false, auth: false }],
])("of %s", async (_what, response, reading) => {
  const t3 = { url: "https://t3.test", token: "t", headers: {}, callMs: 1000, fetch: async () => response };
  expect(await sessionEnd(t3)).toMatchObject(reading);
});
