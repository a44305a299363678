/** Issues that must not start, or not yet. */
import { setTimeout as sleep } from "node:timers/promises";
import { closed } from "../endings.ts";
import { expect, type Scenario } from "../scenario.ts";
import { DEV, REPO, STRANGER, type Stage } from "../stage.ts";

/** The refusal is judged: the fact was read, and two more looks came and went. */
async function looksAgain(stage: Stage): Promise<void> {
  const list = /\/issues$/;
  const before = stage.asked("GET", list);
  await stage.until("two more looks come and go", () => stage.asked("GET", list) >= before + 2);
}

export const gates: Scenario[] = [
  {
    name: "untrusted-label",
    shows: "a reader's label starts nothing and gets no comment; a maintainer's starts it",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.standIn.people.createIssue({
        repo: REPO,
        title: "Mine",
        body: "",
        by: STRANGER,
        labels: ["ready-for-agent"],
      });
      await stage.until(
        "the labeller's permission is asked",
        () => stage.asked("GET", /collaborators\/stranger\/permission$/) > 0,
      );
      await looksAgain(stage);
      expect(stage.comments(issue.number).length === 0, "a stranger got a comment");
      expect(stage.labels(issue.number).join() === "ready-for-agent", "labels were touched");
      expect(stage.threads().length === 0, "a stranger started an agent");
      stage.standIn.people.unlabel({ repo: REPO, number: issue.number, by: DEV, label: "ready-for-agent" });
      stage.label(issue.number, "ready-for-agent");
      await closed(stage, issue.number);
    },
  },
  {
    name: "blocked-then-unblocked",
    shows: "an open blocker holds it; closing the blocker starts it",
    turns: 1,
    threads: 1,
    async play(stage) {
      const { people } = stage.standIn;
      const blocker = people.createIssue({ repo: REPO, title: "First", body: "", by: DEV });
      const issue = people.createIssue({ repo: REPO, title: "Then", body: "", by: DEV });
      people.addBlockedBy({
        repo: REPO,
        number: issue.number,
        by: DEV,
        blocker: { repo: REPO, number: blocker.number },
      });
      stage.label(issue.number, "ready-for-agent");
      await stage.until("the issue says what blocks it", () =>
        stage.comments(issue.number).some((body) => body.includes("blocked by #")),
      );
      expect(stage.threads().length === 0, "a blocked issue was started");
      people.close({ repo: REPO, number: blocker.number, by: DEV });
      await closed(stage, issue.number);
    },
  },
  {
    name: "edited-after-label",
    shows: "edited after the label: label again to confirm",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      stage.standIn.people.edit({ repo: REPO, number: issue.number, by: DEV, body: "Something else." });
      await stage.until("the issue asks to be labelled again", () =>
        stage.comments(issue.number).some((body) => body.includes("label again to confirm")),
      );
      expect(stage.threads().length === 0, "an edited issue was started");
      stage.standIn.people.unlabel({ repo: REPO, number: issue.number, by: DEV, label: "ready-for-agent" });
      // The forge's clock has whole seconds, and the same second counts as edited.
      await sleep(1100);
      stage.label(issue.number, "ready-for-agent");
      await closed(stage, issue.number);
      expect(
        stage.turns()[0]?.text.includes("> Something else.") ?? false,
        "the agent was not told what was confirmed",
      );
    },
  },
  {
    name: "held-elsewhere",
    shows: "in progress, but not by us: a person decides",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.standIn.people.createIssue({
        repo: REPO,
        title: "Held",
        body: "",
        by: DEV,
        labels: ["agent-in-progress"],
      });
      stage.label(issue.number, "ready-for-agent");
      await stage.until("the issue says so", () =>
        stage.comments(issue.number).some((body) => body.includes("no run of this loop")),
      );
      expect(stage.threads().length === 0, "an issue held elsewhere was started");
      expect(stage.labels(issue.number).includes("agent-in-progress"), "another's label was touched");
      stage.standIn.people.unlabel({ repo: REPO, number: issue.number, by: DEV, label: "agent-in-progress" });
      await closed(stage, issue.number);
    },
  },
  {
    name: "kill-switch",
    shows: "switched off: nothing is read or sent; switched off in mid-run: watched to its end, no new turn",
    agent: "red-then-fixed",
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.restartLoop({ AFK_KILL_SWITCH: "true" });
      // Armed it may have swept once, and asked when its token ends.
      const asked = stage.standIn.log.length;
      const told = stage.t3.t3.log.length;
      const issue = stage.readyIssue();
      await stage.until("the delivery is answered", () =>
        stage.forge.sent.some((one) => /^label/.test(one.action ?? "") && one.status === 202),
      );
      await stage.loop.sweep();
      await stage.loop.sweep();
      expect(stage.standIn.log.length === asked, "a disabled loop asked the forge something");
      expect(stage.t3.t3.log.length === told, "a disabled loop asked the executor something");
      await stage.restartLoop({});
      await stage.until("a thread is at work", () => stage.turns().length === 1);
      await stage.restartLoop({ AFK_KILL_SWITCH: "true" });
      await stage.until("it is handed over", () => stage.labels(issue.number).join() === "ready-for-human");
      await stage.until("the comment says why", () =>
        stage.comments(issue.number).some((body) => body.includes("the loop is disarmed")),
      );
    },
  },
];
