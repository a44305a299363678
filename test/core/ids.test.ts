import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { branchName, carriesTrailer, projectId, runId, runTrailer, threadId, turnKey } from "../../lib/core/ids.ts";
import { RUN_ID } from "./kit.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const WISH = { forge: "github" as const, repoId: "42", issueId: "900", labelEventId: "5001", claim: 0 };

describe("the id of a run", () => {
  test("is the same whoever computes it, and short", () => {
    expect(runId(digest, { ...WISH })).toBe(runId(digest, WISH));
    expect(runId(digest, WISH)).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    ["forge", { forge: "forgejo" as const }],
    ["repo", { repoId: "43" }],
    ["issue", { issueId: "901" }],
    ["label event", { labelEventId: "5002" }],
    ["claim", { claim: 1 }],
  ])("differs with another %s", (_, over) => {
    expect(runId(digest, { ...WISH, ...over })).not.toBe(runId(digest, WISH));
  });

  test("digits that move from one part to the next make another id", () => {
    const one = runId(digest, { ...WISH, repoId: "4", issueId: "29" });
    expect(runId(digest, { ...WISH, repoId: "42", issueId: "9" })).not.toBe(one);
  });
});

test("the project's id follows the run that makes it, and the workspace", () => {
  const one = projectId(digest, "0123456789abcdef", "/home/t3/a");
  expect(one).toMatch(/^afk-[0-9a-f]{16}$/);
  expect(projectId(digest, "0123456789abcdef", "/home/t3/a")).toBe(one);
  expect(projectId(digest, "0123456789abcdee", "/home/t3/a")).not.toBe(one);
  expect(projectId(digest, "0123456789abcdef", "/home/t3/b")).not.toBe(one);
});

test("thread, turn, branch and trailer derive from the run", () => {
  expect(threadId(RUN_ID)).toBe(`afk-${RUN_ID}`);
  expect(turnKey(RUN_ID, 2)).toBe(`afk-${RUN_ID}-turn-2`);
  expect(branchName(7, RUN_ID)).toBe(`afk/7-${RUN_ID}`);
  expect(runTrailer(RUN_ID)).toBe(`AFK-Run: ${RUN_ID}`);
});

describe("the trailer in a commit message", () => {
  test.each([
    ["alone", `AFK-Run: ${RUN_ID}`],
    ["after a subject", `Greet\n\nAFK-Run: ${RUN_ID}`],
    ["with CRLF", `Greet\r\n\r\nAFK-Run: ${RUN_ID}\r\nRefs: #7\r\n`],
    ["among others", `Greet\n\nRefs #7\nAFK-Phase: green\nAFK-Run: ${RUN_ID}\nSigned-off-by: m`],
    ["with blanks after it", `Greet\n\nAFK-Run: ${RUN_ID}  `],
  ])("counts %s", (_, message) => {
    expect(carriesTrailer(message, RUN_ID)).toBe(true);
  });

  test.each([
    ["inside other text", `Revert what AFK-Run: ${RUN_ID} did`],
    ["quoted", `> AFK-Run: ${RUN_ID}`],
    ["of another run", "AFK-Run: fedcba9876543210"],
    ["with more behind it", `AFK-Run: ${RUN_ID}0`],
    ["cut short", `AFK-Run: ${RUN_ID.slice(0, -1)}`],
    ["with words behind it", `AFK-Run: ${RUN_ID} and more`],
    ["in another case", `afk-run: ${RUN_ID}`],
    ["without its colon", `AFK-Run ${RUN_ID}`],
    ["not at all", ""],
  ])("does not count %s", (_, message) => {
    expect(carriesTrailer(message, RUN_ID)).toBe(false);
  });

  test("is found wherever its line stands, and never where no line is it", () => {
    const line = fc.string().filter((text) => !/[\r\n]/.test(text) && text.trim() !== runTrailer(RUN_ID));
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (before, after) => {
        expect(carriesTrailer([...before, ...after].join("\n"), RUN_ID)).toBe(false);
        expect(carriesTrailer([...before, runTrailer(RUN_ID), ...after].join("\n"), RUN_ID)).toBe(true);
      }),
    );
  });
});
