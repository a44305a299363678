import { sign } from "@octokit/webhooks-methods";
import { describe, expect, test } from "vitest";
import { type Door, handleWebhook } from "../../functions/webhooks.ts";
import type { Signal } from "../../lib/core/types.ts";
import vectors from "../fixtures/github/signature-vectors.json" with { type: "json" };

const SECRET = "current secret";
const PREVIOUS = "previous secret";
const BODY = JSON.stringify({ action: "labeled" });
const genuine = await sign(SECRET, BODY);
const stolen = await sign("a secret that is not ours", BODY);
const SIGNAL: Signal = {
  type: "issue",
  action: "labeled",
  repo: { forge: "github", owner: "o", name: "n", id: "1" },
  issue: 3,
};

/** A delivery and a door through which it is accepted; each test spoils what it is about. */
interface Case {
  method: string;
  contentType: string | null;
  body: BodyInit | null;
  event: string | null;
  delivery: string | null;
  /** By default the right one, where the body is a text. */
  signature: string | null;
  door: Partial<Door>;
}

async function answer(spoilt: Partial<Case>): Promise<{ status: number; told: unknown; recorded: unknown[] }> {
  const body = spoilt.body === undefined ? BODY : spoilt.body;
  const signed = typeof body === "string" && body !== "" ? await sign(SECRET, body) : null;
  const one: Case = {
    method: "POST",
    contentType: "application/json",
    event: "issues",
    delivery: "guid-1",
    signature: signed,
    door: {},
    ...spoilt,
    body,
  };
  const headers = new Headers();
  if (one.contentType !== null) headers.set("content-type", one.contentType);
  if (one.event !== null) headers.set("x-event", one.event);
  if (one.delivery !== null) headers.set("x-delivery", one.delivery);
  if (one.signature !== null) headers.set("x-signature", one.signature);
  const recorded: unknown[] = [];
  const door: Door = {
    headers: {
      event: "x-event",
      delivery: "x-delivery",
      signature: "x-signature",
      digest: (value) => /^sha256=([0-9a-f]{64})$/i.exec(value)?.[1] ?? null,
    },
    secrets: [SECRET],
    disabled: [],
    isEnrolled: () => true,
    parse: () => SIGNAL,
    async record(signal, deliveryId) {
      recorded.push({ signal, deliveryId });
      return "accepted";
    },
    ...one.door,
  };
  const bodiless = one.method === "GET" || one.method === "HEAD";
  const init = { method: one.method, headers, duplex: "half", ...(bodiless ? {} : { body: one.body }) };
  const response = await handleWebhook(new Request("https://afk.example/webhooks/github", init), door);
  return { status: response.status, told: await response.json(), recorded };
}

/** A body whose beginning arrives and whose end never does. */
function stalled(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array([0x7b])),
  });
}

/** A clock whose deadline is over as soon as somebody waits for it. */
const overAtOnce: Door["startTimer"] = (_ms, fire) => {
  queueMicrotask(() => queueMicrotask(() => setImmediate(fire)));
  return () => {};
};

/** From the highest rung to the lowest: what spoils it, and the answer. */
const LADDER: [string, Partial<Case>, number, { status: string; reason?: string }][] = [
  ["405 for any method but POST", { method: "PUT" }, 405, { status: "refused", reason: "only POST" }],
  [
    "415 for a form",
    { contentType: "application/x-www-form-urlencoded" },
    415,
    { status: "refused", reason: "content-type must be application/json" },
  ],
  [
    "408 for a body that does not end in time",
    { body: stalled(), door: { startTimer: overAtOnce } },
    408,
    { status: "refused", reason: "body not complete in time" },
  ],
  [
    "413 for a body above the bound",
    { door: { bodyBytesMax: 1 } },
    413,
    { status: "refused", reason: "body too large" },
  ],
  ["503 without a secret", { door: { secrets: [] } }, 503, { status: "refused", reason: "webhook secret not set" }],
  [
    "401 for a forge we do not serve",
    { door: { refusal: () => "Gitea is not supported" } },
    401,
    { status: "refused", reason: "Gitea is not supported" },
  ],
  ["400 without the event", { event: null }, 400, { status: "refused", reason: "event header missing or malformed" }],
  [
    "401 for a wrong signature",
    { signature: `sha256=${"0".repeat(64)}` },
    401,
    { status: "refused", reason: "signature does not match" },
  ],
  ["400 for broken JSON", { body: '{"action":' }, 400, { status: "refused", reason: "body is not a JSON object" }],
  [
    "202 disabled, with every reason",
    { door: { disabled: ["AFK_KILL_SWITCH: unclear", "no repo is enrolled"] } },
    202,
    { status: "disabled", reason: "AFK_KILL_SWITCH: unclear; no repo is enrolled" },
  ],
  [
    "202 ignored, with the parser's reason",
    { door: { parse: () => ({ type: "ignored", reason: "event not read: star" }) } },
    202,
    { status: "ignored", reason: "event not read: star" },
  ],
  [
    "202 ignored for a repo not enrolled",
    { door: { isEnrolled: () => false } },
    202,
    { status: "ignored", reason: "repo not enrolled" },
  ],
  ["202 duplicate", { door: { record: async () => "duplicate" } }, 202, { status: "duplicate" }],
];

describe("each rung answers in its own way", () => {
  test.each(LADDER)("%s", async (_name, spoilt, status, told) => {
    expect(await answer(fresh(spoilt))).toEqual({ status, told, recorded: [] });
  });

  test("202 accepted, once what it told is durable", async () => {
    const recorded = [{ signal: SIGNAL, deliveryId: "guid-1" }];
    expect(await answer({})).toEqual({ status: 202, told: { status: "accepted" }, recorded });
  });
});

describe("of two rungs that hold, the higher answers", () => {
  const pairs = LADDER.flatMap(([upper, above, status, told], at) =>
    LADDER.slice(at + 1).map(([lower, below]) => ({ upper, lower, above, below, status, told })),
  );
  test.each(pairs)("$upper before $lower", async ({ above, below, status, told }) => {
    const both = { ...fresh(below), ...fresh(above), door: { ...below.door, ...above.door } };
    // Two rungs may need a body of their own; the higher one's stands, signed as the lower would have been.
    expect(await answer(both)).toEqual({ status, told, recorded: [] });
  });
});

/** A stream can be read once only. */
function fresh(spoilt: Partial<Case>): Partial<Case> {
  return spoilt.body instanceof ReadableStream ? { ...spoilt, body: stalled() } : spoilt;
}

describe("the signature", () => {
  const { secret, body, value } = vectors.github;

  test("GitHub's published vector is taken as signed", async () => {
    const { told } = await answer({ body, signature: value, door: { secrets: [secret] } });
    expect(told).toEqual({ status: "refused", reason: "body is not a JSON object" });
  });

  test("GitHub's published vector with one letter changed is refused", async () => {
    expect(await answer({ body: `${body}!`, signature: value, door: { secrets: [secret] } })).toMatchObject({
      status: 401,
    });
  });

  test.each([
    ["the current secret", [SECRET, PREVIOUS], SECRET],
    ["the previous secret", [SECRET, PREVIOUS], PREVIOUS],
    ["the previous secret while the current is unset", [PREVIOUS], PREVIOUS],
  ])("%s is accepted", async (_name, secrets, signer) => {
    expect(await answer({ signature: await sign(signer, BODY), door: { secrets } })).toMatchObject({ status: 202 });
  });

  test.each([
    ["a secret that is neither", stolen],
    ["no header", null],
    ["an empty header", ""],
    ["an empty digest", "sha256="],
    ["a digest cut short", genuine.slice(0, -2)],
    ["a digest with more behind it", `${genuine}00`],
    ["a digest of another kind", genuine.replace("sha256", "sha1")],
    ["letters that are no digits", `sha256=${"z".repeat(64)}`],
  ])("%s is refused", async (_name, signature) => {
    expect(await answer({ signature })).toMatchObject({ status: 401, recorded: [] });
  });

  test("a digest in capitals is the same digest", async () => {
    const signature = genuine.toUpperCase().replace("SHA256", "sha256");
    expect(await answer({ signature })).toMatchObject({ status: 202 });
  });

  test("a byte order mark belongs to the signed bytes", async () => {
    const signature = await sign(SECRET, BODY);
    expect(await answer({ body: `\uFEFF${BODY}`, signature })).toMatchObject({ status: 401 });
    // Signed with its mark it is ours, and no JSON.
    expect(await answer({ body: `\uFEFF${BODY}` })).toMatchObject({ status: 400 });
  });

  test("bytes that are not UTF-8 are refused, for no text has their signature", async () => {
    const body = new Uint8Array([0x7b, 0xff, 0x7d]);
    expect(await answer({ body, signature: await sign(SECRET, "{\uFFFD}") })).toMatchObject({ status: 401 });
  });

  test("an empty body is refused", async () => {
    expect(await answer({ body: "", signature: `sha256=${"0".repeat(64)}` })).toMatchObject({ status: 401 });
    expect(await answer({ body: null, signature: `sha256=${"0".repeat(64)}` })).toMatchObject({ status: 401 });
  });
});

describe("headers", () => {
  test.each([
    ["no delivery id", { delivery: null }],
    ["an empty delivery id", { delivery: "" }],
    ["a delivery id of 129 characters", { delivery: "a".repeat(129) }],
    ["a delivery id with a control character", { delivery: "a\u0001b" }],
    ["an empty event", { event: "" }],
    ["an event of 129 characters", { event: "a".repeat(129) }],
  ])("%s is 400", async (_name, spoilt) => {
    expect(await answer(spoilt)).toMatchObject({ status: 400, told: { status: "refused" }, recorded: [] });
  });

  test("a delivery id of 128 characters is taken as it is", async () => {
    const { recorded } = await answer({ delivery: "a".repeat(128) });
    expect(recorded).toEqual([{ signal: SIGNAL, deliveryId: "a".repeat(128) }]);
  });

  test.each([["application/json; charset=utf-8"], ["Application/JSON"], ["application/json ;x=y"]])(
    "%s is JSON",
    async (contentType) => {
      expect(await answer({ contentType })).toMatchObject({ status: 202 });
    },
  );

  test.each([[null], ["text/plain"], ["application/jsonp"], ["application/vnd.api+json"], [""]])(
    "%s is 415",
    async (contentType) => {
      // A Request of a text takes a content type of its own where none is given.
      const body = contentType === null ? new Blob([BODY]) : BODY;
      expect(await answer({ contentType, body, signature: null })).toMatchObject({ status: 415 });
    },
  );

  test.each(["GET", "HEAD", "PUT", "DELETE", "PATCH"])("%s is 405 and says what is allowed", async (method) => {
    const request = new Request("https://afk.example/webhooks/github", { method });
    const response = await handleWebhook(request, doorThatMustNotBeReached());
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

describe("the body", () => {
  const MIB = 1024 * 1024;

  test("25 MiB are read, one byte more is not", async () => {
    const whole = `{"a":"${"x".repeat(25 * MIB - 8)}"}`;
    expect(whole.length).toBe(25 * MIB);
    expect(await answer({ body: whole })).toMatchObject({ status: 202 });
    expect(await answer({ body: `${whole} ` })).toMatchObject({ status: 413 });
  });

  test("is counted as it comes, whatever its length was said to be, and not read to its end", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    expect(await answer({ body, signature: null, door: { bodyBytesMax: 10_000 } })).toMatchObject({ status: 413 });
    expect(pulled).toBeLessThan(20);
  });

  test("has ten seconds to arrive, and the timer ends with it", async () => {
    const timers: string[] = [];
    const startTimer: Door["startTimer"] = (ms) => {
      timers.push(`started ${ms}`);
      return () => timers.push("stopped");
    };
    expect(await answer({ door: { startTimer } })).toMatchObject({ status: 202 });
    expect(timers).toEqual(["started 10000", "stopped"]);
  });

  test("that comes in many small pieces in time is whole", async () => {
    const bytes = new TextEncoder().encode(BODY);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    expect(await answer({ body, signature: await sign(SECRET, BODY) })).toMatchObject({ status: 202 });
  });

  test("that breaks off is not complete", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array([0x7b]));
        controller.error(new Error("connection reset"));
      },
    });
    expect(await answer({ body, signature: null })).toMatchObject({ status: 408 });
  });

  test.each([
    ["a text", '"labeled"'],
    ["a list", "[]"],
    ["null", "null"],
    ["a number", "1"],
    ["two values", "{}{}"],
    ["a trailing comma", '{"a":1,}'],
    ["nothing but space", " "],
  ])("%s is 400", async (_name, body) => {
    expect(await answer({ body })).toMatchObject({ status: 400, recorded: [] });
  });

  test("nested a hundred thousand deep reaches the parser", async () => {
    const body = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(await answer({ body })).toMatchObject({ status: 202 });
  });

  test("with keys that would reach into every object changes none", async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    expect(await answer({ body })).toMatchObject({ status: 202 });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect("polluted" in {}).toBe(false);
  });
});

describe("what is not durable is not accepted", () => {
  test("a record that fails is answered 500, and told to who keeps the log", async () => {
    const failures: unknown[] = [];
    const broken = new Error("the ledger is away");
    const door = { record: () => Promise.reject(broken), onFailure: (error: unknown) => failures.push(error) };
    expect(await answer({ door })).toEqual({ status: 500, told: { status: "failed" }, recorded: [] });
    expect(failures).toEqual([broken]);
  });

  test("a disabled door neither parses nor records", async () => {
    const door = { ...doorThatMustNotBeReached(), secrets: [SECRET], disabled: ["kill switch is on"] };
    expect(await answer({ door: { parse: door.parse, record: door.record, disabled: door.disabled } })).toMatchObject({
      status: 202,
      told: { status: "disabled" },
    });
  });
});

function doorThatMustNotBeReached(): Door {
  const reached = () => {
    throw new Error("reached");
  };
  return {
    headers: { event: "x-event", delivery: "x-delivery", signature: "x-signature", digest: reached },
    secrets: [],
    disabled: [],
    isEnrolled: reached,
    parse: reached,
    record: reached,
  };
}
