import { describe, expect, test } from "vitest";
import * as z from "zod";
import { OPTIONAL_READS, type OptionalRead, optional } from "../../lib/forge/github/optional-reads.ts";
import { actOf, failureOf, type HttpOutcome, messageOf, readingOf, removalOf } from "../../lib/forge/results.ts";

const answer = (status: number, data: unknown = "", headers: Record<string, string | number> = {}): HttpOutcome => ({
  type: "answer",
  status,
  headers,
  data,
});
const date = "Sun, 01 Nov 2026 09:00:00 GMT";

describe("what an outcome means", () => {
  const ROWS: [string, HttpOutcome, { type: string; afterMs?: number | null } | null][] = [
    ["200", answer(200), null],
    ["201", answer(201), null],
    ["204", answer(204), null],
    ["301", answer(301), { type: "refused" }],
    ["400", answer(400), { type: "refused" }],
    ["401", answer(401), { type: "auth" }],
    ["403", answer(403, { message: "Must have admin rights to Repository." }), { type: "auth", afterMs: null }],
    ["404", answer(404), { type: "refused" }],
    ["408", answer(408), { type: "fault", afterMs: null }],
    ["409", answer(409), { type: "refused" }],
    ["410", answer(410), { type: "refused" }],
    ["422", answer(422), { type: "refused" }],
    ["423, of an archived repo", answer(423), { type: "auth", afterMs: null }],
    ["429", answer(429), { type: "limited", afterMs: 60_000 }],
    ["500", answer(500), { type: "fault", afterMs: null }],
    ["503 with Retry-After", answer(503, "", { "retry-after": "30" }), { type: "fault", afterMs: 30_000 }],
    ["429 with Retry-After as a number", answer(429, "", { "retry-after": 5 }), { type: "limited", afterMs: 5000 }],
    [
      "429 with a Retry-After that is none",
      answer(429, "", { "retry-after": "soon" }),
      { type: "limited", afterMs: 60_000 },
    ],
    ["403 with Retry-After", answer(403, "", { "retry-after": "2" }), { type: "limited", afterMs: 2000 }],
    [
      "403 with the quota used up, by the forge's own clock",
      answer(403, "", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1793523630", date }),
      { type: "limited", afterMs: 30_000 },
    ],
    [
      "403 with a quota that is full again already",
      answer(403, "", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1793523000", date }),
      { type: "limited", afterMs: 1000 },
    ],
    [
      "403 with the quota used up and no date",
      answer(403, "", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1793523630" }),
      { type: "limited", afterMs: 60_000 },
    ],
    ["403 with quota left", answer(403, "", { "x-ratelimit-remaining": "12" }), { type: "auth" }],
    [
      "403 for a secondary limit",
      answer(403, { message: "You have exceeded a secondary rate limit. Please wait." }),
      { type: "limited", afterMs: 60_000 },
    ],
    ["no answer", { type: "no_answer", why: "no answer: fetch failed", auth: false }, { type: "fault", afterMs: null }],
    ["no key to ask with", { type: "no_answer", why: "GITHUB_APP_PRIVATE_KEY …", auth: true }, { type: "auth" }],
  ];
  test.each(ROWS)("%s", (_name, outcome, meaning) => {
    const failure = failureOf(outcome);
    if (meaning === null) expect(failure).toBeNull();
    else expect(failure).toMatchObject(meaning);
  });
});

test("a removal of what is gone is done; any other failure of it is a failure", () => {
  expect([404, 410].map((status) => removalOf(answer(status)).type)).toEqual(["done", "done"]);
  expect([500, 401, 422].map((status) => removalOf(answer(status)).type)).toEqual(["retry", "retry", "refused"]);
  expect(actOf(answer(404)).type).toBe("refused");
});

describe("words", () => {
  test("are the server's own, with what it found wrong", () => {
    const errors = ["first", { message: "second" }, { resource: "Issue", field: "title", code: "missing_field" }, 7];
    expect(messageOf({ message: "Validation Failed", errors })).toBe(
      "Validation Failed; first; second; title missing_field",
    );
    expect([null, "text", {}, { message: 3 }].map(messageOf)).toEqual(["", "", "", ""]);
  });

  test("are clipped, and hold no token", () => {
    const message = `token ghs_123_abc.DEF-456 and github_pat_11AAA_bbb ${"x".repeat(1000)}`;
    const why = failureOf(answer(422, { message }))?.why ?? "";
    expect(why).toMatch(/^422 token \[redacted\] and \[redacted\] x+$/);
    expect(why.length).toBe(300);
  });

  test("hold no secret of another system either", () => {
    const message = "cannot clone https://me:hunter22@host/x with xoxb-123456789012-abcdefgh";
    expect(failureOf(answer(422, { message }))?.why).toBe(
      "422 cannot clone https://me:[redacted]@host/x with [redacted]",
    );
  });

  test("of a body not understood say where", () => {
    const reading = readingOf(answer(200, { a: { b: 1 } }), z.object({ a: z.object({ b: z.string() }) }));
    expect(reading).toMatchObject({
      known: false,
      auth: false,
      why: expect.stringMatching(/^answer not understood: a\.b: /),
    });
  });
});

describe("an optional read", () => {
  const ROWS: [OptionalRead, "nothing" | "unread", "nothing" | "unread"][] = [
    // read ................. on 403 ... on 404
    ["rules", "nothing", "nothing"],
    ["classic_protection", "nothing", "nothing"],
    ["whole_protection", "nothing", "nothing"],
    ["check_runs", "nothing", "unread"],
    ["workflow_runs", "unread", "nothing"],
    ["deployments", "unread", "unread"],
    ["job", "nothing", "nothing"],
    ["job_log", "nothing", "nothing"],
    ["dependencies", "unread", "nothing"],
  ];

  test("is in the table, and the table holds no other", () => {
    expect(Object.keys(OPTIONAL_READS).toSorted()).toEqual(ROWS.map(([read]) => read).toSorted());
  });

  const meaning = (read: OptionalRead, outcome: HttpOutcome) => {
    const failure = failureOf(outcome);
    if (!failure) throw new Error("not a failure");
    return optional(read, failure, []).known ? "nothing" : "unread";
  };

  test.each(ROWS)("%s: a 403 means %s, a 404 %s", (read, forbidden, missing) => {
    expect(meaning(read, answer(403, { message: "Resource not accessible by personal access token" }))).toBe(forbidden);
    expect(meaning(read, answer(404))).toBe(missing);
  });

  test.each(ROWS)("%s: nothing else means nothing", (read) => {
    const others = [
      answer(401),
      answer(422),
      answer(429),
      answer(500),
      answer(403, "", { "x-ratelimit-remaining": "0" }),
      answer(403, { message: "You have exceeded a secondary rate limit" }),
      { type: "no_answer", why: "", auth: true } satisfies HttpOutcome,
    ];
    for (const outcome of others) expect(meaning(read, outcome)).toBe("unread");
  });
});

test.each([
  [429, true],
  [401, undefined],
  [404, undefined],
  [502, undefined],
])("a read that is answered %d tells whether it is a limit", (status, limited) => {
  expect(readingOf(answer(status), z.unknown())).toEqual(
    limited ? expect.objectContaining({ limited }) : expect.not.objectContaining({ limited: true }),
  );
});
