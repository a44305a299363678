import { expect, test } from "vitest";
import { createGithubClient } from "../../../lib/forge/github/client.ts";
import { parseTokenEnd, tokenEnd } from "../../../lib/forge/github/token-end.ts";

test.each([
  ["2026-12-01 10:00:00 UTC", Date.UTC(2026, 11, 1, 10)],
  ["2026-12-01 10:00:00 +0200", Date.UTC(2026, 11, 1, 8)],
  ["2026-12-01 10:00:00 -05:30", Date.UTC(2026, 11, 1, 15, 30)],
  ["2026-12-01 10:00:00 CEST", null],
  ["2026-13-01 10:00:00 UTC", null],
  ["never", null],
])("a token that ends %s", (text, at) => {
  expect(parseTokenEnd(text)).toBe(at);
});

const ends = { "github-authentication-token-expiration": "2026-12-01 10:00:00 UTC" };

test.each([
  ["a header", Response.json({}, { headers: ends }), { known: true, value: Date.UTC(2026, 11, 1, 10) }],
  ["no header", Response.json({}), { known: true, value: null }],
  [
    "limits that are off, and a header",
    Response.json({}, { status: 404, headers: ends }),
    { known: true, value: Date.UTC(2026, 11, 1, 10) },
  ],
  ["limits that are off", Response.json({ message: "Not Found" }, { status: 404 }), { known: true, value: null }],
  ["a token that ended", Response.json({ message: "Bad credentials" }, { status: 401 }), { known: false, auth: true }],
  ["a server that failed", Response.json({}, { status: 502 }), { known: false, auth: false }],
])("is read of an answer with %s", async (_what, response, reading) => {
  const client = createGithubClient({
    apiUrl: "https://api.github.test",
    credentials: { type: "token", token: "t" },
    callMs: 1000,
    fetch: async () => response,
  });
  expect(await tokenEnd(client, { forge: "github", owner: "octo", name: "widgets" })).toMatchObject(reading);
});
