/** A stored record that is damaged, or of a newer version, is refused with a clear error and never half understood. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { act } from "../../lib/core/acts.ts";
import { RecordError } from "../../lib/loop/migrations.ts";
import { parseEvent, parseIssue, parseRepo, parseRun } from "../../lib/loop/records.ts";
import { fresh } from "../../lib/loop/store.ts";
import { aRun } from "../core/kit.ts";
import { type Json, mutatedJson, steps } from "./mutate-json.ts";
import { runs } from "./runs.ts";

const REPO = { forge: "github" as const, owner: "octo", name: "widgets" };
const bell = act("bell", { type: "ring", notifier: "ntfy", bell: { type: "ended" } }, 5);

/** Each kind of record: its parser, and whole ones. */
const KINDS: [kind: string, parse: (value: unknown) => unknown, whole: object[]][] = [
  [
    "repo",
    parseRepo,
    [
      fresh(REPO),
      {
        ...fresh(REPO),
        dirty: 3,
        active: ["a"],
        acts: [bell],
        freeze: { issue: 1, sha: "abc", forgeIso: null, at: 1, run: "a" },
        troubles: { forge: { since: 1, looks: 2, told: false, why: "404" } },
        nextLookAt: 7,
      },
    ],
  ],
  ["run", parseRun, [aRun(), aRun({ acts: [bell] })]],
  [
    "issue",
    parseIssue,
    [
      {
        v: 1,
        number: 7,
        id: "77",
        runs: ["a"],
        refusal: { code: "blocked", reason: "by #3", labelEventId: "1" },
        judgedAt: 5,
        comment: bell,
        commentId: "9",
        deaf: [],
      },
    ],
  ],
  ["label event", parseEvent, [{ v: 1, runId: "a", claim: 0, consumed: true }]],
];

describe.each(KINDS)("a %s record", (kind, parse, whole) => {
  test("that is whole is read, one that is not there is null", () => {
    for (const record of whole) expect(parse(record)).toBe(record);
    expect([parse(undefined), parse(null)]).toEqual([null, null]);
  });

  test("of a newer version is refused, whatever else it holds", () => {
    for (const record of [...whole, {}])
      expect(() => parse({ ...record, v: 2 })).toThrow(
        new RegExp(`^the ${kind} record has version 2 and this release reads version 1: run the newer release`),
      );
  });

  test("with any one of its fields gone or of another type is refused, naming the field", () => {
    for (const record of whole) {
      for (const [field, value] of Object.entries(record)) {
        const { [field]: _gone, ...rest }: Record<string, unknown> = { ...record };
        const other = typeof value === "boolean" ? 7 : true;
        for (const damaged of [rest, { ...rest, [field]: other }]) {
          expect(() => parse(damaged), field).toThrow(RecordError);
          expect(() => parse(damaged), field).toThrow(`the ${kind} record is damaged: ${field}`);
        }
      }
    }
  });

  test("damaged in any way is a RecordError or keeps its fields, and never says what it held", () => {
    fc.assert(
      fc.property(fc.constantFrom(...whole), steps, (record, damage) => {
        const secret = "s3cret-text";
        const value = parsedOr(mutatedJson(JSON.parse(JSON.stringify({ ...record, note: secret })), damage));
        try {
          const read = parse(value);
          if (read) expect(Object.keys(read)).toEqual(expect.arrayContaining(Object.keys(record)));
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
          expect(String(error)).not.toContain(secret);
        }
      }),
      runs(300),
    );
  });
});

test("an order in an issue's record, which a labelling of ours is trusted by, is whole or refused", () => {
  const [whole] = KINDS.find(([kind]) => kind === "issue")?.[2] ?? [];
  const retry = {
    comment: "3",
    by: { id: "100", login: "mona", kind: "person" },
    atIso: "2027-01-15T08:00:10Z",
    text: null,
    event: "5001",
  };
  expect(parseIssue({ ...whole, retry })).toMatchObject({ retry });
  for (const field of Object.keys(retry))
    for (const wrong of [undefined, 5, {}])
      expect(() => parseIssue({ ...whole, retry: { ...retry, [field]: wrong } }), field).toThrow(RecordError);
});

function parsedOr(text: string): Json | undefined {
  return text === "" ? undefined : JSON.parse(text);
}
