/**
 * Whatever a server answers, an adapter gives what its port says: a value of the port's type, or that it is not known;
 * done, retry or refused. It never throws. Each operation is played on a stand-in that answers as the real server does,
 * and any one of the answers is spoilt on its way.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ADAPTERS } from "./adapters/adapters.ts";
import { spoiltAnswer, spoiltResponse } from "./mutate.ts";
import { runs } from "./runs.ts";

const untouched = (answer: Response) => answer;

describe.each(ADAPTERS)("$name, told nonsense", ({ operations, play }) => {
  test.each(operations)("%s", async (operation) => {
    const sound = await play(operation, untouched);
    expect(succeeded(sound.given), JSON.stringify(sound.given)).toBe(true);
    expect(sound.gives.safeParse(sound.given).error?.message).toBeUndefined();
    const seen = { failed: 0 };
    await fc.assert(
      fc.asyncProperty(spoiltAnswer, fc.nat(99), async (how, at) => {
        const { given, gives } = await play(operation, (answer, index) =>
          index === at % sound.answers ? spoiltResponse(answer, how) : answer,
        );
        const wrong = gives.safeParse(given).error;
        if (wrong) expect.fail(`${JSON.stringify(given)}: ${wrong.message}`);
        if (!succeeded(given)) seen.failed += 1;
      }),
      runs(60),
    );
    // Else nothing was spoilt, or nothing of what is answered is read.
    expect(seen.failed).toBeGreaterThan(0);
  });
});

/** What stands between us and a server may say yes to anything. */
const PAGES: [page: string, contentType: string][] = [
  ["<!doctype html><title>Sign in</title>", "text/html"],
  ["<!doctype html><title>Sign in</title>", "application/json"],
  ["OK", "text/plain"],
  ["OK", "application/json"],
];
/** JSON that is nobody's; a forge's adapter asks no more of an answer to an act than that it be JSON or nothing. */
const NOTHINGS: [page: string, contentType: string][] = ["{}", "[]", "null", "0", '""', ""].flatMap(
  (text): [string, string][] => [
    [text, "application/json"],
    [text, "text/html"],
    [text, "application/gzip"],
  ],
);

describe.each(ADAPTERS)("$name, with another's page in place of every answer", ({ name, operations, play }) => {
  test.each(operations)("%s", async (operation) => {
    for (const [page, type] of [...PAGES, ...(isForge(name) ? [] : NOTHINGS)]) {
      const headers = { "content-type": type };
      const { given, gives } = await play(operation, () => new Response(page, { headers }));
      expect(gives.safeParse(given).success, JSON.stringify(given)).toBe(true);
      if (operation.startsWith("failure of a job")) continue; // A log may be any text.
      expect(succeeded(given), `${page} as ${type}: ${JSON.stringify(given)}`).toBe(false);
    }
  });
});

function isForge(name: string): boolean {
  return name.startsWith("GitHub") || name.startsWith("Forgejo");
}

function succeeded(given: unknown): boolean {
  if (typeof given !== "object" || given === null) return false;
  return ("known" in given && given.known === true) || ("type" in given && given.type === "done");
}
