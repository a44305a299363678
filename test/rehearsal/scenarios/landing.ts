/** Runs that reach the trunk. */
import { closed, handedOver } from "../endings.ts";
import { expect, head, landings, type Scenario, trunkLog } from "../scenario.ts";

export const landing: Scenario[] = [
  {
    name: "happy-path",
    shows: "label an issue: tests red, green, landed, CI green, closed",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a thread is at work", () => stage.turns().length === 1);
      await closed(stage, issue.number);
      expect(landings(stage) === 1, "the trunk does not hold one landing commit");
      const branch = trunkLog(stage).filter((commit) => /^AFK-Phase: /m.test(commit));
      expect(branch.length === 2, "the branch's two phase commits are not in the trunk");
      expect(stage.boards(issue.number).length === 1, "Slack has not one message of the run");
    },
  },
  {
    name: "red-then-fixed",
    shows: "CI red: the same thread fixes forward",
    agent: "red-then-fixed",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a fix is asked for in the same thread", () => stage.turns().length === 2);
      const text = stage.turns()[1]?.text ?? "";
      // Forgejo has no logs to read: the turn names the check and links to it.
      const shown =
        stage.name === "github" ? /not ok|failing|AssertionError/ : /CI \/ test \(push\)[\s\S]*actions\/runs/;
      expect(text.includes("test") && shown.test(text), "the turn does not show what failed");
      await closed(stage, issue.number);
    },
  },
  {
    name: "closed-by-keyword-while-red",
    shows: "a closing keyword closes the issue while CI is red: it is fixed all the same",
    agent: "keyword-red",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("the forge closes the issue by keyword", () => stage.issue(issue.number).state === "closed");
      await stage.until("a fix is asked for", () => stage.turns().length === 2);
      await closed(stage, issue.number);
    },
  },
  {
    name: "infra-rerun",
    shows: "CI cancelled: run again once, no attempt spent",
    forges: ["github"],
    ci: { verdict: ({ rerun }) => (rerun === 0 ? "cancelled" : undefined) },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("the failed jobs are run again", () => stage.asked("POST", /rerun-failed-jobs$/) === 1);
      await closed(stage, issue.number);
      expect(stage.asked("POST", /rerun-failed-jobs$/) === 1, "it was run again more than once");
    },
  },
  {
    name: "infra-by-hand",
    shows: "CI cancelled where no API runs it again: a person does, no attempt spent",
    forges: ["forgejo"],
    ci: { verdict: ({ rerun }) => (rerun === 0 ? "cancelled" : undefined) },
    settings: { AFK_CI_GRACE_SECONDS: "15" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("CI is cancelled", () => landings(stage) === 1 && stage.ci.done(head(stage)));
      // The loop has seen it so, and asked nothing of it.
      const looks = stage.asked("GET", /actions\/runs$/);
      await stage.until("it is looked at twice", () => stage.asked("GET", /actions\/runs$/) >= looks + 2);
      expect(stage.asked("POST", /rerun/) === 0, "it was asked to run again");
      await stage.rerunByHand(head(stage));
      await closed(stage, issue.number);
    },
  },
  {
    name: "outside-ci",
    shows: "a CI outside that posts statuses alone, which no webhook tells: found by polling",
    forges: ["forgejo"],
    ci: { outside: true },
    agent: "red-then-fixed",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a fix is asked for in the same thread", () => stage.turns().length === 2);
      await closed(stage, issue.number);
      expect(!stage.forge.sent.some((one) => one.event.startsWith("action_run")), "a webhook told of CI");
    },
  },
  {
    name: "asks-once",
    shows: "the agent asks: nobody is here, decide",
    agent: "asks-once",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("the question is answered", () => stage.answers() === 1);
      await closed(stage, issue.number);
    },
  },
  {
    name: "relabelled-after-hand-over",
    shows: "handed over, labelled again: a new run, the same comment",
    agent: (thread) => (thread === 1 ? "no-push" : "happy"),
    turns: 2,
    threads: 2,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "without landing anything");
      stage.label(issue.number, "ready-for-agent");
      await closed(stage, issue.number);
      expect(
        stage.comments(issue.number).filter((body) => body.includes("Earlier runs")).length === 1,
        "the past run is not folded",
      );
    },
  },
];
