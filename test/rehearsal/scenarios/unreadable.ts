/** What cannot be read is waited for: it ends, escalates and spends nothing. */
import { closed } from "../endings.ts";
import { atRest, landed, working } from "../moments.ts";
import { expect, head, messageOf, type Scenario } from "../scenario.ts";
import { REPO, type Stage } from "../stage.ts";

/** Reads of the forge that fail from now on, until they failed `times` more times after `then`. */
async function unread(
  stage: Stage,
  path: { test(path: string): boolean },
  then: () => Promise<void>,
  times = 3,
): Promise<void> {
  const fault = stage.standIn.faults.add((request) => request.method === "GET" && path.test(request.path), 500);
  await then();
  const before = fault.hits;
  await stage.until("reading it fails again and again", () => fault.hits >= before + times);
  fault.remove();
}

/** Whether this is read of the commit that brings the tests. */
function isOfTests(stage: Stage, path: string): boolean {
  const sha = /\/commits\/([0-9a-f]{40})$/.exec(path)?.[1];
  return sha !== undefined && /^AFK-Phase: tests-red$/m.test(messageOf(stage, sha));
}

async function red(stage: Stage, landings: number): Promise<void> {
  await landed(stage, landings);
  await atRest(stage);
  await stage.until("CI is red", () => stage.standIn.ciWord(REPO, head(stage)) === "red");
}

export const unreadable: Scenario[] = [
  {
    name: "commits-unreadable",
    shows: "what was red before, and what a landing touches, cannot be read: no fix and no close until it can",
    agent: "red-then-fixed",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await working(stage);
      const commit = /\/commits\/[0-9a-f]{40}$/;
      await unread(stage, commit, () => red(stage, 1));
      expect(stage.turns().length === 1, "a fix was asked for");
      await stage.until("a fix is asked for", () => stage.turns().length === 2);
      await unread(stage, commit, async () => {
        await landed(stage, 2);
        await atRest(stage);
        await stage.until("CI is green", () => stage.standIn.ciWord(REPO, head(stage)) === "fine");
      });
      await closed(stage, issue.number);
    },
  },
  {
    name: "trunk-unreadable",
    shows: "the agent is at rest and the trunk cannot be read: nothing is concluded until it can",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await working(stage);
      await unread(stage, /\/compare\/[0-9a-f]+\.\.\.main$|\/commits$/, () => atRest(stage));
      await closed(stage, issue.number);
    },
  },
  {
    name: "evidence-unreadable",
    shows:
      "the repo asks for evidence, and the tests' commit cannot be read: neither closed nor handed over until it can",
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({ ".afk.yml": "evidence: required\n" });
      const issue = stage.readyIssue();
      await unread(stage, { test: (path) => isOfTests(stage, path) }, async () => {
        await landed(stage, 1);
        await atRest(stage);
        await stage.until("CI is green", () => stage.standIn.ciWord(REPO, head(stage)) === "fine");
      });
      expect(stage.issue(issue.number).state === "open", "it was closed without evidence");
      await closed(stage, issue.number);
    },
  },
  {
    name: "ci-unreadable",
    shows: "CI cannot be read: waited for, and judged when it can",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await working(stage);
      await unread(stage, /\/check-runs$|\/statuses$/, async () => {
        await landed(stage, 1);
        await atRest(stage);
      });
      await closed(stage, issue.number);
    },
  },
  {
    name: "issue-unreadable-while-red",
    shows: "CI is red and the issue cannot be read: no fix until it can",
    agent: "red-then-fixed",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await working(stage);
      await unread(stage, /\/issues\/1$/, () => red(stage, 1));
      await closed(stage, issue.number);
    },
  },
  {
    name: "question-unreadable",
    shows: "the agent asks and its question cannot be read: answered when it can",
    agent: "asks-once",
    turns: 1,
    threads: 1,
    async play(stage) {
      let hits = 0;
      const page = ({ method, path }: { method: string; path: string }) =>
        method === "GET" && /\/threads\/[^/]+$/.test(path) && ++hits > 0;
      stage.t3.t3.faults.push({ match: page, respond: { status: 500, body: { code: "internal" } } });
      const issue = stage.readyIssue();
      await stage.until("reading the question fails again and again", () => hits >= 4);
      stage.t3.t3.faults.length = 0;
      await stage.until("the question is answered", () => stage.answers() === 1);
      await closed(stage, issue.number);
    },
  },
];
