/** The control port under nonsense: an answer or a closed connection, no sweep but for POST /sweep, and it lives on. */
import { connect } from "node:net";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { startControl } from "../../scripts/start/control.ts";
import { runs } from "./runs.ts";

const sound = "POST /sweep HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

const standing = async () => ({ type: "armed" as const, repos: 1 });

/** What is said to a port, and all it says back. */
async function said(port: number, text: string | Uint8Array): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.end(text);
  // Not `once`: it rejects for a connection that is reset, which is an answer too.
  await new Promise((resolve) => socket.on("close", resolve));
  return answer;
}

const verb = fc.constantFrom("POST", "POST", "POST", "GET", "PUT", "OPTIONS", "CONNECT", "post", "", "BREW");
const target = fc.constantFrom(
  "/sweep",
  "/sweep",
  "/sweep",
  "/sweep/",
  "//sweep",
  "/sweep?x=1",
  "http://e.test/sweep",
  "*",
  "",
  "/%00",
  "/../sweep",
);
const version = fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "");
const header = fc.constantFrom(
  "accept: */*",
  "",
  "host: a\r\nhost: b",
  "content-length: 5",
  "content-length: -1",
  "content-length: 9999999999999999999999",
  "transfer-encoding: chunked",
  "transfer-encoding: chunked\r\ncontent-length: 3",
  `x: ${"y".repeat(20_000)}`,
  "upgrade: websocket\r\nconnection: upgrade",
  "expect: 100-continue",
  "expect: magic",
  "no colon",
  "\0: x",
);
const body = fc.oneof(fc.constantFrom("", "5\r\nhel", "x".repeat(100_000), '{"a":'), fc.string({ unit: "binary" }));
const request = fc
  .tuple(verb, target, version, fc.array(header, { maxLength: 3 }), body)
  .map(
    ([one, where, as, headers, text]) =>
      `${[`${one} ${where} ${as}`, ...headers.filter((one) => one !== ""), "host: c", "connection: close"].join("\r\n")}\r\n\r\n${text}`,
  );

test("whatever is said to the control port", async () => {
  let swept = 0;
  const control = await startControl(0, {
    sweep: async () => {
      swept += 1;
      return { outcome: "ok", ms: 1 };
    },
    standing,
  });
  onTestFinished(() => control.close());
  const statuses = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.oneof(request, request, fc.uint8Array({ maxLength: 200 })), async (raw) => {
      const before = swept;
      const answer = await said(control.port, raw);
      const status =
        /^HTTP\/1\.1 (\d{3}) /.exec(answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ""))?.[1] ?? "closed";
      statuses.add(status);
      expect(["closed", "200", "400", "404", "405", "408", "413", "417", "431"]).toContain(status);
      if (swept > before) expect(String(raw)).toMatch(/^POST \/sweep(\?\S*)? /);
      expect(await said(control.port, sound)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\{"outcome":"ok","ms":1\}/);
    }),
    // The four answers are said for sure; what else is drawn is nonsense.
    {
      ...runs(120),
      examples: [sound, sound.replace("/sweep", "/other"), sound.replace("POST", "GET"), "no request"].map(
        (one): [string] => [one],
      ),
    },
  );
  expect([...statuses]).toEqual(expect.arrayContaining(["200", "400", "404", "405"]));
});

test("one that says half and goes, or says half and stays, stops no other", async () => {
  const control = await startControl(0, { sweep: async () => ({ outcome: "ok", ms: 1 }), standing });
  onTestFinished(() => control.close());
  const stays = connect(control.port, "127.0.0.1");
  stays.on("error", () => {});
  stays.write("POST /sweep HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf");
  const goes = connect(control.port, "127.0.0.1");
  goes.on("error", () => {});
  goes.write("POST /sw", () => goes.resetAndDestroy());
  await new Promise((resolve) => goes.on("close", resolve));
  expect(await said(control.port, sound)).toMatch(/^HTTP\/1\.1 200 /);
});
