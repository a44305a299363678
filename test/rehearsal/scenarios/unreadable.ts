/** What cannot be read is waited for: it ends, escalates and spends nothing. */
import { closed } from "../endings.ts";
import { atRest, landed, working } from "../moments.ts";
import { type Scenario, trunkLog } from "../scenario.ts";
import { REPO, type Stage } from "../stage.ts";

/** Reads of the forge that fail from now on, until they failed `times` more times after `then`. */
async function unread(stage: Stage, path: RegExp, then: () => Promise<void>, times = 3): Promise<void> {
  const fault = stage.standIn.faults.add((request) => request.method === "GET" && path.test(request.path), 500);
  await then();
  const before = fault.hits;
  await stage.until("reading it fails again and again", () => fault.hits >= before + times);
  fault.remove();
}

export const unreadable: Scenario[] = [
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
      await unread(stage, /\/issues\/1$/, async () => {
        await landed(stage, 1);
        await atRest(stage);
        await stage.until(
          "CI is red",
          () => stage.standIn.ciWord(REPO, trunkLog(stage)[0]?.slice(0, 40) ?? "") === "red",
        );
      });
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
