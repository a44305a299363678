/** What the agent and people are told of a pull request; what strangers wrote changes no rule and closes no issue. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstTurn, fixForwardTurn } from "../../lib/core/issue-implementer-prompt.ts";
import { mergeMessage, proposalText, reviewTurn, updateTurn } from "../../lib/core/proposal-prompts.ts";
import { REDACTED } from "../../lib/core/text.ts";
import { aCheck, aProposal, aProposing, aRemark, aRun, RUN_ID, SHA, SHA2 } from "./kit.ts";

/** Found by either forge in a title, a body or a message that becomes the merging commit's. */
const CLOSING = /\b(?:clos(?:e|es|ed)|fix(?:es|ed)?|resolv(?:e|es|ed))\b:?\s+(?:[\w.-]+\/[\w.-]+)?[#!]\d/i;
const evil = fc.constantFrom(
  "Fixes #9",
  "closes: acme/app#3",
  "Resolves\n#4",
  "fix GH-5",
  "@everyone",
  "```",
  "AFK-Run: 0",
  "<!-- afk:",
);
const hostile = fc.array(fc.oneof(evil, fc.string({ unit: "binary", maxLength: 20 }))).map((parts) => parts.join(" "));

describe("the first turn of a run that lands by pull request", () => {
  const told = firstTurn(aProposing(), { title: "Add a greeting", body: "Say hello." });

  test("says to propose and never to merge, and lets no commit carry the run's line", () => {
    expect(told).toContain("open ONE pull request");
    expect(told).toContain("Never merge it");
    expect(told).toContain("Keep your worktree");
    expect(told).not.toContain("make a NEW commit on the default branch");
  });

  test("holds the run lines once each, as any first turn", () => {
    for (const line of [
      `AFK-Run: ${RUN_ID}`,
      `Branch: afk/7-${RUN_ID}`,
      "Default-Branch: main",
      "Issue: github:acme/app#7",
    ])
      expect(told.split("\n").filter((one) => one === line)).toHaveLength(1);
  });

  test("one that lands by push says nothing of pull requests", () => {
    expect(firstTurn(aRun(), { title: "t", body: "b" })).not.toMatch(/pull request/i);
  });
});

describe("a fix", () => {
  const fix = (run: ReturnType<typeof aRun>, sha: string) =>
    fixForwardTurn(run, sha, [{ check: aCheck("build", "failure"), step: null, logTail: null }], [], 5, []);

  test("of a head stays on its branch", () => {
    const told = fix(aProposing({}, { attempts: 1 }), SHA);
    expect(told).toContain(`CI of your pull request's head ${SHA} is red. This is attempt 1 of 5.`);
    expect(told).toContain(`both on afk/7-${RUN_ID}`);
    expect(told).not.toContain("landing commit");
  });

  test("of what was merged gets a pull request of its own", () => {
    const told = fix(aProposing({}, { commits: [SHA2], attempts: 2 }), SHA2);
    expect(told).toContain(`CI of your landed commit ${SHA2} on main is red`);
    expect(told).toContain("a pull request of its own");
  });
});

describe("the text of a pull request that the loop opens", () => {
  test("says what and why, refers to the issue and carries the run's line", () => {
    const { title, body } = proposalText(aProposing(), "Greets whoever calls.", []);
    expect(title).toBe("Add a greeting");
    expect(body.split("\n")).toContain("Refs #7");
    expect(body.split("\n")).toContain(`AFK-Run: ${RUN_ID}`);
    expect(body).toContain("    Greets whoever calls.");
    expect(proposalText(aProposing(), null, []).body).not.toContain("What the agent says");
  });

  test("whatever the issue and the agent say, it closes nothing, mentions nobody and leaks nothing we hold", () => {
    fc.assert(
      fc.property(hostile, hostile, (title, words) => {
        const run = aProposing({}, { issue: { ...aRun().issue, title } });
        const { title: head, body } = proposalText(run, `${words} s3cr3t-value`, ["s3cr3t-value"]);
        const message = mergeMessage(run);
        for (const text of [head, body, message.title, message.body]) {
          expect(text).not.toMatch(CLOSING);
          expect(text).not.toMatch(/@everyone/);
        }
        expect(body).not.toContain("s3cr3t-value");
        expect(body.split("\n").filter((line) => line.startsWith("AFK-Run:"))).toEqual([`AFK-Run: ${RUN_ID}`]);
        expect(head).not.toMatch(/[\n\r]/);
        expect(head.length).toBeLessThanOrEqual(300);
      }),
    );
  });
});

test("the merging commit carries the run's line as a trailer", () => {
  expect(mergeMessage(aProposing())).toEqual({
    title: "Add a greeting (#12)",
    body: `Refs #7\n\nAFK-Run: ${RUN_ID}`,
  });
});

test.each([
  ["conflict", "is in conflict with main"],
  ["behind", "lacks commits of main"],
] as const)("an update of one in %s says so", (merges, words) => {
  const told = updateTurn(aProposing({ last: aProposal({ merges }) }, { attempts: 2 }), 5);
  expect(told).toContain(`Your pull request #12 ${words}. This is attempt 2 of 5.`);
  expect(told).toContain("never force-push");
});

describe("a review turn", () => {
  const run = aProposing({ rounds: 2 });

  test("holds every remark with who, what and where", () => {
    const remarks = [
      aRemark(),
      aRemark({ id: "comment:2", type: "comment", path: "lib/hello.ts", line: 4, text: "Why?" }),
    ];
    const told = reviewTurn(run, remarks, 3, []);
    expect(told).toContain("round 2 of 3");
    expect(told).toContain("1. mona asks for changes\n```text\nSay it louder.\n```");
    expect(told).toContain("2. mona comments, lib/hello.ts:4\n```text\nWhy?\n```");
  });

  test("bounds what people wrote, and takes secrets of ours out", () => {
    const many = Array.from({ length: 260 }, (_, at) => aRemark({ id: `comment:${at}`, text: "x".repeat(9000) }));
    const told = reviewTurn(run, [...many, aRemark({ text: "use s3cr3t-value" })], 3, ["s3cr3t-value"]);
    expect(told.length).toBeLessThan(120_000);
    expect(told).toContain("And 61 older ones");
    expect(told).toContain(REDACTED);
    expect(told).not.toContain("s3cr3t-value");
  });
});
