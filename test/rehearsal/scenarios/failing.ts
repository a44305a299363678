/** Runs that end with a person. */
import { closed, handedOver, withdrawn } from "../endings.ts";
import { expect, landings, type Scenario } from "../scenario.ts";
import { DEV, REPO, STRANGER } from "../stage.ts";

export const failing: Scenario[] = [
  {
    name: "escalated-before-push",
    shows: "the agent ends without landing: handed over, the repo goes on",
    agent: (thread) => (thread === 1 ? "no-push" : "happy"),
    turns: 2,
    threads: 2,
    async play(stage) {
      const first = stage.readyIssue("Hard");
      const second = stage.readyIssue("Easy");
      await handedOver(stage, first.number, "without landing anything");
      await stage.until("the next issue is closed", () => stage.issue(second.number).state === "closed");
    },
  },
  {
    name: "retry-by-comment",
    shows: "handed over, and ordered again by a comment: the loop labels it for whoever said so, and it lands",
    agent: (thread) => (thread === 1 ? "no-push" : "happy"),
    turns: 2,
    threads: 2,
    async play(stage) {
      const { number } = stage.readyIssue();
      const { people } = stage.standIn;
      await handedOver(stage, number, "without landing anything");
      people.comment({ repo: REPO, number, by: STRANGER, body: "/afk retry" });
      people.comment({ repo: REPO, number, by: DEV, body: "/afk retry\n\nThe disk was full." });
      await stage.until("it is answered", () =>
        stage.comments(number).some((body) => body.includes("Retrying, as dev ordered.")),
      );
      await closed(stage, number);
      const put = stage.issue(number).labellings.filter((one) => one.added && one.label === "ready-for-agent");
      expect(put.map(({ by }) => by).join() === "dev,afk-loop", "the label was not put on once more, by the loop");
    },
  },
  {
    name: "protected-branch",
    shows: "told to push to a trunk that refuses it: handed over in the agent's own words",
    settings: { AFK_LANDING: "push" },
    turns: 1,
    threads: 1,
    async play(stage) {
      stage.forge.protect(REPO, ["main"]);
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "branch refuses direct push");
      expect(landings(stage) === 0, "something landed");
    },
  },
  {
    name: "frozen-after-budget",
    shows: "the attempts are used up: handed over, and nothing else starts until the trunk is green",
    agent: "always-red",
    settings: { AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" },
    turns: 2,
    threads: 1,
    async play(stage) {
      const first = stage.readyIssue("Breaks");
      await stage.until("a thread is at work", () => stage.turns().length === 1);
      const second = stage.readyIssue("Waits");
      await handedOver(stage, first.number, "attempts are used up");
      expect(landings(stage) === 2, "not two landings");
      await stage.until("the waiting issue says why it waits", () =>
        stage.comments(second.number).some((body) => body.includes("frozen since")),
      );
    },
  },
  {
    name: "asks-twice",
    shows: "a second question is for a human",
    agent: "asks-twice",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "asked a question");
      expect(stage.answers() === 1, "not exactly one question was answered");
      await stage.until("the agent was brought to rest", () => stage.t3.t3.dispatched.atWork().length === 0);
    },
  },
  {
    name: "never-starts",
    shows: "accepted, but never started: fenced and handed over",
    settings: { AFK_START_SECONDS: "1.5" },
    turns: 1,
    threads: 1,
    async play(stage) {
      stage.t3.t3.setWedged(true);
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "never started");
      expect(stage.t3.t3.dispatched.commands("thread.delete").length === 1, "the thread was not fenced");
      stage.t3.t3.setWedged(false);
      expect(stage.t3.t3.dispatched.atWork().length === 0, "a fenced turn started after all");
    },
  },
  {
    name: "stalls-before-push",
    shows: "the agent falls silent before it landed anything",
    agent: "stall-before-push",
    settings: { AFK_STALL_SECONDS: "2" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "fell silent");
      await stage.until("the agent was brought to rest", () => stage.t3.t3.dispatched.atWork().length === 0);
      expect(stage.t3.t3.dispatched.commands("thread.delete").length === 0, "a working thread was deleted");
    },
  },
  {
    name: "stalls-in-fix-forward",
    shows: "the agent falls silent in a fix: frozen",
    agent: "stall-in-fix",
    settings: { AFK_STALL_SECONDS: "8" },
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "fell silent");
      expect(
        stage.comments(issue.number).some((body) => body.includes("nothing else starts")),
        "the repo is not frozen",
      );
    },
  },
  {
    name: "no-ci",
    shows: "no CI runs on the landed commit: a human looks, no freeze",
    ci: { off: true },
    settings: { AFK_CI_GRACE_SECONDS: "1" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "no CI ran");
    },
  },
  {
    name: "withdrawn",
    shows: "a person takes the label off in mid-run: the agent is brought to rest, nothing lands",
    agent: "slow",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("the agent is at work", () => stage.t3.t3.dispatched.atWork().length === 1);
      stage.standIn.people.unlabel({ repo: REPO, number: issue.number, by: DEV, label: "ready-for-agent" });
      await withdrawn(stage, issue.number, "a person removed the label");
      await stage.until("the agent was brought to rest", () => stage.t3.t3.dispatched.atWork().length === 0);
      expect(landings(stage) === 0, "something landed");
      expect(!stage.labels(issue.number).includes("ready-for-human"), "it was handed over");
    },
  },
];
